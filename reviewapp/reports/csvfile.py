"""The ledger as CSV, written by the database and streamed on.

# Note [What the file is]

RFC 4180: a header, commas, CRLF, quotes doubled, UTF-8 without a mark. One line an entry, in the
order in which entries were recorded. Times are UTC as PostgreSQL writes them. A cell that a
spreadsheet would run as a formula (it begins with = + - @, a tab or a return) begins with an
apostrophe instead; line breaks inside a cell become spaces, so that a line is always an entry.

All of it is one statement, and so one moment of the log, however long it takes to send. A file
has no trailer that tools would trip over: a broken download ends as a broken transfer, and the
ledger's `export.downloaded` says how many lines and which SHA-256 the whole file had.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.models import QuerySet

from reviewapp.ledger.models import LedgerEntry

# Sent in pieces of about this size: large enough to cost little, small enough to hold many.
_PIECE = 256 * 1024

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
# Written by PostgreSQL itself: nothing in them could be a formula or break a line.
_PLAIN = {"recorded_at", "happened_at", "id", "particulars"}


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
    held: list[bytes] = []
    size = 0
    inner, params = entries.order_by("recorded_at", "id").query.sql_with_params()
    # The connection that the query is for; its columns are those of the table.
    connection = connections[entries.db]
    statement = connection.ops.compose_sql(  # type: ignore[attr-defined]
        f"COPY ({_select(inner)}) TO STDOUT (FORMAT csv, HEADER)", params
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for line in copy:
            held.append(bytes(line))
            size += len(line)
            if size >= _PIECE:
                tally.lines += len(held)
                yield _joined(held)
                held, size = [], 0
    tally.lines += len(held)
    yield _joined(held)


def _joined(lines: list[bytes]) -> bytes:
    """Lines end as RFC 4180 has it. No cell holds a line break, so each break ends a line."""
    return b"".join(lines).replace(b"\n", b"\r\n")


def _select(inner: str) -> str:
    columns = (
        f'"{name}"' if name in _PLAIN else f'{_defused(name)} AS "{name}"' for name in COLUMNS
    )
    return f"SELECT {', '.join(columns)} FROM ({inner}) AS entry"  # noqa: S608


def _defused(name: str) -> str:
    """SQL for a text cell: one line, and nothing that a spreadsheet runs."""
    cell = f"translate(\"{name}\", E'\\r\\n', '  ')"
    return (
        f"CASE WHEN ascii(\"{name}\") IN (61, 43, 45, 64, 9, 13, 10) THEN '''' || {cell}"
        f" WHEN strpos(\"{name}\", E'\\n') + strpos(\"{name}\", E'\\r') > 0 THEN {cell}"
        f' ELSE "{name}" END'
    )
