"""Cases as lines of a list: why, whose, how urgent, held by whom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from cases.casefile.counting import span
from cases.casefile.lanes import Lane
from cases.casefile.person import masked
from cases.enums import CaseState
from cases.models import Case, Claim
from cases.offering import why_not
from cases.views.presence import present_on
from cases.views.reasons import Reason, every_reason_of
from reviewapp.staff.models import User

SOON = timedelta(hours=4)
# As many reasons as a line shows at once.
_IN_SIGHT = 2


@dataclass(frozen=True, slots=True)
class Line:
    """A case as `cases/_queue_rows.html` wants it."""

    ref: str
    url: str
    person: str
    lane: Lane
    why: str
    stage: str
    queue: str
    priority: str
    priority_url: str
    due: str
    due_tone: str
    opened_at: datetime
    contested: bool
    state: str
    state_tone: str
    holder: str
    holder_url: str
    held_by_me: bool
    kept_for: str
    claim_url: str
    # Whether the reader could decide it together with others.
    tickable: bool
    reasons: list[dict[str, Any]] = field(default_factory=list)
    further: list[dict[str, Any]] = field(default_factory=list)
    fired: int = 0
    people: list[dict[str, Any]] = field(default_factory=list)


def lines_of(
    cases: Sequence[Case],
    *,
    user: User,
    now: datetime,
    narrowed: Callable[..., str] | None = None,
) -> list[Line]:
    """`cases` (with account, queue and who they are reserved for loaded) as lines.

    `narrowed` makes the address of the list with a field of its filter set: links go there.
    Three queries, however many they are.
    """
    reasons = every_reason_of(cases)
    holders = {
        claim.case_id: claim.analyst
        for claim in Claim.objects.held(now=now)
        .filter(case__in=[case.pk for case in cases])
        .select_related("analyst")
    }
    people = present_on(cases, but=user, at=now)
    works = user.may("work_cases")
    lines = []
    for case in cases:
        first, holder = reasons[case.pk][0], holders.get(case.pk)
        takeable = works and not holder and why_not(case=case, by=user, now=now) is None
        held_by_me = bool(holder and holder.pk == user.pk)
        shown = [_shown(reason, narrowed) for reason in reasons[case.pk]]
        kept = case.reserved_for if case.reserved_from(user, now=now) else None
        due, tone = due_words(case, now=now)
        lines.append(
            Line(
                ref=case.ref,
                url=reverse("cases:case", args=[case.ref]),
                person=masked(case.account),
                lane=first.lane,
                why=first.words,
                stage=first.stage,
                queue=case.queue.name,
                priority=f"{case.priority:.0f}",
                priority_url=reverse("cases:priority", args=[case.ref]),
                due=due,
                due_tone=tone,
                opened_at=case.opened_at,
                contested=case.contested,
                state="" if case.state == CaseState.OPEN else case.get_state_display(),
                state_tone="quiet" if case.is_settled else "accent",
                holder=holder.name if holder else "",
                holder_url=narrowed(holder=holder.ref) if holder and narrowed else "",
                held_by_me=held_by_me,
                kept_for=kept.name if kept and not holder else "",
                claim_url=reverse("cases:claim", args=[case.ref]) if takeable else "",
                tickable=case.state == CaseState.OPEN and (takeable or held_by_me),
                reasons=shown[:_IN_SIGHT],
                further=shown[_IN_SIGHT:],
                fired=case.detection_count if case.detection_count > len(shown) else 0,
                people=people[case.pk],
            )
        )
    return lines


def _shown(reason: Reason, narrowed: Callable[..., str] | None) -> dict[str, Any]:
    return {
        "words": reason.words,
        "lane": reason.lane,
        "stage": reason.stage,
        "url": narrowed(detector=reason.detector) if narrowed and reason.detector else "",
    }


def due_words(case: Case, *, now: datetime) -> tuple[str, str]:
    """`due in 3 h 12 min` and the tone to say it in; empty where nothing is due."""
    if case.due_at is None or case.is_settled:
        return "", ""
    left = case.due_at - now
    if left <= timedelta(0):
        return f"overdue by {span(-left)}", "bad"
    return f"due in {span(left)}", "due" if left < SOON else ""
