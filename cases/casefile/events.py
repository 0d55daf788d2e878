"""What happened, one row for what belongs together, or one by one where somebody asks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from cases.casefile.address import Address, Part
from cases.casefile.life import Life
from cases.casefile.window import Window

ROWS = 50
TOGETHER = timedelta(minutes=10)

# Note [What belongs together]
# Items of one kind with at most ten minutes between any two neighbours are one run: a burst is
# one row whatever replies and reports fall into it. Runs are found from ten-minute buckets:
# two items of one bucket are never further apart than that, so only the gaps between buckets
# need looking at, and a window of any size costs one pass and a sort of its buckets.


@dataclass(slots=True)
class Run:
    """Items of one kind that follow each other closely."""

    kind: str
    first: datetime
    last: datetime
    items: int
    events: int
    people: int
    strangers: int


@dataclass(slots=True)
class Page:
    """Some of what a window holds, and where to go on."""

    runs: list[Run]
    # Of the whole window, not of this page.
    all_runs: int
    all_items: int
    next: str = ""
    previous: str = ""


_RUNS = """
    WITH buckets AS (
        SELECT kind, date_bin(%(together)s, occurred_at, 'epoch') AS bucket,
               min(occurred_at) AS first, max(occurred_at) AS last, count(*) AS items,
               sum(weight) AS events, sum(people) AS people, sum(strangers) AS strangers
          FROM cases_evidenceitem
         WHERE account_id = %(account)s AND occurred_at >= %(start)s AND occurred_at < %(end)s
           AND kind = ANY(%(kinds)s)
         GROUP BY kind, bucket
    ), begun AS (
        SELECT *, (first - lag(last) OVER (PARTITION BY kind ORDER BY bucket)
                   <= %(together)s) IS NOT TRUE AS begins
          FROM buckets
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE begins) OVER (PARTITION BY kind ORDER BY bucket) AS run
          FROM begun
    ), runs AS (
        SELECT kind, min(first) AS first, max(last) AS last, sum(items)::bigint AS items,
               sum(events)::bigint AS events, sum(people)::bigint AS people,
               sum(strangers)::bigint AS strangers
          FROM numbered
         GROUP BY kind, run
    ), counted AS (
        SELECT *, count(*) OVER () AS all_runs, (sum(items) OVER ())::bigint AS all_items
          FROM runs
    )
    SELECT * FROM counted
     WHERE {condition}
     ORDER BY first {direction}, kind {direction}
     LIMIT %(limit)s
"""


def runs_in(
    account_id: UUID, window: Window, *, kinds: Sequence[str], after: str, before: str
) -> Page:
    """One page of the runs in `window`, by time, from behind `after` or back from `before`."""
    cursor_at, cursor_kind = read_place(before or after)
    back = bool(before) and cursor_at is not None
    condition = "true"
    if cursor_at is not None:
        condition = f"(first, kind) {'<' if back else '>'} (%(at)s, %(at_kind)s)"
    asked: dict[str, Any] = {
        "together": TOGETHER,
        "account": account_id,
        "start": window.start,
        "end": window.end,
        "kinds": list(kinds),
        "at": cursor_at,
        "at_kind": cursor_kind,
        "limit": ROWS + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            _RUNS.format(condition=condition, direction="DESC" if back else "ASC"), asked
        )
        found = cursor.fetchall()
    more = len(found) > ROWS
    found = found[:ROWS]
    if back:
        found.reverse()
    page = Page(
        runs=[Run(*row[:7]) for row in found],
        all_runs=found[0][7] if found else 0,
        all_items=found[0][8] if found else 0,
    )
    if page.runs:
        first, last = page.runs[0], page.runs[-1]
        if more or back:
            page.next = place(last.first, last.kind)
        if (more and back) or (cursor_at is not None and not back):
            page.previous = place(first.first, first.kind)
    return page


def place(at: datetime, name: str) -> str:
    return f"{at.isoformat()}~{name}"


def read_place(text: str) -> tuple[datetime | None, str]:
    """What a cursor says; (None, '') for one that says nothing."""
    time, _, name = text.partition("~")
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        return None, ""
    return (at, name) if at.utcoffset() is not None else (None, "")


# One by one


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


def ends_of(account_id: UUID, runs: Sequence[Run]) -> dict[tuple[str, datetime], Item]:
    """The first and the last item of each of `runs`, by kind and time. One query."""
    wanted = sorted({(run.kind, at) for run in runs for at in (run.first, run.last)})
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT DISTINCT ON (e.kind, e.occurred_at) {_COLUMNS}
              FROM unnest(%s::text[], %s::timestamptz[]) AS wanted (kind, at)
              JOIN cases_evidenceitem e
                ON e.account_id = %s AND e.occurred_at = wanted.at AND e.kind = wanted.kind
              JOIN staff_source s ON s.id = e.source_id
             WHERE e.occurred_at >= %s AND e.occurred_at <= %s
             ORDER BY e.kind, e.occurred_at, e.id
            """,  # noqa: S608
            [
                [kind for kind, _ in wanted],
                [at for _, at in wanted],
                account_id,
                min(at for _, at in wanted),
                max(at for _, at in wanted),
            ],
        )
        items = [_opened(row) for row in cursor.fetchall()]
    return {(item.kind, item.occurred_at): item for item in items}


def items_in(
    account_id: UUID, part: Part, *, after: str, before: str
) -> tuple[list[Item], str, str]:
    """One page of single items of a kind, and the cursors of the next and the previous page."""
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
             WHERE e.account_id = %s AND e.kind = %s
               AND e.occurred_at >= %s AND e.occurred_at < %s {condition}
             ORDER BY e.occurred_at {direction}, e.id {direction}
             LIMIT %s
            """,  # noqa: S608
            [
                account_id,
                part.kind,
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


def life_kinds(life: Life | None, address: Address) -> list[str]:
    """The kinds of the lanes that are shown."""
    if life is None:
        return []
    return sorted(kind for kind, lane in life.lanes.items() if lane not in address.hidden)
