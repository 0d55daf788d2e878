"""What waits at the desk of appeals, counted no further than it matters."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.urls import reverse

from appeals.enums import AppealState
from cases.views.backlog import COUNTED_TO, capped
from reviewapp.staff.models import User

# Each along an index, to its first thousand: see Note [Counting no further than it matters].
_COUNTS = """
    SELECT (SELECT count(*) FROM (
                SELECT FROM appeals_appeal WHERE closed_at IS NULL AND state = 'OPEN'
                 LIMIT %(most)s + 1) AS open),
           (SELECT count(*) FROM (
                SELECT FROM appeals_appeal
                 WHERE closed_at IS NULL AND state = 'OPEN' AND due_or_never <= %(now)s
                 LIMIT %(most)s + 1) AS overdue),
           (SELECT count(*) FROM (
                SELECT FROM appeals_appeal WHERE closed_at IS NULL AND state = 'OUT_OF_TIME'
                 LIMIT %(most)s + 1) AS late),
           (SELECT count(*) FROM appeals_appeal
             WHERE held_by_id = %(user)s AND held_until > %(now)s),
           (SELECT count(*) FROM (
                SELECT FROM appeals_proposal WHERE answered_at IS NULL
                 LIMIT %(most)s + 1) AS proposed)
"""


def backlog(*, user: User, now: datetime) -> list[dict[str, Any]]:
    """How many wait, of which sort, as `appeals/_backlog.html` wants it. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"most": COUNTED_TO, "now": now, "user": user.pk})
        waiting, overdue, late, mine, proposed = cursor.fetchone()
    queue = reverse("appeals:queue")
    shown = [
        ("waiting", waiting, f"{queue}?state={AppealState.OPEN}", ""),
        ("overdue", overdue, f"{queue}?state={AppealState.OPEN}&due=overdue", "bad"),
        ("held by you", mine, f"{queue}?held=me", "accent"),
        ("to be admitted or not", late, f"{queue}?state={AppealState.OUT_OF_TIME}", "due"),
    ]
    if user.may("approve_reversals"):
        shown.append(("to approve", proposed, reverse("appeals:proposals"), "due"))
    return [
        {"words": f"{capped(count)} {words}", "url": url, "tone": tone}
        for words, count, url, tone in shown
        if count
    ]
