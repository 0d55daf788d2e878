"""Clocks kept and broken, by month.

# Note [A month that is over]

What was kept in a month is known for good once the month is over: a clock that was met in time is
never touched again. So it is counted once, by the worker, and kept as a row; only the running month
is counted when somebody asks. What was broken is counted each time, along an index that holds
little else: a clock that nobody met may yet come to run by another rule.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Count, F, Min

from appeals.counting import Period, months
from appeals.enums import Jurisdiction
from appeals.models import Clock, KeptTally
from reviewapp.kernel import wilson
from reviewapp.kernel.wilson import Interval

# What was met in time just before a month's end may be committed a little later.
_SETTLED = timedelta(days=1)
_BROKEN = """
SELECT month.number, clock.kind, clock.name, count(*)
  FROM unnest(%(numbers)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[])
       AS month (number, since, until)
  JOIN appeals_clock clock
    ON clock.jurisdiction = %(jurisdiction)s AND clock.stopped_at IS NULL
   AND (clock.met_at IS NULL OR clock.met_at > clock.due_at)
   AND clock.due_at >= month.since AND clock.due_at < month.until
 WHERE clock.met_at IS NOT NULL OR (clock.paused_at IS NULL AND clock.due_at < %(now)s)
 GROUP BY month.number, clock.kind, clock.name
"""
_Counted = dict[tuple[str, str], int]


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

    What still runs, stands still, or is owed no more is neither. Few queries, of which one for each
    month that no worker has counted yet: see Note [A month that is over].
    """
    periods = list(months(jurisdiction, now=now, count=count))
    tallies = KeptTally.objects.using(using).filter(jurisdiction=jurisdiction)
    known = {each.month: each.counted() for each in tallies.filter(month__gte=periods[-1].first)}
    broken = _broken(periods, now=now, using=using)
    found = []
    for number, period in enumerate(periods):
        kept = known[period.first] if period.first in known else _kept(period, using=using)
        clocks = sorted({*kept, *broken[number]})
        records = [Record(*each, kept.get(each, 0), broken[number].get(each, 0)) for each in clocks]
        found.append(Month(period, records))
    return found


def tally(*, now: datetime) -> int:
    """Count what was kept in the months that are over and not counted yet. Returns how many."""
    return sum(_tally(jurisdiction, now=now) for jurisdiction in Jurisdiction)


def _tally(jurisdiction: Jurisdiction, *, now: datetime) -> int:
    clocks = Clock.objects.filter(jurisdiction=jurisdiction)
    last = KeptTally.objects.filter(jurisdiction=jurisdiction).order_by("-month").first()
    begin = clocks.aggregate(first=Min("due_at"))["first"]
    if begin is None:
        return 0
    made = 0
    for period in _since(begin, jurisdiction, now=now):
        if period.until > now - _SETTLED or (last is not None and period.first <= last.month):
            continue
        kept = [[kind, name, number] for (kind, name), number in sorted(_kept(period).items())]
        # Of two workers, the second finds it counted.
        _, is_new = KeptTally.objects.get_or_create(
            jurisdiction=jurisdiction, month=period.first, defaults={"kept": kept}
        )
        made += is_new
    return made


def _since(begin: datetime, jurisdiction: str, *, now: datetime) -> Iterable[Period]:
    """The months from the one that `begin` lies in to that of `now`, the oldest first."""
    found: list[Period] = []
    for period in months(jurisdiction, now=now, count=12 * 100):
        if period.until <= begin:
            break
        found.append(period)
    return reversed(found)


def _kept(period: Period, *, using: str = DEFAULT_DB_ALIAS) -> _Counted:
    """Counted along the index `clock_by_month`, which holds all that is asked here."""
    counted = (
        Clock.objects.using(using)
        .filter(
            jurisdiction=period.jurisdiction,
            stopped_at=None,
            met_at__lte=F("due_at"),
            due_at__gte=period.since,
            due_at__lt=period.until,
        )
        .values_list("kind", "name")
        .annotate(number=Count("*"))
        .order_by()
    )
    return {(kind, name): number for kind, name, number in counted}


def _broken(periods: Sequence[Period], *, now: datetime, using: str) -> dict[int, _Counted]:
    """By the number of the month; counted along the index `clock_broken`."""
    found: dict[int, _Counted] = defaultdict(dict)
    with connections[using].cursor() as cursor:
        cursor.execute(
            _BROKEN,
            {
                "now": now,
                "jurisdiction": periods[0].jurisdiction,
                "numbers": list(range(len(periods))),
                "since": [each.since for each in periods],
                "until": [each.until for each in periods],
            },
        )
        for number, kind, name, count in cursor.fetchall():
            found[number][kind, name] = count
    return found
