"""What somebody holds at the desk, for the bar of every page."""

from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

from appeals import claiming
from appeals.desk.lines import ticket_url
from appeals.offering import WORKED_WITH
from reviewapp.staff.models import User


def held(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the ticket that whoever is signed in holds, for the bar.

    Where somebody works cases, too, the bar is the cases' everywhere but at this desk.
    """
    user = cast("User | AnonymousUser | None", getattr(request, "user", None))
    if user is None or not user.is_authenticated or getattr(request, "htmx", False):
        return {}
    kinds: list[Any] = [kind for kind, permission in WORKED_WITH.items() if user.may(permission)]
    if not kinds:
        return {}
    now = timezone.now()
    pills = [
        {"ref": each.ref, "url": ticket_url(each), "expires_at": each.held_until}
        for kind in kinds
        for each in claiming.held_by(user, kind=kind, at=now)
    ]
    here = next((pill for pill in pills if request.path.startswith(str(pill["url"]))), None)
    if not pills or (here is None and user.may("work_cases")):
        return {}
    first = min(pills, key=lambda pill: str(pill["expires_at"]))
    return {"held": here or first, "held_more": len(pills) - 1}
