"""Where to look: first, around a moment, and how closely."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from cases.casefile.lanes import RECEIVED, Lane, Strand
from cases.casefile.life import CLOSE, HOUR, Life
from cases.casefile.window import Window, whole
from reviewapp.kernel.moments import beginning_of

USUAL = timedelta(days=2)
# What is shown around a moment that a link leads to.
AROUND = timedelta(hours=6)
# A part that opens by itself stays below this many items, so that the first look is quick.
FIRST_LOOK_ITEMS = 2_500
# A part longer than this is told by its hours where it holds more than CLOSE items.
ITEM_BY_ITEM = timedelta(hours=3)

# How much an hour tells about where to look first: a stranger written to, or a report, says more
# than other things. For each lane: what somebody written to, a stranger, an event and an item add.
_MESSAGING = (1, 2, 0, 0)
_FEEDBACK = (0, 0, 10, 0)
_OTHER = (0, 0, 0, 1)


class Hour(NamedTuple):
    """An hour of a life: how many items it holds, and how much it tells."""

    at: datetime
    items: int
    telling: int


def opening(account_id: UUID, life: Life, *, tz: tzinfo) -> Window:
    """Where to look first: around the time when most was sent to strangers or complained of.

    Starts at a local midnight and shows two days, or the whole of a short life; less where
    that much would hold more than FIRST_LOOK_ITEMS. One query at most.
    """
    everything = whole(life)
    if everything.length <= USUAL * 1.5 and life.items <= FIRST_LOOK_ITEMS:
        return everything
    begin = _midnight(life.first, tz)
    day, hours = _most_telling(account_id, life, midnight=begin)
    # By noon, so that a day of 23 or 25 hours that went by since does not shift it.
    begin = _midnight(day + timedelta(hours=12), tz)
    return _narrowed(Window(begin, begin + USUAL), hours)


def around(account_id: UUID, life: Life, moment: datetime) -> Window:
    """A part of the life with `moment` in its middle, or the whole of a short one."""
    everything = whole(life)
    if everything.length <= AROUND and everything.holds(moment) and life.items <= CLOSE:
        return everything
    window = Window(moment - AROUND / 2, moment + AROUND / 2)
    while items_in(account_id, window) > CLOSE and window.length > HOUR / 2:
        window = window.zoomed(0.5)
    return window


def by_hours(account_id: UUID, life: Life, window: Window) -> bool:
    """Whether what `window` holds is told by the hours of the life, not by its items."""
    if window.length <= ITEM_BY_ITEM or life.items <= CLOSE:
        return False
    return items_in(account_id, window) > CLOSE


def items_in(account_id: UUID, window: Window) -> int:
    """How many items the hours that `window` reaches into hold. One query, of its hours."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(sum(items), 0)::bigint FROM cases_evidencehour
             WHERE account_id = %s AND at > %s AND at < %s
            """,
            [account_id, window.start - HOUR, window.end],
        )
        return int(cursor.fetchone()[0])


# Note [The most telling days]
# Looking for them among the hundred and twenty stretches of the strip would miss the busiest day
# of a long life, whose stretches are longer than a day. So they are found from its hours: the day
# that tells most together with the one after it.

_MOST_TELLING = """
    WITH hours AS (
        SELECT at, first, items,
               reached * (CASE WHEN people > 0 THEN people ELSE events END)
               + strange * strangers + happened * events + there * items AS telling
          FROM cases_evidencehour
          JOIN unnest(%(kinds)s::text[], %(stages)s::text[], %(origins)s::text[],
                      %(reached)s::int[], %(strange)s::int[], %(happened)s::int[],
                      %(there)s::int[])
               AS weights (kind, stage, origin, reached, strange, happened, there)
         USING (kind, stage, origin)
         WHERE account_id = %(account)s
    ), days AS (
        SELECT date_bin('1 day', first, %(midnight)s) AS day, sum(telling) AS telling
          FROM hours
         GROUP BY day
    ), best AS (
        SELECT day
          FROM (SELECT day, sum(telling) OVER (ORDER BY day RANGE BETWEEN CURRENT ROW
                                               AND '1 day'::interval FOLLOWING) AS telling
                  FROM days) AS pairs
         ORDER BY telling DESC, day
         LIMIT 1
    )
    SELECT day, at, sum(items)::bigint, sum(telling)::bigint
      FROM hours JOIN best ON first >= day AND first < day + %(usual)s
     GROUP BY day, at
     ORDER BY at
"""


def _most_telling(
    account_id: UUID, life: Life, *, midnight: datetime
) -> tuple[datetime, list[Hour]]:
    """The day that tells most together with the next one, and the hours of both."""
    strands = list(life.totals)
    weights = [_weights(strand) for strand in strands]
    asked: dict[str, Any] = {
        "account": account_id,
        "midnight": midnight,
        "usual": USUAL,
        "kinds": [strand.kind for strand in strands],
        "stages": [strand.stage for strand in strands],
        "origins": [strand.origin for strand in strands],
    }
    for number, name in enumerate(("reached", "strange", "happened", "there")):
        asked[name] = [each[number] for each in weights]
    with connection.cursor() as cursor:
        cursor.execute(_MOST_TELLING, asked)
        found = cursor.fetchall()
    return found[0][0], [Hour(*row[1:]) for row in found]


def _weights(strand: Strand) -> tuple[int, int, int, int]:
    if strand.lane == Lane.MESSAGING and strand.kind != RECEIVED:
        return _MESSAGING
    return _FEEDBACK if strand.lane == Lane.NEGATIVE_FEEDBACK else _OTHER


def _narrowed(window: Window, hours: Sequence[Hour]) -> Window:
    """The half of `window`, or the half of that, around what tells most."""
    busiest = max(hours, key=lambda hour: hour.telling).at
    while window.length > HOUR * 1.5 and _held(window, hours) > FIRST_LOOK_ITEMS:
        half = window.length / 2
        start = window.start if busiest < window.start + half else window.start + half
        window = Window(start, start + half)
    return window


def _held(window: Window, hours: Sequence[Hour]) -> int:
    return sum(hour.items for hour in hours if window.holds(hour.at))


def _midnight(at: datetime, tz: tzinfo) -> datetime:
    return beginning_of(at.astimezone(tz).date(), tz).astimezone(UTC)
