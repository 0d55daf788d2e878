"""What a decision would do, shown before it is made, by the code that does it."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases import citing, enforcing, labelling, notifying
from cases.casefile.counting import counted, span
from cases.deciding import maker_of, rests_on
from cases.enums import ApprovalCause, CaseState, Outcome
from cases.models import Case, Detection, Enforcement, PolicyClause
from cases.verdict import Cited, needs_approval

# An enforcement has its ref and its number once it is promised.
_GIVEN_LATER = "given when it is decided"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the platform: its type and, as JSON, its data."""

    type: str
    data: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What follows from a verdict, as `cases/_preview.html` wants it."""

    # Where it goes, and when, in a sentence.
    goes: str
    second: bool
    asked: list[Asked]
    subject: str
    text: str
    language: str
    # What else is decided with it, in words.
    together: str


def preview(
    case: Case,
    *,
    outcome: str,
    action: str,
    until: datetime | None,
    clauses: Sequence[PolicyClause],
    reason: str,
    language: str,
    cited: Collection[Cited],
    grace: timedelta,
    now: datetime,
) -> Preview:
    """What such a verdict on `case` would have the platform and the person be told.

    Needs `account` and `queue` loaded. Five queries at most.
    """
    merged = list(
        Case.objects.filter(merged_into=case, state=CaseState.MERGED).select_related("queue")
    )
    causes = needs_approval(case, action=action, clauses=clauses, together=merged)
    promised = enforcing.foresee(case.account, action=action, until=until, clauses=clauses)
    subject, text = "", ""
    if promised:
        subject, text = notifying.compose_for(
            action=action,
            since=now,
            until=until,
            clauses=clauses,
            stages=_rests_on(case, outcome, clauses, cited),
            reason=reason,
            language=language,
            maker=maker_of(outcome, detected=case.detection_count > 0),
        )
    return Preview(
        goes=goes_words(action, causes, grace=grace) if outcome else _undo_words(grace),
        second=bool(causes),
        asked=[_asked(row, now=now) for row in promised],
        subject=subject,
        text=text,
        language=language,
        together=f"The same for {counted(len(merged), 'case')} merged into this one."
        if merged
        else "",
    )


def _rests_on(
    case: Case, outcome: str, clauses: Sequence[PolicyClause], cited: Collection[Cited]
) -> list[str]:
    """The stages of what such a verdict rests on, as the person is told them."""
    if outcome != Outcome.VIOLATION:
        return []
    detections = list(Detection.objects.filter(case=case))
    labels = labelling.labels_for(detections, outcome=outcome, cited=clauses)
    return rests_on(labels, citing.stages_of(case.account_id, cited))


def goes_words(action: str, causes: Sequence[ApprovalCause], *, grace: timedelta) -> str:
    """What pressing the button leads to."""
    if causes:
        return f"It waits for a second person: {causes_words(causes)}."
    if not action:
        return "Nothing is asked of the platform, and nobody is told."
    if not grace:
        return "It goes to the platform at once."
    return f"It goes to the platform after {span(grace)}; until then you can undo it."


def _undo_words(grace: timedelta) -> str:
    return f"For {span(grace)} after you decide you can undo it." if grace else ""


def causes_words(causes: Sequence[str]) -> str:
    """`a rule it cites asks for it; its queue asks for it`."""
    labels = [str(ApprovalCause(cause).label) for cause in causes]
    return "; ".join(label[0].lower() + label[1:] for label in labels)


def _asked(row: Enforcement, *, now: datetime) -> Asked:
    row.requested_at = now
    message = enforcing.EnforcementErrand().message(row)
    data = {**message.data, "enforcement": _GIVEN_LATER}
    return Asked(message.type, json.dumps(data, indent=2, ensure_ascii=False))
