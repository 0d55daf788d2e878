"""Home: what I hold, what came back to me, what is due, what waits, what needs somebody."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.casefile.deliveries import asked_of_platform, delivery
from cases.models import Queue
from cases.views.backlog import backlog, total, workable
from cases.views.finding import signed_in
from cases.views.load import load_context
from cases.views.ownday import own_day, recent
from cases.views.ownwork import own_work
from reviewapp.staff.models import User
from reviewapp.web import access

_LATEST = 8


@access.signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody arrives. Who may not read cases is sent to what they may read."""
    user, now = signed_in(request), timezone.now()
    if not user.may("read_cases"):
        return render(request, "cases/home.html", {"queues": [], "recent": [], "can_work": False})
    worked = workable(user)
    queues = backlog(_shown(user, worked), worked=worked, now=now)
    can_work = user.may("work_cases")
    context = {
        "queues": queues,
        "totals": {"open": total(queues, "waiting"), "overdue": total(queues, "late")},
        "can_work": can_work,
        "can_take": any(queue["can_take"] for queue in queues),
        "today": own_day(user, now=now) if can_work else None,
        "recent": recent(user) if can_work else [],
        **own_work(user, worked=worked, now=now),
        **_attention(user),
        **load_context(user, queues=queues, now=now),
    }
    return render(request, "cases/home.html", context)


def _shown(user: User, worked: list[Queue]) -> list[Queue]:
    """Those that `user` works; all, for who leads; those in use, for who works none."""
    if user.may("lead_cases"):
        return list(Queue.objects.all())
    return worked or list(Queue.objects.filter(active=True))


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
