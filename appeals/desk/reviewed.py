"""An appeal that is closed: what came of it, by whom, and what was made of it since."""

from typing import Any

from appeals.desk.kin import TONES
from appeals.desk.letters import letter_line
from appeals.enums import AppealOutcome
from appeals.models import Appeal, AppealDecision
from cases.casefile.deliveries import (
    action_words,
    asked_of_platform,
    delivery,
    told,
    told_to_person,
)
from cases.casefile.sealed import words_of
from reviewapp.staff.models import User


def reviewed_context(appeal: Appeal, *, user: User) -> dict[str, Any]:
    """`reviewed` for `appeals/_reviewed.html`. Eight queries at most. Needs `account`."""
    decision = (
        AppealDecision.objects.filter(appeal=appeal)
        .select_related("decided_by", "approved_by", "decision")
        .first()
    )
    letters = appeal.letters.select_related("appeal", "grievance").prefetch_related("attempts")
    context: dict[str, Any] = {
        "words": appeal.get_state_display(),
        "tone": "quiet",
        "at": appeal.closed_at,
        "letters": [
            letter_line(each, may_resend=user.may("resend_letters"))
            for each in letters.order_by("requested_at", "id")
        ],
        "admission": words_of(appeal.admission) if appeal.admission_sealed else "",
    }
    if decision is None:
        return context
    decision.appeal = appeal
    undoing = decision.decision
    may_replay = user.may("replay_enforcements")
    by = decision.decided_by.name
    if decision.approved_by:
        by += f", approved by {decision.approved_by.name}"
    return {
        **context,
        "words": decision.get_outcome_display(),
        "tone": TONES[AppealOutcome(decision.outcome)],
        "cause": decision.get_cause_display() if decision.cause else "",
        "by": by,
        "at": decision.decided_at,
        "reason": words_of(decision.reason),
        "rationale": words_of(decision.rationale),
        "instead": _instead(undoing),
        "deliveries": [
            delivery(row, may_replay=may_replay)
            for row in asked_of_platform().filter(decision=undoing)
        ]
        if undoing
        else [],
        "notifications": [
            told(row, may_replay=may_replay) for row in told_to_person().filter(decision=undoing)
        ]
        if undoing
        else [],
        "mine": decision.decided_by_id == user.pk,
    }


def _instead(undoing: Any) -> str:
    """What took the original's place; empty where nothing did."""
    if undoing is None or undoing.action in ("", "LIFT"):
        return ""
    return action_words(undoing.action, until=undoing.until, at=undoing.decided_at)
