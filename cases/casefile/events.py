"""What happened, one row for what belongs together, or one by one where somebody asks."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from cases.casefile.address import Part
from cases.casefile.lanes import Lane, Strand
from cases.casefile.life import HOUR, Life
from cases.casefile.window import Window
from reviewapp.kernel.moments import BadMoment, read_moment

ROWS = 50
TOGETHER = timedelta(minutes=10)

# Note [What belongs together]
# Items of one kind with at most ten minutes between any two neighbours are one run: a burst is
# one row whatever replies and reports fall into it. Runs are found from ten-minute buckets:
# two items of one bucket are never further apart than that, so only the gaps between buckets
# need looking at, and a window costs one pass and a sort of its buckets. A wide window of a
# full life is told more coarsely, from its hours: with at most an hour between neighbours.


@dataclass(slots=True)
class Run:
    """Items of one strand that follow each other closely."""

    strand: Strand
    first: datetime
    last: datetime
    items: int
    events: int
    people: int
    strangers: int

    @property
    def kind(self) -> str:
        return self.strand.kind


@dataclass(slots=True)
class Page:
    """Some of what a window holds, and where to go on."""

    runs: list[Run]
    # Of the whole window, not of this page.
    all_runs: int
    all_items: int
    next: str = ""
    previous: str = ""


_BUCKETS = """
        SELECT kind, stage, origin, date_bin(%(together)s, occurred_at, 'epoch') AS bucket,
               min(occurred_at) AS first, max(occurred_at) AS last, count(*) AS items,
               sum(weight) AS events, sum(people) AS people, sum(strangers) AS strangers
          FROM cases_evidenceitem
         WHERE account_id = %(account)s AND occurred_at >= %(start)s AND occurred_at < %(end)s
               {shown}
         GROUP BY kind, stage, origin, bucket
"""
_HOURS = """
        SELECT kind, stage, origin, at AS bucket,
               first, last, items, events, people, strangers
          FROM cases_evidencehour
         WHERE account_id = %(account)s AND at >= %(start)s AND at < %(end)s {shown}
"""
_SHOWN = """
           AND (kind, stage, origin) IN (
               SELECT * FROM unnest(%(kinds)s::text[], %(stages)s::text[], %(origins)s::text[])
           )
"""
_RUNS = """
    WITH buckets AS ({buckets}), begun AS (
        SELECT *, (first - lag(last) OVER strand <= %(together)s) IS NOT TRUE AS begins
          FROM buckets
        WINDOW strand AS (PARTITION BY kind, stage, origin ORDER BY bucket)
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE begins) OVER strand AS run
          FROM begun
        WINDOW strand AS (PARTITION BY kind, stage, origin ORDER BY bucket)
    ), runs AS (
        SELECT kind, stage, origin, min(first) AS first, max(last) AS last,
               sum(items)::bigint AS items, sum(events)::bigint AS events,
               sum(people)::bigint AS people, sum(strangers)::bigint AS strangers
          FROM numbered
         GROUP BY kind, stage, origin, run
    ), counted AS (
        SELECT *, concat_ws(' ', kind, stage, origin) AS name,
               count(*) OVER () AS all_runs, (sum(items) OVER ())::bigint AS all_items
          FROM runs
    )
    SELECT kind, stage, origin, first, last, items, events, people, strangers,
           all_runs, all_items
      FROM counted
     WHERE {condition}
     ORDER BY first {direction}, name {direction}
     LIMIT %(limit)s
"""


def runs_in(
    account_id: UUID,
    window: Window,
    *,
    after: str,
    before: str,
    only: Sequence[Strand] | None = None,
    by_hours: bool = False,
) -> Page:
    """One page of the runs in `window`, by time, from behind `after` or back from `before`.

    Of `only` these strands, or of all; `by_hours` where the window is told by its hours.
    """
    cursor_at, cursor_name = read_place(before or after)
    back = bool(before) and cursor_at is not None
    condition = "true"
    if cursor_at is not None:
        condition = f"(first, name) {'<' if back else '>'} (%(at)s, %(at_name)s)"
    asked: dict[str, Any] = {
        "together": HOUR if by_hours else TOGETHER,
        "account": account_id,
        "start": window.start,
        "end": window.end,
        "at": cursor_at,
        "at_name": cursor_name,
        "limit": ROWS + 1,
    }
    if only is not None:
        asked |= {
            "kinds": [strand.kind for strand in only],
            "stages": [strand.stage for strand in only],
            "origins": [strand.origin for strand in only],
        }
    buckets = (_HOURS if by_hours else _BUCKETS).format(shown="" if only is None else _SHOWN)
    sql = _RUNS.format(buckets=buckets, condition=condition, direction="DESC" if back else "ASC")
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        found = cursor.fetchall()
    more = len(found) > ROWS
    found = found[:ROWS]
    if back:
        found.reverse()
    page = Page(
        runs=[Run(Strand(*row[:3]), *row[3:9]) for row in found],
        all_runs=found[0][9] if found else 0,
        all_items=found[0][10] if found else 0,
    )
    if page.runs:
        first, last = page.runs[0], page.runs[-1]
        if more or back:
            page.next = place(last.first, " ".join(last.strand))
        if (more and back) or (cursor_at is not None and not back):
            page.previous = place(first.first, " ".join(first.strand))
    return page


def place(at: datetime, name: str) -> str:
    return f"{at.isoformat()}~{name}"


def read_place(text: str) -> tuple[datetime | None, str]:
    """What a cursor says; (None, '') for one that says nothing."""
    time, _, name = text.partition("~")
    try:
        return read_moment(time), name
    except BadMoment:
        return None, ""


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


def shown_strands(life: Life, hidden: Collection[Lane]) -> list[Strand] | None:
    """The strands of the lanes that are not `hidden`; None for all of them."""
    shown = [strand for strand in life.totals if strand.lane not in hidden]
    return shown if len(shown) < len(life.totals) else None
