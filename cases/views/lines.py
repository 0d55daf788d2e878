"""Cases as lines of a list: why, whose, how urgent, held by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse

from cases.casefile.counting import span
from cases.casefile.lanes import Lane, lane_of_stage
from cases.casefile.person import masked
from cases.enums import CaseOrigin, CaseState
from cases.models import Case, Claim, Detection
from reviewapp.staff.models import User

SOON = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Reason:
    """The strongest detection of a case, in a few words."""

    words: str
    lane: Lane
    stage: str


@dataclass(frozen=True, slots=True)
class Line:
    """A case as `cases/_queue_rows.html` wants it."""

    ref: str
    url: str
    person: str
    lane: Lane
    why: str
    stage: str
    more: int
    queue: str
    priority: str
    due: str
    due_tone: str
    opened_at: datetime
    state: str
    state_tone: str
    holder: str
    held_by_me: bool
    claim_url: str


def lines_of(cases: Sequence[Case], *, user: User, now: datetime) -> list[Line]:
    """`cases` (with account and queue loaded) as lines. Two queries, however many they are."""
    reasons = reasons_of(cases)
    holders = {
        claim.case_id: claim.analyst
        for claim in Claim.objects.held(now=now)
        .filter(case__in=[case.pk for case in cases])
        .select_related("analyst")
    }
    works = user.may("work_cases")
    roles = set(user.roles)
    lines = []
    for case in cases:
        reason, holder = reasons[case.pk], holders.get(case.pk)
        takeable = (
            works and not holder and not case.is_settled and roles & set(case.queue.worked_by)
        )
        due, tone = due_words(case, now=now)
        lines.append(
            Line(
                ref=case.ref,
                url=reverse("cases:case", args=[case.ref]),
                person=masked(case.account),
                lane=reason.lane,
                why=reason.words,
                stage=reason.stage,
                more=max(case.detection_count - 1, 0),
                queue=case.queue.name,
                priority=f"{case.priority:.0f}",
                due=due,
                due_tone=tone,
                opened_at=case.opened_at,
                state="" if case.state == CaseState.OPEN else case.get_state_display(),
                state_tone="quiet" if case.is_settled else "accent",
                holder=holder.name if holder else "",
                held_by_me=bool(holder and holder.pk == user.pk),
                claim_url=reverse("cases:claim", args=[case.ref]) if takeable else "",
            )
        )
    return lines


def reasons_of(cases: Sequence[Case]) -> dict[UUID, Reason]:
    """The strongest detection of each of `cases`, or who opened it. One query."""
    strongest = {
        detection.case_id: detection
        for detection in Detection.objects.filter(case__in=[case.pk for case in cases])
        .select_related("detector")
        .only("case_id", "score", "stage", "version", "detector__name")
        .order_by("case_id", "-score", "-id")
        .distinct("case_id")
    }
    return {case.pk: _reason(case, strongest.get(case.pk)) for case in cases}


def _reason(case: Case, detection: Detection | None) -> Reason:
    if detection is None:
        words = "Opened by a colleague"
        if case.origin != CaseOrigin.ANALYST_INITIATED:
            words = case.get_origin_display()
        return Reason(words, Lane.HANDLING, "")
    return Reason(
        f"{detection.detector.name} {detection.version} · {detection.score:.2f}",
        lane_of_stage(detection.stage),
        detection.get_stage_display(),
    )


def due_words(case: Case, *, now: datetime) -> tuple[str, str]:
    """`due in 3 h 12 min` and the tone to say it in; empty where nothing is due."""
    if case.due_at is None or case.is_settled:
        return "", ""
    left = case.due_at - now
    if left <= timedelta(0):
        return f"overdue by {span(-left)}", "bad"
    return f"due in {span(left)}", "due" if left < SOON else ""
