"""Style sheets, scripts and icons as browsers get them, without a build step.

# Note [One style sheet]

`static/css/app.css` names the layers and imports one file a component. Asking for some fifty files
before anything can be drawn is slow, so whoever looks for `css/app.css` finds it with its imports
written out: the finder below puts them together whenever one of them has changed. A development
server and `collectstatic` find the same.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import FileSystemFinder
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.storage import FileSystemStorage

SHEET = "css/app.css"
_IMPORT = re.compile(r'^@import "([\w-]+\.css)" layer\((\w+)\);$', re.MULTILINE)
# What a file is known by without reading it: when it changed, and its size.
_Looks = tuple[tuple[int, int], ...]


class OwnFiles(FileSystemFinder):
    """The files of `static/`, with the style sheet in one piece: see Note [One style sheet]."""

    def find(self, path: str, *args: Any, **kwargs: Any) -> Any:
        found = super().find(path, *args, **kwargs)
        if path == SHEET and isinstance(found, str):
            return str(_written(Path(found)))
        return found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        for path, storage in super().list(ignore_patterns):
            if path == SHEET:
                written = _written(Path(storage.path(path)))
                yield path, FileSystemStorage(location=written.parent.parent)
            else:
                yield path, storage


class FingerprintedFiles(StaticFilesStorage):
    """Addresses that change when the file does, for a development machine.

    A browser may then keep what it has without asking. Collected files have the same in their
    names.
    """

    def url(self, name: str | None) -> str:
        address = super().url(name)
        found = finders.find(name) if name else None
        return f"{address}?v={_fingerprint(found)}" if isinstance(found, str) else address


def in_one_piece(sheet: Path) -> str:
    """The text of a style sheet with what it imports written into the layers it names."""

    def put(found: re.Match[str]) -> str:
        return f"@layer {found[2]} {{\n{(sheet.parent / found[1]).read_text()}}}"

    return _IMPORT.sub(put, sheet.read_text())


def _written(sheet: Path) -> Path:
    """Where `sheet` stands in one piece, as it is now."""
    text = _read(sheet, _looks([sheet, *sorted(sheet.parent.glob("*.css"))]))
    written: Path = settings.DATA / "assets" / SHEET
    if not written.exists() or written.read_text() != text:
        written.parent.mkdir(parents=True, exist_ok=True)
        # By renaming: another process may be reading it.
        fresh = written.with_name(f".{token_hex(4)}.css")
        fresh.write_text(text)
        fresh.replace(written)
    return written


@lru_cache(maxsize=4)
def _read(sheet: Path, looks: _Looks) -> str:
    return in_one_piece(sheet)


def _fingerprint(path: str) -> str:
    return _digest(path, _looks([Path(path)]))


@lru_cache(maxsize=256)
def _digest(path: str, looks: _Looks) -> str:
    return sha256(Path(path).read_bytes()).hexdigest()[:12]


def _looks(paths: Iterable[Path]) -> _Looks:
    return tuple((each.st_mtime_ns, each.st_size) for each in (path.stat() for path in paths))
