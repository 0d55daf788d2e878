"""Holds on cases, as pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from cases import claiming
from cases.models import Case, Claim
from cases.offering import why_not
from reviewapp.staff.models import User


@dataclass(frozen=True, slots=True)
class ClaimPanel:
    """What can be done with the hold on a case, as `cases/_claim.html` wants it."""

    mine: bool
    holder: str
    expires_at: datetime | None
    may_take: bool
    # What keeps somebody who works cases from taking this one.
    why_not: str
    lapsed: bool
    refusal: str


def claim_panel(case: Case, *, user: User, now: datetime, refusal: str = "") -> ClaimPanel:
    """Who holds `case`, and what `user` can do about it. Needs `queue` and `reserved_for`.

    One query.
    """
    latest = (
        Claim.objects.filter(case=case)
        .select_related("analyst")
        .order_by("-taken_at", "-id")
        .first()
    )
    held = latest if latest and latest.released_at is None and latest.expires_at > now else None
    mine = held is not None and held.analyst_id == user.pk
    works = user.may("work_cases")
    refused = why_not(case=case, by=user, now=now) if works else None
    return ClaimPanel(
        mine=mine and not case.is_settled,
        holder=held.analyst.name if held and not mine else "",
        expires_at=held.expires_at if held else None,
        may_take=works and held is None and refused is None,
        why_not=str(refused or ""),
        lapsed=held is None and latest is not None and _lapsed(latest, user),
        refusal=refusal,
    )


def _lapsed(claim: Claim, user: User) -> bool:
    return claim.analyst_id == user.pk and claim.ending in ("", "LAPSED")


def held(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what whoever is signed in holds, for the bar.

    `held` is the case looked at, or else the one that lapses first; `held_more` is how many there
    are besides.
    """
    user = cast("User | AnonymousUser | None", getattr(request, "user", None))
    if user is None or not user.is_authenticated or getattr(request, "htmx", False):
        return {}
    if not user.may("work_cases"):
        return {}
    pills = [
        {
            "ref": claim.case.ref,
            "url": reverse("cases:case", args=[claim.case.ref]),
            "expires_at": claim.expires_at,
        }
        for claim in claiming.held_by(user, now=timezone.now())
    ]
    if not pills:
        return {}
    here = (pill for pill in pills if request.path.startswith(str(pill["url"])))
    return {"held": next(here, pills[0]), "held_more": len(pills) - 1}
