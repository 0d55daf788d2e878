"""What waits in the queues, as home counts it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.urls import reverse

from cases.models import Queue
from reviewapp.staff.models import User

# Beyond this many a queue is long, however long: it is counted no further, so that home costs
# the same with a million open cases as with ten.
COUNTED_TO = 1000

# Note [Counting no further than it matters]
# A count on a page must not grow with what it counts. Each queue's open cases are counted along
# its partial index up to COUNTED_TO and shown as "1,000+" beyond; what is held is few by nature;
# the oldest is the first entry of an index.
_COUNTS = """
    SELECT q.id,
           (SELECT count(*) FROM (
                SELECT FROM cases_case c
                 WHERE c.queue_id = q.id AND c.state = 'OPEN' LIMIT %(most)s + 1) AS waiting),
           (SELECT count(*) FROM (
                SELECT FROM cases_case c
                 WHERE c.queue_id = q.id AND c.state = 'OPEN'
                   AND c.due_tier <= %(today)s AND c.due_at <= %(now)s LIMIT %(most)s + 1) AS late),
           (SELECT count(*) FROM cases_claim h JOIN cases_case c ON c.id = h.case_id
             WHERE h.released_at IS NULL AND h.expires_at > %(now)s AND c.queue_id = q.id),
           (SELECT c.opened_at FROM cases_case c
             WHERE c.queue_id = q.id AND c.state = 'OPEN' ORDER BY c.opened_at LIMIT 1)
      FROM unnest(%(queues)s::bigint[]) AS q (id)
"""


def workable(user: User) -> list[Queue]:
    """The queues that `user` works. One query, or none for who works none."""
    return list(Queue.objects.workable_by(user)) if user.may("work_cases") else []


def backlog(
    shown: Sequence[Queue], *, worked: Sequence[Queue], now: datetime
) -> list[dict[str, Any]]:
    """The queues in `shown`, with what waits in each; what is not in use only while it holds some.

    `worked` are those of them that can be taken from.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNTS,
            {
                "queues": [queue.pk for queue in shown],
                "most": COUNTED_TO,
                "now": now,
                "today": now.date(),
            },
        )
        counts = {row[0]: row[1:] for row in cursor.fetchall()}
    return [
        {
            "id": queue.pk,
            "name": queue.name,
            "slug": queue.slug,
            "url": reverse("cases:queue_of", args=[queue.slug]),
            "active": queue.active,
            "waiting": waiting,
            "late": late,
            "open": capped(waiting),
            "overdue": capped(late) if late else 0,
            "held": held,
            "oldest_at": oldest,
            "can_take": queue in worked and waiting > held,
        }
        for queue in shown
        for waiting, late, held, oldest in [counts[queue.pk]]
        if queue.active or waiting
    ]


def capped(number: int) -> str:
    return f"{COUNTED_TO:,}+" if number > COUNTED_TO else f"{number:,}"


def total(queues: list[dict[str, Any]], name: str) -> str:
    """The sum of a count over `queues`, with a + where one of them was counted no further."""
    more = any(queue[name] > COUNTED_TO for queue in queues)
    number = sum(min(queue[name], COUNTED_TO) for queue in queues)
    return f"{number:,}+" if more else f"{number:,}"
