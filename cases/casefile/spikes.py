"""Bursts that no hand could have typed: most messages within a quarter of a minute."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from cases.casefile.life import Life
from cases.casefile.window import Window

FAST = timedelta(seconds=15)
# One a second: no person does that for long.
LEAST = 15
# Hours are looked into until so many items have been; those in the window first.
ITEMS = 3_000
# Spikes closer than this are one.
_APART = timedelta(minutes=1)

# Note [Spikes are looked for where there may be some]
# A bar of half an hour does not show whether its hundred messages took all of it or fifteen
# seconds. So the hours that hold enough messages are looked into, busiest first, up to a bound:
# an ordinary life has few such hours, a full one is looked into where it is fullest.

_SPIKES = """
    WITH busy AS (
        SELECT kind, first, last,
               sum(items) OVER (ORDER BY (last >= %(start)s AND first < %(end)s) DESC,
                                events DESC, at, kind) - items AS before
          FROM cases_evidencehour
         WHERE account_id = %(account)s AND kind IN ('message.sent', 'message.batch')
           AND origin = 'ON_PLATFORM' AND events >= %(least)s
    ), chosen AS (
        SELECT kind, first, last FROM busy WHERE before < %(items)s
    ), counted AS (
        SELECT occurred_at AS at, within, strangers
          FROM chosen CROSS JOIN LATERAL (
            SELECT occurred_at,
                   sum(weight) OVER following AS within,
                   sum(strangers) OVER following AS strangers
              FROM (SELECT occurred_at, weight, strangers
                      FROM cases_evidenceitem
                     WHERE account_id = %(account)s AND kind = 'message.sent'
                       AND origin = 'ON_PLATFORM' AND chosen.kind = 'message.sent'
                       AND occurred_at >= chosen.first AND occurred_at <= chosen.last
                       AND occurred_at >= %(first)s AND occurred_at <= %(last)s
                     ORDER BY occurred_at
                     LIMIT %(items)s) AS sent
            WINDOW following AS (ORDER BY occurred_at
                                 RANGE BETWEEN CURRENT ROW AND %(fast)s FOLLOWING)
         ) AS ran
        UNION ALL
        SELECT occurred_at, busiest, strangers * busiest / greatest(people, 1)
          FROM chosen CROSS JOIN LATERAL (
            SELECT occurred_at, strangers, people,
                   least((data ->> 'busiest_15s')::numeric, weight) AS busiest
              FROM cases_evidenceitem
             WHERE account_id = %(account)s AND kind = 'message.batch'
               AND origin = 'ON_PLATFORM' AND chosen.kind = 'message.batch'
               AND occurred_at >= chosen.first AND occurred_at <= chosen.last
               AND occurred_at >= %(first)s AND occurred_at <= %(last)s
               AND jsonb_typeof(data -> 'busiest_15s') = 'number'
             LIMIT %(items)s
         ) AS batches
    )
    SELECT DISTINCT ON (date_bin('10 minutes', at, 'epoch'))
           at, within::bigint, strangers::bigint
      FROM counted
     WHERE within >= %(least)s
     ORDER BY date_bin('10 minutes', at, 'epoch'), within DESC, at
"""


@dataclass(frozen=True, slots=True)
class Spike:
    """So many messages within fifteen seconds, from `at` on."""

    at: datetime
    messages: int
    strangers: int

    @property
    def words(self) -> str:
        return f"{self.messages:,} in 15 s"


def spikes_of(account_id: UUID, life: Life, window: Window) -> list[Spike]:
    """Where an account sent faster than a person can, in order of time. One query."""
    asked: dict[str, Any] = {
        "account": account_id,
        # Told from when to when, the database looks into the months of this life alone.
        "first": life.first,
        "last": life.last,
        "start": window.start,
        "end": window.end,
        "least": LEAST,
        "items": ITEMS,
        "fast": FAST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SPIKES, asked)
        return _apart(Spike(*row) for row in cursor.fetchall())


def _apart(spikes: Iterable[Spike]) -> list[Spike]:
    """Of neighbours that are one burst, the greatest."""
    kept: list[Spike] = []
    for spike in spikes:
        if not kept or spike.at - kept[-1].at > _APART:
            kept.append(spike)
        elif spike.messages > kept[-1].messages:
            kept[-1] = spike
    return kept
