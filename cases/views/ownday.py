"""Somebody's own figures for today. Nobody else's page shows them, and they rank nobody."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.urls import reverse

from cases.casefile.before import decision_words
from cases.casefile.counting import span
from cases.enums import Outcome
from cases.models import Decision, Enforcement
from reviewapp.kernel.moments import beginning_of
from reviewapp.staff.models import User

_LATEST = 8
# A bulk can make thousands of decisions: they are counted no further than this.
COUNTED_TO = 10_000

# How long a decision took: from the claim to it. One that had to wait for a second person, or was
# one of a bulk, has no such length. Medians do not mind the one that was left over lunch.
_TODAY = """
    WITH today AS (
        SELECT d.id, d.case_id, d.outcome, d.decided_at,
               EXISTS (SELECT FROM cases_withdrawal w WHERE w.decision_id = d.id) AS withdrawn
          FROM cases_decision d
         WHERE d.decided_by_id = %(user)s AND d.decided_at >= %(midnight)s
         ORDER BY d.decided_at DESC, d.id DESC
         LIMIT %(most)s
    )
    SELECT outcome,
           count(*) FILTER (WHERE NOT withdrawn),
           count(*) FILTER (WHERE withdrawn),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - taken_at))
               FILTER (WHERE NOT withdrawn)
      FROM today
      LEFT JOIN LATERAL (
        SELECT h.taken_at FROM cases_claim h
         WHERE h.case_id = today.case_id AND h.analyst_id = %(user)s
           AND h.ending = 'DECIDED' AND h.released_at = today.decided_at
         LIMIT 1
      ) AS claim ON true
     GROUP BY GROUPING SETS ((outcome), ())
"""


def own_day(user: User, *, now: datetime) -> dict[str, Any]:
    """`today`: what `user` decided since midnight UTC, by outcome. One query."""
    midnight = beginning_of(now.astimezone(UTC).date())
    with connection.cursor() as cursor:
        cursor.execute(_TODAY, {"user": user.pk, "midnight": midnight, "most": COUNTED_TO + 1})
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    decided, withdrawn, median = found.get(None, (0, 0, None))
    return {
        "decided": f"{COUNTED_TO:,}+" if decided > COUNTED_TO else f"{decided:,}",
        "outcomes": [
            {"words": str(outcome.label), "count": found[outcome][0]}
            for outcome in Outcome
            if outcome in found and found[outcome][0]
        ],
        "median": span(timedelta(seconds=round(median))) if median is not None else "",
        "withdrawn": withdrawn,
    }


def recent(user: User) -> list[dict[str, Any]]:
    """The latest decisions of `user`, with what the platform made of each."""
    decisions = (
        Decision.objects.filter(decided_by=user)
        .select_related("case", "account", "withdrawal", "undoes")
        .prefetch_related("enforcements__attempts")
        .order_by("-decided_at", "-id")[:_LATEST]
    )
    return [_decided(decision) for decision in decisions]


def _decided(decision: Decision) -> dict[str, Any]:
    asked: Enforcement | None = max(
        decision.enforcements.all(), key=lambda row: row.sequence, default=None
    )
    state = asked.get_state_display() if asked else "Nothing asked"
    return {
        "ref": decision.case.ref if decision.case else decision.ref,
        "url": reverse("cases:case", args=[decision.case.ref])
        if decision.case
        else reverse("cases:account", args=[decision.account.ref]),
        "words": decision_words(decision),
        "at": decision.decided_at,
        "state": "Withdrawn" if decision.is_withdrawn else state,
        "tone": "bad" if asked and asked.needs_attention else "",
    }
