"""Keeps the exact version of every dependency in pyproject.toml.

`uv.lock` names download addresses and stays out of git. What git keeps is each package's exact
version, the indirect ones too, as `[tool.uv] constraint-dependencies`: uv obeys it wherever it
downloads from.
"""

import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

_PINS = re.compile(r"^constraint-dependencies = \[\n(?:[^\]\n].*\n)*\]\n", re.MULTILINE)
_TABLE = "[tool.uv]\n"


def pins_in(pyproject: str) -> list[str]:
    """The pins that a pyproject.toml holds, in its order."""
    uv: dict[str, Any] = tomllib.loads(pyproject).get("tool", {}).get("uv", {})
    return [str(each) for each in uv.get("constraint-dependencies", [])]


def with_pins(pyproject: str, pins: list[str]) -> str:
    """The text of a pyproject.toml with `pins` in place of those it holds, and all else as it was.

    Raises:
        ValueError: there is no `[tool.uv]` table to put them in.
    """
    bare = _PINS.sub("", pyproject)
    if _TABLE not in bare:
        raise ValueError("pyproject.toml has no [tool.uv] table to keep the pins in.")
    if not pins:
        return bare
    lines = "".join(f'    "{each}",\n' for each in pins)
    return bare.replace(_TABLE, f"{_TABLE}constraint-dependencies = [\n{lines}]\n", 1)


def pins_from(lock: str) -> list[str]:
    """What a uv.lock settled on, as exact pins sorted by name, without the project itself.

    A package that needs different versions on different machines has a pin for each, with the
    machines it is for.
    """
    pins = []
    for package in tomllib.loads(lock).get("package", []):
        if "registry" not in package["source"]:
            continue
        pin = f"{package['name']}=={package['version']}"
        markers = package.get("resolution-markers", [])
        pin += " ; " + " or ".join(f"({each})" for each in markers) if markers else ""
        pins.append((package["name"], pin))
    return [pin for _, pin in sorted(pins)]


def resolve(pyproject: str, *, known: Path | None = None) -> list[str]:
    """Ask uv what `pyproject` resolves to, in a folder of its own.

    Args:
        known: a uv.lock of an earlier time. What still fits is taken from there without asking.

    Raises:
        CommandError: uv isn't there, or finds no versions that fit together.
    """
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        raise CommandError("uv is not installed.")
    with tempfile.TemporaryDirectory(prefix="lock-") as place:
        folder = Path(place)
        (folder / "pyproject.toml").write_text(pyproject)
        if known and known.exists():
            shutil.copy(known, folder / "uv.lock")
        done = subprocess.run(
            [uv, "lock", "--no-progress", "--project", place],
            cwd=place,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise CommandError(f"uv cannot resolve the dependencies.\n{done.stderr.strip()}")
        return pins_from((folder / "uv.lock").read_text())


class Command(BaseCommand):
    help = "Pins every dependency, the indirect ones too, to an exact version in pyproject.toml."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="change nothing; fail when the pins are not what uv resolves",
        )
        parser.add_argument(
            "--upgrade",
            action="store_true",
            help="drop all pins first, so that everything moves to its newest fitting version",
        )

    def handle(self, *args: Any, check: bool, upgrade: bool, **options: Any) -> None:
        path = settings.BASE_DIR / "pyproject.toml"
        before = path.read_text()
        had = pins_in(before)
        if upgrade:
            now = resolve(with_pins(before, []))
        else:
            now = resolve(before, known=settings.BASE_DIR / "uv.lock")
        added, dropped = sorted(set(now) - set(had)), sorted(set(had) - set(now))
        for pin in dropped:
            self.stdout.write(f"- {pin}")
        for pin in added:
            self.stdout.write(f"+ {pin}")
        if check:
            if now != had:
                raise CommandError("The pins are not what uv resolves: run manage.py lock.")
        elif now != had:
            # Read again: uv takes a while, and somebody may have edited the file meanwhile.
            path.write_text(with_pins(path.read_text(), now))
        self.stdout.write(f"{len(now)} packages pinned.")
