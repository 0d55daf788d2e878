"""What has happened since the decision in question: later detections and decisions, what stands."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from appeals.models import Appeal
from cases.casefile.before import decision_words, maker_words
from cases.casefile.counting import counted
from cases.casefile.deliveries import action_words, delivery_tone
from cases.casefile.lanes import lane_of_stage
from cases.models import Decision, Detection, Enforcement
from reviewapp.staff.models import User

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Later:
    """One thing that came after, as `appeals/_since.html` wants it."""

    at: datetime
    words: str
    small: str = ""
    state: str = ""
    tone: str = ""
    url: str = ""
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Since:
    """What came after the decision, newest first, and what else stands against the account."""

    later: list[Later]
    more: bool
    also_stands: list[str]


def since(appeal: Appeal, *, user: User) -> Since:
    """What has happened since what `appeal` challenges was decided. Three queries."""
    begin = appeal.enforcement.decision.decided_at
    found = [*_detections(appeal, begin), *_decisions(appeal, begin)]
    found.sort(key=lambda each: each.at, reverse=True)
    others = (
        Enforcement.objects.filter(account=appeal.account_id)
        .standing()
        .exclude(decision=appeal.enforcement.decision_id)
        .order_by("-sequence")[:_SHOWN]
    )
    return Since(
        later=found[:_SHOWN],
        more=len(found) > _SHOWN,
        also_stands=[
            f"{action_words(each.action)} since {each.requested_at:%-d %b %Y}" for each in others
        ],
    )


def _detections(appeal: Appeal, begin: datetime) -> list[Later]:
    """Each version once, with the newest of its detections."""
    later = (
        Detection.objects.filter(account=appeal.account_id, received_at__gt=begin)
        .select_related("detector")
        .newest_first()[: 4 * _SHOWN]
    )
    groups: dict[tuple[str, str], list[Detection]] = {}
    for each in later:
        groups.setdefault((each.detector.name, each.version), []).append(each)
    return [
        Later(
            at=fired[0].received_at,
            words=f"{name} {version} fired at {fired[0].score:.2f}",
            small=counted(len(fired), "time") if len(fired) > 1 else "",
            lane=lane_of_stage(fired[0].stage),
        )
        for (name, version), fired in groups.items()
    ]


def _decisions(appeal: Appeal, begin: datetime) -> list[Later]:
    decisions = (
        Decision.objects.standing()
        .filter(account=appeal.account_id, decided_at__gt=begin)
        .select_related("decided_by", "approved_by", "case")
        .prefetch_related("enforcements")
        .order_by("-decided_at", "-id")[:_SHOWN]
    )
    shown = []
    for each in decisions:
        asked = sorted(each.enforcements.all(), key=lambda row: row.sequence)
        shown.append(
            Later(
                at=each.decided_at,
                words=decision_words(each),
                small=maker_words(each),
                state=asked[-1].get_state_display() if asked else each.get_outcome_display(),
                tone=delivery_tone(asked[-1].state) if asked else "",
                url=reverse("cases:case", args=[each.case.ref]) if each.case else "",
            )
        )
    return shown
