"""Taking back what was just decided, and the bar that offers it on whichever page follows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from cases import withdrawing
from cases.casefile.before import decision_on, decision_words
from cases.models import Decision
from cases.views.finding import find_case, signed_in
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to

_SESSION_KEY = "just_decided"


def effective_from(now: datetime) -> datetime:
    """When what is decided on a page at `now` takes effect."""
    return now + timedelta(seconds=settings.UNDO_SECONDS)


def say_decided(request: HttpRequest, decision: Decision) -> None:
    """Say on the next page that it is decided, and offer to undo it while that can be."""
    assert decision.case is not None
    words = f"{decision.case.ref} is decided: {decision_words(decision).lower()}."
    if decision.effective_at is None:
        messages.success(request, words)
        return
    request.session[_SESSION_KEY] = {
        "words": words,
        "case": decision.case.ref,
        "until": decision.effective_at.timestamp(),
        "asks": bool(decision.action),
    }


def undo(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `toast`, what was just decided in this browser and can be undone.

    It asks the database nothing: the session, which is read anyway, knows.
    """
    session = getattr(request, "session", None)
    # What can't be undone any more stays there until the next decision takes its place.
    just = session.get(_SESSION_KEY) if session is not None else None
    if not just or just["until"] <= timezone.now().timestamp():
        return {}
    over = "goes to the platform now" if just["asks"] else "stands now"
    return {
        "toast": {
            "words": just["words"],
            "undo_url": reverse("cases:withdrawal", args=[just["case"]]),
            "until": datetime.fromtimestamp(just["until"], tz=UTC),
            "seconds": settings.UNDO_SECONDS,
            # Another case is on the page by then: which one is meant has to be said.
            "over": f"The decision on {just['case']} {over}.",
            "url": reverse("cases:case", args=[just["case"]]),
            "link": "Look at it",
        }
    }


@may("work_cases")
@require_POST
def withdrawal(request: HttpRequest, ref: str) -> HttpResponse:
    """Take back the decision on this case, which nobody has heard of yet."""
    found = find_case(request, ref)
    decision = decision_on(found)
    if decision is None:
        messages.warning(request, f"There is no decision on {found.ref} to withdraw.")
        return go_to(request, "cases:case", found.ref)
    try:
        case = withdrawing.withdraw(decision=decision, by=signed_in(request), at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return go_to(request, "cases:case", found.ref)
    request.session.pop(_SESSION_KEY, None)
    messages.success(request, f"{decision.ref} is withdrawn. Nobody has heard of it.")
    return go_to(request, "cases:case", case.ref)
