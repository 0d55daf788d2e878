"""How often somebody may come: counted in the database, so that every process counts the same."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

# One statement, so that of two requests at once neither is lost, and rows in one order, so that two
# that spend of the same ones wait for each other. They are locked until the transaction ends.
_SPEND = """
INSERT INTO web_allowance AS held (name, ends_at, spent)
SELECT name, ends_at, 1
  FROM unnest(%(names)s::text[], %(ends)s::timestamptz[]) AS asked (name, ends_at)
 ORDER BY name
    ON CONFLICT (name) DO UPDATE SET
       spent = CASE WHEN held.ends_at <= %(now)s THEN 1 ELSE held.spent + 1 END,
       ends_at = CASE WHEN held.ends_at <= %(now)s THEN excluded.ends_at ELSE held.ends_at END
RETURNING name, spent, ends_at
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` visits under `name` in a window that begins with the first of them.

    The name holds nothing personal: what it is counted by goes into it as a keyed index.
    """

    name: str
    most: int
    window: timedelta


def spend(*limits: Limit, now: datetime) -> float:
    """Count one visit of each; answer how many seconds to wait, or 0 to come in.

    Who spends within a transaction that is rolled back has not spent.
    """
    by_name = {each.name[:200]: each for each in limits}
    with connection.cursor() as cursor:
        cursor.execute(
            _SPEND,
            {
                "names": list(by_name),
                "ends": [now + each.window for each in by_name.values()],
                "now": now,
            },
        )
        waits = [
            max(0.001, (ends_at - now).total_seconds())
            for name, spent, ends_at in cursor.fetchall()
            if spent > by_name[name].most
        ]
    return max(waits, default=0)
