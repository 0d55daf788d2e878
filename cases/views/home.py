"""Home: what I hold, what waits, what needs somebody."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases import claiming
from cases.casefile.before import decision_words
from cases.casefile.deliveries import asked_of_platform, delivery
from cases.casefile.person import masked
from cases.models import Decision, Enforcement, Queue
from cases.views.finding import signed_in
from cases.views.load import load_context
from cases.views.reasons import reasons_of
from reviewapp.staff.models import User
from reviewapp.web import access

# Beyond this many a queue is long, however long: it is counted no further, so that home costs
# the same with a million open cases as with ten.
COUNTED_TO = 1000
_LATEST = 8


@access.signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody arrives. Who may not read cases is sent to what they may read."""
    user, now = signed_in(request), timezone.now()
    if not user.may("read_cases"):
        return render(request, "cases/home.html", {"queues": [], "recent": [], "can_work": False})
    queues = _queues(user, now)
    return render(
        request,
        "cases/home.html",
        {
            "queues": queues,
            "totals": {
                "open": _sum(queues, "waiting"),
                "overdue": _sum(queues, "late"),
                "decided_today": _decided_today(user, now),
            },
            "can_work": user.may("work_cases"),
            "can_take": any(queue["can_take"] for queue in queues),
            "mine": _mine(user, now),
            "recent": _recent(user),
            **_attention(user),
            **load_context(user, now=now),
        },
    )


def _mine(user: User, now: datetime) -> list[dict[str, Any]]:
    if not user.may("work_cases"):
        return []
    claims = list(claiming.held_by(user, now=now))
    reasons = reasons_of([claim.case for claim in claims])
    return [
        {
            "ref": claim.case.ref,
            "url": reverse("cases:case", args=[claim.case.ref]),
            "person": masked(claim.case.account),
            "why": reasons[claim.case.pk].words,
            "expires_at": claim.expires_at,
        }
        for claim in claims
    ]


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


def _queues(user: User, now: datetime) -> list[dict[str, Any]]:
    """The queues, those that `user` works if they work any, with what waits in each."""
    workable = list(Queue.objects.workable_by(user)) if user.may("work_cases") else []
    shown = workable or list(Queue.objects.filter(active=True))
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
            "name": queue.name,
            "slug": queue.slug,
            "url": reverse("cases:queue_of", args=[queue.slug]),
            "waiting": waiting,
            "late": late,
            "open": capped(waiting),
            "overdue": capped(late) if late else 0,
            "held": held,
            "oldest_at": oldest,
            "can_take": bool(workable) and waiting > held,
        }
        for queue in shown
        for waiting, late, held, oldest in [counts[queue.pk]]
    ]


def capped(number: int) -> str:
    return f"{COUNTED_TO:,}+" if number > COUNTED_TO else f"{number:,}"


def _sum(queues: list[dict[str, Any]], name: str) -> str:
    more = any(queue[name] > COUNTED_TO for queue in queues)
    total = sum(min(queue[name], COUNTED_TO) for queue in queues)
    return f"{total:,}+" if more else f"{total:,}"


def _decided_today(user: User, now: datetime) -> int:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    decided = Decision.objects.standing().filter(decided_by=user, decided_at__gte=midnight)
    return decided.count()


def _recent(user: User) -> list[dict[str, Any]]:
    decisions = (
        Decision.objects.filter(decided_by=user)
        .select_related("case", "account", "withdrawal")
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


def _attention(user: User) -> dict[str, Any]:
    """Enforcements that failed, for those who can do something about it."""
    if not user.may("replay_enforcements"):
        return {"attention": []}
    rows = asked_of_platform().needing_attention().order_by("-requested_at", "id")[:_LATEST]
    url = reverse("cases:enforcements")
    return {
        "attention": [
            {
                "ref": each.account_ref,
                "url": url,
                "action": each.action,
                "state": each.state,
                "tone": each.tone,
                "at": each.requested_at,
            }
            for each in (delivery(row, may_replay=False) for row in rows)
        ],
        "attention_url": url,
    }
