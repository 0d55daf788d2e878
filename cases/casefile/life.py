"""An account's whole life in a few queries, however much of it there is."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from cases.casefile.lanes import RECEIVED, Lane, lane_of, lane_of_kind

BINS = 120
# Who wrote to whom is counted over this many of the newest messages: more than all that an
# ordinary account ever sends, and a bound on what a page costs.
NEWEST_MESSAGES = 5_000
TOP = 10

# Note [A life from one index]
# Evidence is the biggest table and its rows are wide. Everything here reads the covering index
# (account_id, occurred_at, id) INCLUDE (kind, weight, people, strangers, counterpart) alone, so
# a life of 100,000 items is one pass over a few megabytes, and never opens the rows.


@dataclass(slots=True)
class Bin:
    """What happened in one stretch of a life."""

    at: datetime
    contacts: int = 0
    strangers: int = 0
    feedback: int = 0
    other: int = 0

    @property
    def written(self) -> int:
        """How many times somebody was written to."""
        return self.contacts + self.strangers


@dataclass(frozen=True, slots=True)
class Total:
    """All items of one kind: rows, events, people reached, and strangers among them."""

    items: int
    events: int
    people: int
    strangers: int
    first_bin: datetime
    last_bin: datetime


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

    def share_of_top(self, count: int) -> float:
        """The share of all messages that went to the `count` people written to most."""
        return sum(self.top[:count]) / self.sent if self.sent else 0.0


@dataclass(frozen=True, slots=True)
class Life:
    """From an account's first item of evidence to its last."""

    first: datetime
    last: datetime
    stride: timedelta
    bins: list[Bin]
    totals: dict[str, Total]
    lanes: dict[str, Lane]
    correspondence: Correspondence = field(default_factory=Correspondence)

    @property
    def items(self) -> int:
        return sum(total.items for total in self.totals.values())

    def events(self, *kinds: str) -> int:
        return sum(self.totals[kind].events for kind in kinds if kind in self.totals)

    def people(self, *kinds: str) -> int:
        return sum(self.totals[kind].people for kind in kinds if kind in self.totals)

    def strangers(self, *kinds: str) -> int:
        return sum(self.totals[kind].strangers for kind in kinds if kind in self.totals)

    def kinds_in(self, *lanes: Lane) -> list[str]:
        return sorted(kind for kind, lane in self.lanes.items() if lane in lanes)


def life_of(account_id: UUID) -> Life | None:
    """The whole life of an account; None while there is no evidence. Four queries at most."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(occurred_at), max(occurred_at) FROM cases_evidenceitem"
            " WHERE account_id = %s",
            [account_id],
        )
        first, last = cursor.fetchone()
        if first is None:
            return None
        stride = max((last - first) / BINS, timedelta(seconds=1)) + timedelta(microseconds=1)
        cursor.execute(_DENSITY, {"account": account_id, "stride": stride, "first": first})
        rows = cursor.fetchall()
        totals = _totals(rows)
        lanes = _lanes(cursor, account_id, totals, stride)
        return Life(
            first=first,
            last=last,
            stride=stride,
            bins=_bins(rows, lanes, first, stride),
            totals=totals,
            lanes=lanes,
            correspondence=_correspondence(cursor, account_id),
        )


_DENSITY = """
    SELECT kind, date_bin(%(stride)s, occurred_at, %(first)s) AS at,
           count(*), sum(weight), sum(people), sum(strangers)
      FROM cases_evidenceitem
     WHERE account_id = %(account)s
     GROUP BY kind, at
"""


def _totals(rows: list[tuple[Any, ...]]) -> dict[str, Total]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    ends: dict[str, tuple[datetime, datetime]] = {}
    for kind, at, *counts in rows:
        sums[kind] = [a + b for a, b in zip(sums[kind], counts, strict=True)]
        low, high = ends.get(kind, (at, at))
        ends[kind] = (min(low, at), max(high, at))
    return {kind: _total(sums[kind], *ends[kind]) for kind in sums}


def _total(sums: list[int], first: datetime, last: datetime) -> Total:
    items, events, people, strangers = sums
    return Total(items, events, people, strangers, first, last)


def _bins(
    rows: list[tuple[Any, ...]],
    lanes: dict[str, Lane],
    first: datetime,
    stride: timedelta,
) -> list[Bin]:
    bins: dict[datetime, Bin] = {}
    for kind, at, items, events, people, strangers in rows:
        found = bins.setdefault(at, Bin(at))
        if lanes[kind] == Lane.MESSAGING and kind != RECEIVED:
            found.contacts += reached(events, people) - strangers
            found.strangers += strangers
        elif lanes[kind] == Lane.NEGATIVE_FEEDBACK:
            found.feedback += events
        else:
            found.other += items
    return [bins[at] for at in sorted(bins)]


def reached(events: int, people: int) -> int:
    """How often somebody was written to; a message of uncounted recipients went to somebody."""
    return people or events


def _lanes(
    cursor: Any, account_id: UUID, totals: dict[str, Total], stride: timedelta
) -> dict[str, Lane]:
    """The lane of every kind. Kinds the house does not know go by their first item's stage."""
    lanes = {kind: lane for kind in totals if (lane := lane_of_kind(kind)) is not None}
    unknown = [kind for kind in totals if kind not in lanes]
    if unknown:
        cursor.execute(
            """
            SELECT DISTINCT ON (e.kind) e.kind, e.stage, e.origin
              FROM unnest(%s::text[], %s::timestamptz[]) AS wanted (kind, at)
              JOIN cases_evidenceitem e
                ON e.account_id = %s AND e.kind = wanted.kind
               AND e.occurred_at >= wanted.at AND e.occurred_at < wanted.at + %s
             ORDER BY e.kind, e.occurred_at
            """,
            [unknown, [totals[kind].first_bin for kind in unknown], account_id, stride],
        )
        for kind, stage, origin in cursor.fetchall():
            lanes[kind] = lane_of(kind=kind, stage=stage, origin=origin)
    return lanes


_CORRESPONDENCE = """
    WITH newest AS (
        SELECT kind, counterpart, weight
          FROM cases_evidenceitem
         WHERE account_id = %(account)s AND kind IN ('message.sent', 'message.received')
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


def _correspondence(cursor: Any, account_id: UUID) -> Correspondence:
    cursor.execute(_CORRESPONDENCE, {"account": account_id, "limit": NEWEST_MESSAGES, "top": TOP})
    newest, people, replied, sent, received, top = cursor.fetchone()
    return Correspondence(
        people=people,
        replied=replied,
        sent=int(sent),
        received=int(received),
        top=tuple(top),
        partial=newest == NEWEST_MESSAGES,
    )
