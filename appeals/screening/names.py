"""The name that somebody gave a file, made fit to be shown and to be saved under."""

import re
import unicodedata

from appeals.screening.kinds import Kind

LONGEST = 100
_NAMELESS = "file"
_SPACES = re.compile(r"\s+")
# What some file system or shell takes for more than a letter.
_SPECIAL = re.compile(r'["*:<>?|`]')
# Names that stand for devices where Windows is spoken.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|\Z)", re.IGNORECASE)
# Letters that show nothing although they are no controls.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_ALSO: dict[Kind, set[str]] = {
    **{kind: {kind.extension} for kind in Kind},
    Kind.JPEG: {"jpg", "jpeg", "jpe", "jfif"},
    Kind.TEXT: {"txt", "text"},
}


def shown_name(given: str, kind: Kind) -> str:
    """The name `given` to a file of `kind`, cleaned, with the extension of what the file is.

    So what is saved under it opens as what it is.
    """
    name = cleaned_name(given)
    stem, dot, extension = name.rpartition(".")
    if dot and extension.lower() in _ALSO[kind]:
        name = stem
    ending = f".{kind.extension}"
    return (name[: LONGEST - len(ending)].strip(". ") or _NAMELESS) + ending


def cleaned_name(given: str) -> str:
    """`given` without folders, without letters that turn, hide or command, and not too long."""
    name = given[: LONGEST * 10].encode(errors="ignore").decode()
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    name = _SPACES.sub(" ", name)
    name = "".join(letter for letter in name if unicodedata.category(letter) not in _UNPRINTABLE)
    name = _SPECIAL.sub("_", _UNSEEN.sub("", name)).strip(". _-")[:LONGEST].strip(". ")
    return f"{_NAMELESS}_{name}" if _DEVICE.match(name) else name or _NAMELESS
