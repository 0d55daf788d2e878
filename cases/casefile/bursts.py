"""What runs of messages have in common: how many people, how fast, how alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from cases.casefile.events import Run
from cases.casefile.lanes import REPORTED, SENT
from cases.casefile.spikes import FAST

# Runs this long are looked into; what is shorter is told by its items.
LEAST = 2
# Looking closely is bounded: runs beyond this many items in all are told without it.
ITEMS = 3_000
# How alike messages are is read from the rows themselves, for so many of each run, and of a page.
SAMPLE = 100
SAMPLED = 1_000
_LEAST_SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Closely:
    """A run of messages or reports, looked into."""

    people: int
    busiest: int
    sampled: int
    no_typing: int
    typing_known: int
    same_text: int
    replies: int
    first_messages: int
    began_it: int
    strangers_known: int
    # How many were to be looked at.
    sample: int


_CLOSELY = """
    SELECT wanted.number, told.people, told.busiest,
           alike.sampled, alike.no_typing, alike.typing_known, alike.same_text, alike.replies,
           alike.first_messages, alike.began_it, alike.strangers_known, %(sample)s::int
      FROM unnest(%(numbers)s::int[],
                  %(kinds)s::text[], %(stages)s::text[], %(origins)s::text[],
                  %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
           AS wanted (number, kind, stage, origin, first, last)
     CROSS JOIN LATERAL (
        SELECT count(DISTINCT counterpart) FILTER (WHERE counterpart <> '') AS people,
               max(within) AS busiest
          FROM (SELECT counterpart,
                       sum(weight) OVER (ORDER BY occurred_at
                                         RANGE BETWEEN CURRENT ROW AND %(fast)s FOLLOWING) AS within
                  FROM cases_evidenceitem
                 WHERE account_id = %(account)s AND kind = wanted.kind
                   AND stage = wanted.stage AND origin = wanted.origin
                   AND occurred_at >= wanted.first AND occurred_at <= wanted.last
                   AND occurred_at >= %(first)s AND occurred_at <= %(last)s) AS run_items
     ) AS told
     CROSS JOIN LATERAL (
        SELECT count(*) AS sampled,
               count(*) FILTER (WHERE data -> 'typing' = 'false') AS no_typing,
               count(*) FILTER (WHERE jsonb_typeof(data -> 'typing') = 'boolean') AS typing_known,
               count(*) FILTER (WHERE data -> 'same_text' = 'true') AS same_text,
               count(*) FILTER (WHERE data -> 'reply' = 'true') AS replies,
               count(*) FILTER (WHERE data -> 'first_message' = 'true') AS first_messages,
               count(*) FILTER (WHERE data -> 'reporter_wrote_first' = 'true') AS began_it,
               count(*) FILTER (WHERE data ? 'strangers') AS strangers_known
          FROM (SELECT data FROM cases_evidenceitem
                 WHERE account_id = %(account)s AND kind = wanted.kind
                   AND stage = wanted.stage AND origin = wanted.origin
                   AND occurred_at >= wanted.first AND occurred_at <= wanted.last
                   AND occurred_at >= %(first)s AND occurred_at <= %(last)s
                 ORDER BY occurred_at LIMIT %(sample)s) AS first_ones
     ) AS alike
"""


def look_closely(account_id: UUID, runs: Sequence[Run]) -> dict[int, Closely]:
    """What can be told of the longer runs of messages, by their index in `runs`. One query."""
    wanted: list[int] = []
    room = ITEMS
    for number, run in enumerate(runs):
        if run.kind in (*SENT, REPORTED) and LEAST <= run.items <= room:
            wanted.append(number)
            room -= run.items
    if not wanted:
        return {}
    sample = max(_LEAST_SAMPLE, min(SAMPLE, SAMPLED // len(wanted)))
    asked: dict[str, Any] = {
        "account": account_id,
        "numbers": wanted,
        "kinds": [runs[number].strand.kind for number in wanted],
        "stages": [runs[number].strand.stage for number in wanted],
        "origins": [runs[number].strand.origin for number in wanted],
        "firsts": [runs[number].first for number in wanted],
        "lasts": [runs[number].last for number in wanted],
        # All of them, for the database to look into no other months.
        "first": min(runs[number].first for number in wanted),
        "last": max(runs[number].last for number in wanted),
        "fast": FAST,
        "sample": sample,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLOSELY, asked)
        return {number: Closely(*rest) for number, *rest in cursor.fetchall()}
