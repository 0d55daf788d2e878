"""The ledger as CSV, written by the database and streamed on.

# Note [What the file is]

RFC 4180: a header, commas, CRLF, quotes doubled, UTF-8 without a mark. One line an entry, in the
order in which entries were recorded. Times are UTC as PostgreSQL writes them. A cell that a
spreadsheet would run as a formula (it begins with = + - @, a tab or a return) begins with an
apostrophe instead; a line break within a cell is CRLF too, inside its quotes.

All of it is one statement, and so one moment of the log, however long it takes to send. A file
has no trailer that tools would trip over: a broken download ends as a broken transfer, and the
ledger's `export.downloaded` says how many lines and which SHA-256 the whole file had.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connections
from django.db.models import QuerySet

from reviewapp.ledger.models import LedgerEntry

# Sent in pieces of so many entries: some hundred kilobytes.
_AT_ONCE = 1000

# The columns of the file, in order, and what each holds.
COLUMNS = {
    "recorded_at": "when the entry was written, UTC",
    "happened_at": "when what it tells of happened, UTC",
    "id": "the entry's own id",
    "kind": "what happened, as noun.verb",
    "actor": "who did it: user:, source:, detector: or a part of the product",
    "account": "the account's ref",
    "case": "the case's ref",
    "country_prefix": "dialling code of the account's number",
    "surface": "where on the messenger the account acts",
    "stage": "the stage at which it was detected",
    "detector": "the detector it is filed under",
    "detector_version": "and its version",
    "policy": "code of the rule",
    "action": "what the platform is asked to do",
    "outcome": "what was found",
    "maker": "AUTOMATED, ANALYST or PARTIALLY_AUTOMATED",
    "particulars": "everything else, as JSON",
}
# What senders and admins have a hand in. The rest are times, refs, JSON and the house's own words.
_DEFUSED = {"actor", "country_prefix", "detector", "detector_version", "policy"}
_SIGNS = ", ".join(str(ord(sign)) for sign in "=+-@\t\r\n")


@dataclass(slots=True)
class Tally:
    """How much was sent so far."""

    lines: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    complete: bool = False

    @property
    def rows(self) -> int:
        """Entries sent; the header is a line and no entry."""
        return max(self.lines - 1, 0)


def stream(entries: QuerySet[LedgerEntry], *, finished: Callable[[Tally], None]) -> Iterator[bytes]:
    """The file of `entries`, piece by piece, in memory that does not grow with it.

    `finished` is told once what was sent: all of it, or what had been sent when the reader
    went away or the database failed.
    """
    tally = Tally()
    try:
        for piece in _pieces(entries, tally):
            tally.digest.update(piece)
            yield piece
        tally.complete = True
    finally:
        finished(tally)


def _pieces(entries: QuerySet[LedgerEntry], tally: Tally) -> Iterator[bytes]:
    inner, params = entries.order_by("recorded_at", "id").query.sql_with_params()
    connection = connections[entries.db]
    # With its parameters in it: the cursor that DEBUG has takes none to copy with.
    statement = connection.ops.compose_sql(  # type: ignore[attr-defined]
        f"COPY ({_select(inner)}) TO STDOUT (FORMAT csv, HEADER)", params
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        lines = iter(copy)
        # An entry comes by itself; so many together are worth handing on.
        while held := list(islice(lines, _AT_ONCE)):
            tally.lines += len(held)
            yield b"".join(held).replace(b"\n", b"\r\n")


def _select(inner: str) -> str:
    columns = (_defused(name) if name in _DEFUSED else f'"{name}"' for name in COLUMNS)
    return f"SELECT {', '.join(columns)} FROM ({inner}) AS entry"  # noqa: S608


def _defused(name: str) -> str:
    """SQL for a text cell that no spreadsheet runs."""
    return (
        f'CASE WHEN ascii("{name}") IN ({_SIGNS})'
        f' THEN \'\'\'\' || "{name}" ELSE "{name}" END AS "{name}"'
    )
