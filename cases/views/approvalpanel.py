"""What was proposed on a case, as its page shows it to whoever may answer and to others."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from cases import approving
from cases.casefile.advice import advice_lines
from cases.casefile.deliveries import action_words
from cases.casefile.preview import causes_words, preview
from cases.casefile.telling import cited_words
from cases.enums import CaseState, Confidence, Outcome
from cases.forms import SendingBackForm
from cases.models import Approval, Case
from cases.verdict import Verdict
from reviewapp.kernel.encryption import Erased
from reviewapp.staff.models import User


def approval_context(
    case: Case, *, user: User, now: datetime, sending_back: SendingBackForm | None
) -> dict[str, Any]:
    """`approval` for `cases/_approval.html` where the case waits for a second person."""
    if case.state != CaseState.AWAITING_APPROVAL:
        return {}
    waiting = Approval.objects.waiting().filter(case=case).select_related("asked_by").first()
    if waiting is None:
        return {}
    waiting.case = case
    own = waiting.asked_by_id == user.pk
    context: dict[str, Any] = {
        "asked_by": waiting.asked_by.name,
        "at": waiting.asked_at,
        "causes": causes_words(waiting.causes),
        "own": own,
        "may_answer": user.may("approve_decisions") and not own,
        "seen_version": case.version,
        "approve_url": reverse("cases:approval", args=[case.ref]),
        "return_url": reverse("cases:approval_return", args=[case.ref]),
        "withdraw_url": reverse("cases:approval_withdrawal", args=[case.ref]),
        "form": sending_back or SendingBackForm(),
        "returned": sending_back is not None,
    }
    try:
        verdict = approving.verdict_of(waiting, at=now)
    except Erased:
        return {"approval": {**context, "erased": True}}
    return {"approval": {**context, **_proposed(case, waiting, verdict, now=now)}}


def _proposed(case: Case, waiting: Approval, verdict: Verdict, *, now: datetime) -> dict[str, Any]:
    outcome = Outcome(verdict.outcome).label
    action = ""
    if verdict.action:
        action = action_words(verdict.action, until=verdict.until, at=now)
        action += " from the approval on" if waiting.lasts else ""
    follows = preview(
        case,
        outcome=verdict.outcome,
        action=verdict.action,
        until=verdict.until,
        clauses=verdict.clauses,
        reason=verdict.reason,
        language=verdict.locale,
        cited=verdict.cited,
        grace=timedelta(seconds=settings.UNDO_SECONDS),
        now=now,
    )
    advice = advice_lines(
        case.account, clauses=verdict.clauses, offered=case.queue.offers(), at=now
    )
    return {
        "advice": [{"words": line.words, "why": line.why} for line in advice],
        "words": " · ".join(filter(None, [outcome, action])),
        "clauses": [
            {
                "words": clause.title,
                "small": f"version {clause.version}",
                "text": clause.text,
                "examples": clause.examples,
                "shown_words": clause.words_for(verdict.locale),
            }
            for clause in verdict.clauses
        ],
        "rationale": verdict.rationale,
        "confidence": Confidence(verdict.confidence).label,
        "cited": cited_words(when for _, _, when in verdict.cited),
        "preview": follows,
    }
