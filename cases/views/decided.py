"""A decision that was made: what, by whom, on what, and what the platform made of it."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from cases.casefile.before import maker_words, undoing_of, undone_words
from cases.casefile.deliveries import action_words, delivery, told
from cases.casefile.sealed import words_of
from cases.casefile.telling import cited_words, language_name
from cases.enums import Outcome
from cases.models import Decision
from reviewapp.staff.models import User

_TONES = {Outcome.NO_VIOLATION: "good", Outcome.VIOLATION: "bad"}


def decided_context(decision: Decision, *, user: User) -> dict[str, Any]:
    """`decided` for `cases/_decided.html`. Needs what `decisions_about` loads.

    Where it was undone, with what the platform and the person were told of that.
    """
    may_replay = user.may("replay_enforcements")
    undoing = undoing_of(decision)
    all_of_it = [decision, undoing] if undoing else [decision]
    asked = [row for each in all_of_it for row in each.enforcements.all()]
    notifications = list(decision.notifications.all())
    undoable = decision.case and decision.may_be_withdrawn(by=user, at=timezone.now())
    return {
        "ref": decision.ref,
        "outcome": decision.get_outcome_display(),
        "tone": _TONES.get(Outcome(decision.outcome), ""),
        "action": action_words(decision.action, until=decision.until, at=decision.decided_at)
        if decision.action
        else "",
        "maker": maker_words(decision),
        "at": decision.decided_at,
        "clauses": [str(clause) for clause in decision.clauses.all()],
        "reason_shown": words_of(decision.reason),
        "language": language_name(notifications[0].locale) if notifications else "",
        "rationale": words_of(decision.rationale),
        "confidence": decision.get_confidence_display() if decision.confidence else "",
        "cited": cited_words(each.occurred_at for each in decision.citations.all()),
        "deliveries": [
            delivery(row, may_replay=may_replay)
            for row in sorted(asked, key=lambda row: row.sequence)
        ],
        "notifications": [
            told(row, may_replay=may_replay)
            for each in all_of_it
            for row in each.notifications.all()
        ],
        "effective_at": decision.effective_at if undoable else None,
        "withdraw_url": reverse("cases:withdrawal", args=[decision.case.ref])
        if undoable and decision.case
        else "",
        "mine": decision.decided_by_id == user.pk,
        "undone": _undone(undoing) if undoing else None,
    }


def _undone(undoing: Decision) -> dict[str, Any]:
    return {
        "words": undone_words(undoing),
        "maker": maker_words(undoing),
        "at": undoing.decided_at,
        "rationale": words_of(undoing.rationale),
    }
