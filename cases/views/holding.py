"""Holds on cases, as pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from cases import claiming
from cases.enums import GiveBackReason
from cases.models import Case, Claim
from reviewapp.staff.models import User


@dataclass(frozen=True, slots=True)
class ClaimPanel:
    """What can be done with the hold on a case, as `cases/_claim.html` wants it."""

    mine: bool
    holder: str
    expires_at: datetime | None
    may_take: bool
    lapsed: bool
    refusal: str
    reasons: list[tuple[str, str]]


def claim_panel(case: Case, *, user: User, now: datetime, refusal: str = "") -> ClaimPanel:
    """Who holds `case`, and what `user` can do about it. One query."""
    latest = (
        Claim.objects.filter(case=case)
        .select_related("analyst")
        .order_by("-taken_at", "-id")
        .first()
    )
    held = latest if latest and latest.released_at is None and latest.expires_at > now else None
    mine = held is not None and held.analyst_id == user.pk
    works = user.may("work_cases") and bool(set(user.roles) & set(case.queue.worked_by))
    return ClaimPanel(
        mine=mine and not case.is_settled,
        holder=held.analyst.name if held and not mine else "",
        expires_at=held.expires_at if held else None,
        may_take=works and held is None and not case.is_settled,
        lapsed=held is None and latest is not None and _lapsed(latest, user),
        refusal=refusal,
        reasons=list(GiveBackReason.choices),
    )


def _lapsed(claim: Claim, user: User) -> bool:
    return claim.analyst_id == user.pk and claim.ending in ("", "LAPSED")


def held(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `held`, the cases that whoever is signed in holds, for the bar."""
    user = cast("User | AnonymousUser | None", getattr(request, "user", None))
    if user is None or not user.is_authenticated or getattr(request, "htmx", False):
        return {}
    if not user.may("work_cases"):
        return {}
    return {
        "held": [
            {
                "case": {
                    "ref": claim.case.ref,
                    "get_absolute_url": reverse("cases:case", args=[claim.case.ref]),
                },
                "expires_at": claim.expires_at,
            }
            for claim in claiming.held_by(user, now=timezone.now())
        ]
    }
