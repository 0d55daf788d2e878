"""An account's whole life in a few queries, however much of it there is."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from cases.casefile.lanes import RECEIVED, Lane, Strand

BINS = 120
# Who wrote to whom is counted over this many of the newest messages: more than all that an
# ordinary account ever sends, and a bound on what a page costs.
NEWEST_MESSAGES = 3_000
TOP = 10

# So many items are drawn from themselves, to the second; more than these from their hours.
CLOSE = 5_000
HOUR = timedelta(hours=1)

# Note [A life from its hours]
# Evidence is the biggest table. A whole life is told by the hours that the database counts
# beside it (see Note [Hours are counted by the database] in cases.models.hours): what all of it
# adds up to always, how dense it was where it is long. What is looked at closely is read from the
# covering index (account_id, occurred_at, id) INCLUDE (kind, stage, origin, weight, people,
# strangers, counterpart), which never opens the rows. So a page costs about the same whether
# there are a hundred items or a hundred thousand.


@dataclass(slots=True)
class Bin:
    """What happened in one stretch of a life."""

    at: datetime
    contacts: int = 0
    strangers: int = 0
    received: int = 0
    feedback: int = 0
    other: int = 0
    # Rows, whatever they stand for.
    items: int = 0

    @property
    def written(self) -> int:
        """How many times somebody was written to."""
        return self.contacts + self.strangers


@dataclass(frozen=True, slots=True)
class Total:
    """All items of one strand: when, rows, events, people reached, and strangers among them."""

    first: datetime
    last: datetime
    items: int
    events: int
    people: int
    strangers: int


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Who is written to and who writes back, over the newest messages."""

    people: int = 0
    replied: int = 0
    sent: int = 0
    received: int = 0
    # Messages to each of the people written to most, most first.
    top: tuple[int, ...] = ()
    # Whether this covers the newest messages only, not all of them.
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Life:
    """From an account's first item of evidence to its last."""

    first: datetime
    last: datetime
    stride: timedelta
    bins: list[Bin]
    totals: dict[Strand, Total]
    correspondence: Correspondence = field(default_factory=Correspondence)

    @property
    def items(self) -> int:
        return sum(total.items for total in self.totals.values())

    # Of what the account did on the platform

    def events(self, *kinds: str) -> int:
        return sum(total.events for total in self.of(*kinds))

    def people(self, *kinds: str) -> int:
        return sum(total.people for total in self.of(*kinds))

    def strangers(self, *kinds: str) -> int:
        return sum(total.strangers for total in self.of(*kinds))

    def of(self, *kinds: str) -> list[Total]:
        return [
            total
            for strand, total in self.totals.items()
            if strand.on_platform and strand.kind in kinds
        ]


def life_of(account_id: UUID) -> Life | None:
    """The whole life of an account; None while there is no evidence. Three queries at most."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, [account_id])
        totals = {Strand(*row[:3]): Total(*row[3:]) for row in cursor.fetchall()}
        if not totals:
            return None
        first = min(total.first for total in totals.values())
        last = max(total.last for total in totals.values())
        stride = max((last - first) / BINS, timedelta(seconds=1)) + timedelta(microseconds=1)
        begin, density = first, _DENSITY
        if sum(total.items for total in totals.values()) > CLOSE:
            begin, density = hour_of(first), _DENSITY_BY_HOUR
            stride = -(-stride // HOUR) * HOUR
        asked: dict[str, Any] = {"account": account_id, "stride": stride, "begin": begin}
        # Told from when to when, the database looks into the months of this life alone.
        asked |= {"first": first, "last": last}
        cursor.execute(density, asked)
        return Life(
            first=first,
            last=last,
            stride=stride,
            bins=_bins(cursor.fetchall()),
            totals=totals,
            correspondence=_correspondence(cursor, asked),
        )


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour of UTC that `at` lies in."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


_TOTALS = """
    SELECT kind, stage, origin, min(first), max(last), sum(items)::bigint,
           sum(events)::bigint, sum(people)::bigint, sum(strangers)::bigint
      FROM cases_evidencehour
     WHERE account_id = %s
     GROUP BY kind, stage, origin
"""
_DENSITY = """
    SELECT kind, stage, origin, date_bin(%(stride)s, occurred_at, %(begin)s) AS bin,
           count(*), sum(weight), sum(people), sum(strangers)
      FROM cases_evidenceitem
     WHERE account_id = %(account)s AND occurred_at >= %(first)s AND occurred_at <= %(last)s
     GROUP BY kind, stage, origin, bin
"""
_DENSITY_BY_HOUR = """
    SELECT kind, stage, origin, date_bin(%(stride)s, at, %(begin)s) AS bin,
           sum(items)::bigint, sum(events)::bigint, sum(people)::bigint, sum(strangers)::bigint
      FROM cases_evidencehour
     WHERE account_id = %(account)s
     GROUP BY kind, stage, origin, bin
"""


def _bins(rows: list[tuple[Any, ...]]) -> list[Bin]:
    bins: dict[datetime, Bin] = {}
    for kind, stage, origin, at, items, events, people, strangers in rows:
        found = bins.setdefault(at, Bin(at))
        found.items += items
        lane = Strand(kind, stage, origin).lane
        if lane == Lane.MESSAGING and kind != RECEIVED:
            found.contacts += reached(events, people) - strangers
            found.strangers += strangers
        elif lane == Lane.MESSAGING:
            found.received += events
        elif lane == Lane.NEGATIVE_FEEDBACK:
            found.feedback += events
        else:
            found.other += items
    return [bins[at] for at in sorted(bins)]


def reached(events: int, people: int) -> int:
    """How often somebody was written to; a message of uncounted recipients went to somebody."""
    return people or events


_CORRESPONDENCE = """
    WITH newest AS (
        SELECT kind, counterpart, weight
          FROM cases_evidenceitem
         WHERE account_id = %(account)s
           AND occurred_at >= %(first)s AND occurred_at <= %(last)s
           AND kind IN ('message.sent', 'message.received')
           AND origin = 'ON_PLATFORM'
         ORDER BY occurred_at DESC, id DESC
         LIMIT %(limit)s
    ), pairs AS (
        SELECT counterpart,
               sum(weight) FILTER (WHERE kind = 'message.sent') AS sent,
               sum(weight) FILTER (WHERE kind = 'message.received') AS received
          FROM newest
         GROUP BY counterpart
    )
    SELECT (SELECT count(*) FROM newest),
           count(*) FILTER (WHERE sent > 0 AND counterpart <> ''),
           count(*) FILTER (WHERE sent > 0 AND received > 0 AND counterpart <> ''),
           coalesce(sum(sent), 0), coalesce(sum(received), 0),
           ARRAY(SELECT sent::bigint FROM pairs
                  WHERE sent > 0 AND counterpart <> '' ORDER BY sent DESC LIMIT %(top)s)
      FROM pairs
"""


def _correspondence(cursor: Any, asked: dict[str, Any]) -> Correspondence:
    cursor.execute(_CORRESPONDENCE, {**asked, "limit": NEWEST_MESSAGES, "top": TOP})
    newest, people, replied, sent, received, top = cursor.fetchone()
    return Correspondence(
        people=people,
        replied=replied,
        sent=int(sent),
        received=int(received),
        top=tuple(top),
        partial=newest == NEWEST_MESSAGES,
    )
