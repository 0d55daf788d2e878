"""Items of evidence, one by one: opened, with all that their source said."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from cases.casefile.address import Part
from cases.casefile.events import ROWS, Run, place, read_place
from cases.casefile.lanes import Strand

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(slots=True)
class Item:
    """An item of evidence, opened."""

    source_id: int
    source: str
    id: UUID
    sender_id: str
    kind: str
    stage: str
    origin: str
    occurred_at: datetime
    recorded_at: datetime
    strangers: int
    data: dict[str, Any]
    sealed: bytes | None
    corrects: str

    @property
    def strand(self) -> Strand:
        return Strand(self.kind, self.stage, self.origin)

    @property
    def identity(self) -> str:
        """How a form names this item."""
        return f"{self.source_id}:{self.id}:{self.occurred_at.isoformat()}"


def _opened(row: Sequence[Any]) -> Item:
    item = Item(*row)
    # Django leaves jsonb as text to whoever asks past its models.
    item.data = json.loads(item.data)  # type: ignore[arg-type]
    return item


_COLUMNS = """
    e.source_id, s.name, e.id, e.sender_id, e.kind, e.stage, e.origin, e.occurred_at,
    e.recorded_at, e.strangers, e.data, e.sealed, e.corrects
"""


def ends_of(account_id: UUID, runs: Sequence[Run]) -> dict[tuple[Strand, datetime], Item]:
    """The first and the last item of each of `runs`, by strand and time. One query."""
    wanted = sorted({(run.strand, at) for run in runs for at in (run.first, run.last)})
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT DISTINCT ON (e.kind, e.stage, e.origin, e.occurred_at) {_COLUMNS}
              FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[])
                   AS wanted (kind, stage, origin, at)
              JOIN cases_evidenceitem e
                ON e.account_id = %s AND e.occurred_at = wanted.at AND e.kind = wanted.kind
               AND e.stage = wanted.stage AND e.origin = wanted.origin
              JOIN staff_source s ON s.id = e.source_id
             WHERE e.occurred_at >= %s AND e.occurred_at <= %s
             ORDER BY e.kind, e.stage, e.origin, e.occurred_at, e.id
            """,  # noqa: S608
            [
                *([strand[part] for strand, _ in wanted] for part in range(3)),
                [at for _, at in wanted],
                account_id,
                min(at for _, at in wanted),
                max(at for _, at in wanted),
            ],
        )
        items = [_opened(row) for row in cursor.fetchall()]
    return {(item.strand, item.occurred_at): item for item in items}


def items_in(
    account_id: UUID, part: Part, *, after: str, before: str
) -> tuple[list[Item], str, str]:
    """One page of single items of a strand, and the cursors of the next and the previous page."""
    at, name = read_place(before or after)
    try:
        cursor_id = UUID(name) if at else None
    except ValueError:
        at = cursor_id = None
    back = bool(before) and at is not None
    condition = f"AND (e.occurred_at, e.id) {'<' if back else '>'} (%s, %s)" if at else ""
    direction = "DESC" if back else "ASC"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {_COLUMNS}
              FROM cases_evidenceitem e JOIN staff_source s ON s.id = e.source_id
             WHERE e.account_id = %s AND e.kind = %s AND e.stage = %s AND e.origin = %s
               AND e.occurred_at >= %s AND e.occurred_at < %s {condition}
             ORDER BY e.occurred_at {direction}, e.id {direction}
             LIMIT %s
            """,  # noqa: S608
            [
                account_id,
                *part.strand,
                part.window.start,
                part.window.end,
                *([at, cursor_id] if at else []),
                ROWS + 1,
            ],
        )
        items = [_opened(row) for row in cursor.fetchall()]
    more = len(items) > ROWS
    items = items[:ROWS]
    if back:
        items.reverse()
    following = previous = ""
    if items:
        if more or back:
            following = place(items[-1].occurred_at, str(items[-1].id))
        if (more and back) or (at is not None and not back):
            previous = place(items[0].occurred_at, str(items[0].id))
    return items, following, previous


def item_of(account_id: UUID, item_id: UUID) -> Item | None:
    """The item with this id, if it is one of this account's. One query, of one millisecond.

    An id begins with when its item happened; see Note [An evidence item's identity] in
    cases.models.evidence.
    """
    try:
        begin = _EPOCH + (item_id.int >> 80) * _MILLISECOND
    except OverflowError:
        # Such a time is in no calendar, so the id is no item's.
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {_COLUMNS}
              FROM cases_evidenceitem e JOIN staff_source s ON s.id = e.source_id
             WHERE e.account_id = %s AND e.occurred_at >= %s AND e.occurred_at < %s AND e.id = %s
             ORDER BY e.source_id
             LIMIT 1
            """,  # noqa: S608
            [account_id, begin, begin + _MILLISECOND, item_id],
        )
        row = cursor.fetchone()
    return _opened(row) if row else None
