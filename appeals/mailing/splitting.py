"""Mails out of one stream: a mailbox file (mbox, RFC 4155), or one mail alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from appeals.mailing.parsing import LARGEST_MAIL
from appeals.mailing.refusals import NotAMailbox

# What is kept of a mail that is too large: enough to know it by.
HEAD = 64_000
_STEP = 1 << 16
# Only with a time in it: a line of somebody's text may begin so too.
_BEGINS = re.compile(rb"From \S.*\b\d{1,2}:\d\d.*\b\d{4}\b")
_QUOTED = re.compile(rb">+From ")


@dataclass(frozen=True, slots=True)
class Piece:
    """One mail as it came, or the beginning of one that is too large.

    The line that says "From ", when and by whom it was put into a mailbox is not part of it.
    """

    raw: bytes
    size: int

    @property
    def is_whole(self) -> bool:
        return len(self.raw) == self.size


class _Gathering:
    """A mail in the making, of which no more than `largest` bytes are ever held."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._raw = bytearray()
        self._size = 0

    def add(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= self._largest:
            self._raw += data
        else:
            del self._raw[HEAD:]

    def piece(self) -> Piece:
        return Piece(bytes(self._raw), self._size)


def one_mail(file: BinaryIO, *, largest: int = LARGEST_MAIL) -> Piece:
    """All of `file`, which holds one mail. It is read to its end, however long."""
    gathering = _Gathering(largest)
    first = file.readline(_STEP)
    if not first.startswith(b"From "):
        gathering.add(first)
    while data := file.read(_STEP):
        gathering.add(data)
    return gathering.piece()


def mails_in(file: BinaryIO, *, largest: int = LARGEST_MAIL) -> Iterator[Piece]:
    """The mails of a mailbox file, each when it is asked for; an empty file holds none.

    Takes off the one `>` that mailboxes put before a line of text that begins with "From ", and
    the empty line that they put behind each mail.

    Raises NotAMailbox where it does not begin as one.
    """
    gathering: _Gathering | None = None
    # An empty line is held back until it is known whether the mail goes on behind it.
    held = b""
    starts = may_begin = True
    while line := file.readline(_STEP):
        at_start, starts = starts, line.endswith(b"\n")
        if at_start and may_begin and _BEGINS.match(line):
            if gathering:
                yield gathering.piece()
            gathering, held, may_begin = _Gathering(largest), b"", False
            continue
        is_empty = at_start and not line.strip(b"\r\n")
        if gathering:
            gathering.add(held + (b"" if is_empty else _unquoted(line) if at_start else line))
            held = line if is_empty else b""
            may_begin = is_empty
        elif not is_empty:
            raise NotAMailbox
    if gathering:
        yield gathering.piece()


def _unquoted(line: bytes) -> bytes:
    return line[1:] if _QUOTED.match(line) else line
