"""What happened, one row for what belongs together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from cases.casefile.lanes import Lane, Strand
from cases.casefile.life import HOUR, Life
from cases.casefile.window import Window
from reviewapp.kernel.moments import BadMoment, read_moment

ROWS = 20
# So many rows stand above the one that a link leads to.
ABOVE = 2
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


@dataclass(frozen=True, slots=True)
class Mark:
    """What a link leads to: a moment, or an item of a strand at that moment."""

    at: datetime
    strand: Strand | None = None

    def lies_in(self, run: Run) -> bool:
        return self.strand == run.strand and run.first <= self.at <= run.last


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
    ), named AS (
        SELECT *, concat_ws(' ', kind, stage, origin) AS name FROM runs
    ), counted AS (
        SELECT *, row_number() OVER (ORDER BY first, name) AS place,
               count(*) OVER () AS all_runs, (sum(items) OVER ())::bigint AS all_items
          FROM named
    )
    SELECT kind, stage, origin, first, last, items, events, people, strangers,
           place, all_runs, all_items
      FROM counted
     WHERE {condition}
     ORDER BY place {direction}
     LIMIT %(limit)s
"""

_AT_MARK = """
    place >= (
        SELECT coalesce(max(place), 1) FROM counted WHERE first <= %(at)s {strand}
    ) - %(above)s
"""
_MARKED_STRAND = """
    AND kind = %(mark_kind)s AND stage = %(mark_stage)s AND origin = %(mark_origin)s
"""


def runs_in(
    account_id: UUID,
    window: Window,
    *,
    after: str,
    before: str,
    mark: Mark | None = None,
    only: Sequence[Strand] | None = None,
    by_hours: bool = False,
) -> Page:
    """One page of the runs in `window`, by time, from behind `after` or back from `before`.

    Without either, from just above `mark`, or else from the first. Of `only` these strands, or of
    all; `by_hours` where the window is told by its hours.
    """
    cursor_at, cursor_name = read_place(before or after)
    back = bool(before) and cursor_at is not None
    condition = "true"
    if cursor_at is not None:
        condition = f"(first, name) {'<' if back else '>'} (%(at)s, %(at_name)s)"
    elif mark:
        condition = _AT_MARK.format(strand=_MARKED_STRAND if mark.strand else "")
    asked: dict[str, Any] = {
        "together": HOUR if by_hours else TOGETHER,
        "account": account_id,
        "start": window.start,
        "end": window.end,
        "at": mark.at if mark and cursor_at is None else cursor_at,
        "at_name": cursor_name,
        "above": ABOVE,
        "limit": ROWS,
    }
    if mark and mark.strand:
        asked |= {f"mark_{name}": value for name, value in mark.strand._asdict().items()}
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
    if back:
        found.reverse()
    if not found:
        return Page(runs=[], all_runs=0, all_items=0)
    page = Page(
        runs=[Run(Strand(*row[:3]), *row[3:9]) for row in found],
        all_runs=found[0][10],
        all_items=found[0][11],
    )
    if found[-1][9] < page.all_runs:
        page.next = place(page.runs[-1].first, " ".join(page.runs[-1].strand))
    if found[0][9] > 1:
        page.previous = place(page.runs[0].first, " ".join(page.runs[0].strand))
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


def shown_strands(
    life: Life, *, hidden: Collection[Lane], without: Collection[str]
) -> list[Strand] | None:
    """The strands of lanes that are not `hidden`, of kinds not left out; None for all of them."""
    shown = [
        strand for strand in life.totals if strand.lane not in hidden and strand.kind not in without
    ]
    return shown if len(shown) < len(life.totals) else None
