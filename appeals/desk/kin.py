"""What stands beside an appeal: earlier ones, the grievances that contain it, and those alike."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse

from appeals.desk.lines import ticket_url
from appeals.enums import AppealOutcome, AppealState
from appeals.models import Appeal, AppealDecision, Grievance
from cases.casefile.counting import counted
from cases.casefile.person import masked

_SHOWN = 8
TONES = {
    AppealOutcome.ORIGINAL_DECISION_UPHELD: "bad",
    AppealOutcome.PARTIALLY_REVERSED: "due",
    AppealOutcome.REVERSED: "good",
    AppealOutcome.OMITTED: "quiet",
}


@dataclass(frozen=True, slots=True)
class Kin:
    """Another ticket, as `appeals/_kin.html` wants it."""

    ref: str
    url: str
    words: str
    small: str
    state: str
    tone: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Alike:
    """The appeals that say nearly the same: how many, how they were decided, and some of them."""

    words: str
    outcomes: list[str]
    some: list[Kin]
    all_url: str
    closed_url: str


def earlier_appeals(appeal: Appeal) -> list[Kin]:
    """Other appeals of the same account, the newest first. One query."""
    others = (
        Appeal.objects.filter(account=appeal.account_id)
        .exclude(pk=appeal.pk)
        .select_related("decision__decided_by")
        .order_by("-received_at", "-id")[:_SHOWN]
    )
    return [_appeal(each, words=each.get_ground_display()) for each in others]


def grievances_with(appeal: Appeal, *, readable: bool) -> list[Kin]:
    """The grievances that contain `appeal`; none for whoever does not read them. One query."""
    if not readable:
        return []
    return [
        Kin(
            ref=each.ref,
            url=ticket_url(each),
            words=each.get_category_display(),
            small=each.get_channel_display(),
            state=each.get_resolution_display() if each.resolution else each.get_state_display(),
            tone="quiet" if each.resolution else "",
            at=each.received_at,
        )
        for each in Grievance.objects.filter(appeal=appeal).order_by("-received_at")[:_SHOWN]
    ]


def alike(appeal: Appeal) -> Alike | None:
    """What became of the appeals of one text; None where there is but this one.

    Three queries. Needs `group`.
    """
    group = appeal.group
    if group is None or group.size < 2:
        return None
    counts: dict[str, int] = {
        row["outcome"]: row["number"]
        for row in AppealDecision.objects.filter(appeal__group=group)
        .values("outcome")
        .annotate(number=Count("pk"))
    }
    waiting = Appeal.objects.open().filter(group=group).count()
    some = (
        Appeal.objects.filter(group=group)
        .exclude(pk=appeal.pk)
        .select_related("account", "decision__decided_by")
        .order_by("-received_at", "-id")[:_SHOWN]
    )
    outcomes = [
        f"{counts[outcome]:,} {AppealOutcome(outcome).label.lower()}"
        for outcome in AppealOutcome
        if counts.get(outcome)
    ]
    queue = reverse("appeals:queue")
    return Alike(
        words=f"{counted(group.size, 'appeal')} say nearly the same",
        outcomes=[*outcomes, *([f"{waiting:,} waiting"] if waiting else [])],
        some=[_appeal(each, words=masked(each.account)) for each in some],
        all_url=f"{queue}?alike={group.pk}",
        closed_url=f"{queue}?alike={group.pk}&state=closed" if counts else "",
    )


def _appeal(appeal: Appeal, *, words: str) -> Kin:
    decision: Any = getattr(appeal, "decision", None)
    if decision is not None:
        state, tone = decision.get_outcome_display(), TONES[AppealOutcome(decision.outcome)]
    else:
        state, tone = appeal.get_state_display(), "quiet"
    return Kin(
        ref=appeal.ref,
        url=ticket_url(appeal),
        words=words,
        small=decision.decided_by.name if decision else "",
        state=state,
        tone=tone if appeal.state != AppealState.OPEN else "",
        at=appeal.received_at,
    )
