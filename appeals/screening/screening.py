"""Whether a file from a stranger is what it claims to be, and harmless enough to be kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from appeals.screening.documents import check_document
from appeals.screening.kinds import Kind, kind_of, plain_text, refuse_second_file
from appeals.screening.names import cleaned_name, shown_name
from appeals.screening.pictures import check_picture
from appeals.screening.refusals import (
    EmptyFile,
    FileRefused,
    FilesTooLarge,
    FileTooLarge,
    MailFile,
    TooManyFiles,
)

MOST_FILES = 5
_MEGABYTE = 1024 * 1024
LARGEST_FILE = 5 * _MEGABYTE
LARGEST_TOGETHER = 15 * _MEGABYTE


class Readable(Protocol):
    """Whatever bytes can be read from: an upload, a file, an attachment in memory."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Screened:
    """A file fit to be kept as it came. Whoever shows it offers it for saving, never in a page.

    Attributes:
        name: what it was called, cleaned; it ends in the extension of its kind.
        kind: what it is, found in its content.
        digest: the SHA-256 of its bytes, in hexadecimal.
    """

    name: str
    kind: Kind
    data: bytes
    digest: str


def screen(name: str, file: Readable, *, by_staff: bool = False) -> Screened:
    """The file as it may be kept. Reads one byte more than is allowed at most.

    E-mail is kept for staff alone, who hand in what came to them as it came.

    Raises a FileRefused, whose `code` says why and whose words suit the person.
    """
    data = _read(file)
    if not data:
        raise EmptyFile
    kind = kind_of(data)
    if kind is Kind.MAIL and not by_staff:
        # A text that begins like an e-mail is a text to everybody else.
        if plain_text(data) is None:
            raise MailFile
        kind = Kind.TEXT
    refuse_second_file(data, kind)
    if kind.is_picture:
        check_picture(data, kind)
    elif kind is Kind.PDF:
        check_document(data)
    elif kind is Kind.TEXT and not (plain_text(data) or "").strip():
        raise EmptyFile
    return Screened(shown_name(name, kind), kind, data, sha256(data).hexdigest())


def screen_all(files: Sequence[tuple[str, Readable]], *, by_staff: bool = False) -> list[Screened]:
    """All of the files that come with one text, or none of them.

    Raises a FileRefused as `screen` does, whose `pointer` is like "files/0", or one about them
    all whose pointer is "files".
    """
    if len(files) > MOST_FILES:
        raise TooManyFiles(pointer="files")
    screened: list[Screened] = []
    for place, (name, file) in enumerate(files):
        try:
            screened.append(screen(name, file, by_staff=by_staff))
        except FileRefused as refusal:
            refusal.pointer = f"files/{place}"
            raise
        if sum(len(each.data) for each in screened) > LARGEST_TOGETHER:
            raise FilesTooLarge(pointer="files")
    return screened


@dataclass(frozen=True, slots=True)
class Sifted:
    """Files that came without being asked for: those kept, and why each other one wasn't."""

    kept: list[Screened]
    refused: list[tuple[str, FileRefused]]


def sift(files: Sequence[tuple[str, Readable]], *, by_staff: bool = False) -> Sifted:
    """Screen each file by itself, and keep what may be kept of them within the bounds of one text.

    Refused ones come with their names, cleaned.
    """
    sifted = Sifted([], [])
    left = LARGEST_TOGETHER
    for name, file in files:
        try:
            if len(sifted.kept) == MOST_FILES:
                raise TooManyFiles
            screened = screen(name, file, by_staff=by_staff)
            if len(screened.data) > left:
                raise FilesTooLarge
        except FileRefused as refusal:
            sifted.refused.append((cleaned_name(name), refusal))
        else:
            sifted.kept.append(screened)
            left -= len(screened.data)
    return sifted


def _read(file: Readable) -> bytes:
    data = b""
    # A stream may hand out less than it is asked for.
    while piece := file.read(LARGEST_FILE + 1 - len(data)):
        data += piece
        if len(data) > LARGEST_FILE:
            raise FileTooLarge
    return data
