"""Clocks kept and broken, by month."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, connections

from appeals.counting import Period, months
from reviewapp.kernel import wilson
from reviewapp.kernel.wilson import Interval

# Each month is one range of the index `clock_by_month`, which holds all that is asked here.
_COUNT = """
SELECT month.number, clock.kind, clock.name,
       count(*) FILTER (WHERE clock.met_at <= clock.due_at),
       count(*) FILTER (WHERE clock.met_at > clock.due_at
                           OR (clock.met_at IS NULL AND clock.paused_at IS NULL
                               AND clock.due_at < %(now)s))
  FROM unnest(%(numbers)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[])
       AS month (number, since, until)
  JOIN appeals_clock clock
    ON clock.jurisdiction = %(jurisdiction)s AND clock.stopped_at IS NULL
   AND clock.due_at >= month.since AND clock.due_at < month.until
 GROUP BY month.number, clock.kind, clock.name
"""


@dataclass(frozen=True, slots=True)
class Record:
    """How a clock was kept in one month: of one kind of request and name, or of all."""

    kind: str
    name: str
    kept: int
    broken: int

    @property
    def share(self) -> Interval | None:
        """The share that was kept, and the bounds that it most likely lies between."""
        return wilson.interval(self.kept, self.kept + self.broken)


@dataclass(frozen=True, slots=True)
class Month:
    """A month's clocks, by when they ran out on the calendar of the jurisdiction's zone."""

    period: Period
    records: Sequence[Record]

    @property
    def total(self) -> Record:
        kept = sum(each.kept for each in self.records)
        return Record("", "", kept, sum(each.broken for each in self.records))


def by_month(
    *, jurisdiction: str, now: datetime, count: int = 12, using: str = DEFAULT_DB_ALIAS
) -> list[Month]:
    """The last `count` months, the newest first: what was kept and broken of what came due.

    What still runs, stands still, or is owed no more is neither. One query.
    """
    periods = list(months(jurisdiction, now=now, count=count))
    found: dict[int, list[Record]] = defaultdict(list)
    for number, record in _counted(periods, now=now, using=using):
        found[number].append(record)
    return [
        Month(period, sorted(found[number], key=lambda each: (each.kind, each.name)))
        for number, period in enumerate(periods)
    ]


def _counted(
    periods: Sequence[Period], *, now: datetime, using: str
) -> Iterator[tuple[int, Record]]:
    with connections[using].cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "now": now,
                "jurisdiction": periods[0].jurisdiction,
                "numbers": list(range(len(periods))),
                "since": [each.since for each in periods],
                "until": [each.until for each in periods],
            },
        )
        for number, kind, name, kept, broken in cursor.fetchall():
            if kept or broken:
                yield number, Record(kind, name, kept, broken)
