"""What was proposed on an appeal, as its page shows it to whoever may approve it and to others."""

from datetime import datetime
from typing import Any

from appeals import foreseeing, proposing
from appeals.desk.lines import ticket_url
from appeals.enums import AppealOutcome, ReversalCause
from appeals.foreseeing import Foreseen
from appeals.models import Appeal, Proposal
from appeals.offering import barred_words
from appeals.verdict import Verdict
from cases.casefile.deliveries import action_words
from cases.forms import SendingBackForm
from reviewapp.kernel.encryption import Erased
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User


def proposed_context(
    appeal: Appeal, *, user: User, now: datetime, sending_back: SendingBackForm | None
) -> dict[str, Any]:
    """`proposed` for `appeals/_proposed.html`; empty where nothing waits after all."""
    waiting = waiting_on(appeal)
    if waiting is None:
        return {}
    own = waiting.asked_by_id == user.pk
    barred = barred_words(appeal, user=user)
    context: dict[str, Any] = {
        "asked_by": waiting.asked_by.name,
        "at": waiting.asked_at,
        "own": own,
        "barred": barred,
        "may_answer": user.may("approve_reversals") and not own and not barred,
        "seen_version": appeal.version,
        "approve_url": ticket_url(appeal, "proposal"),
        "return_url": ticket_url(appeal, "proposal/return"),
        "withdraw_url": ticket_url(appeal, "proposal/withdrawal"),
        "form": sending_back or SendingBackForm(),
        "returned": sending_back is not None,
    }
    try:
        verdict = proposing.verdict_of(waiting)
    except Erased:
        return {**context, "erased": True}
    return {
        **context,
        "words": _words(verdict, now=now),
        "cause": ReversalCause(verdict.cause).label,
        "rationale": verdict.rationale,
        "foreseen": _foreseen(appeal, verdict, by=waiting.asked_by, now=now),
    }


def waiting_on(appeal: Appeal) -> Proposal | None:
    """The proposal that waits on `appeal`, if any. One query."""
    found: Proposal | None = (
        appeal.proposals.waiting().select_related("asked_by", "appeal__account").first()
    )
    if found is not None:
        found.appeal = appeal
    return found


def _words(verdict: Verdict, *, now: datetime) -> str:
    words = str(AppealOutcome(verdict.outcome).label)
    if verdict.action:
        words += f" · {action_words(verdict.action, until=verdict.ends_at(now), at=now)}"
        words += " from the approval on" if verdict.lasts else ""
    return words


def _foreseen(appeal: Appeal, verdict: Verdict, *, by: User, now: datetime) -> Foreseen | None:
    """What it would do; None where it does not hold any more."""
    try:
        return foreseeing.foresee(appeal, verdict, by=by, at=now)
    except Refused:
        return None
