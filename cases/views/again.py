"""What somebody decided or proposed and then had back: their form begins with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import QueryDict

from cases import approving
from cases.enums import Action, ApprovalAnswer
from cases.forms import DAYS, ON_A_DATE
from cases.models import Approval, Case, Citation, Decision
from cases.verdict import Cited, Verdict
from reviewapp.kernel.encryption import Erased
from reviewapp.staff.models import User


@dataclass(frozen=True, slots=True)
class Again:
    """A form's data, and why it is filled in already."""

    data: QueryDict
    why: str


def again(case: Case, *, by: User, decisions: Sequence[Decision]) -> Again | None:
    """What `by` last had back of `case`: withdrawn, or sent back to them; None if nothing.

    `decisions` are the account's newest, as `decisions_about` loads them. One query where
    nothing was proposed on the case or withdrawn, two where something was.
    """
    proposed = (
        Approval.objects.filter(
            case=case,
            asked_by=by,
            answer__in=[ApprovalAnswer.WITHDRAWN, ApprovalAnswer.SENT_BACK],
        )
        .select_related("answered_by")
        .order_by("-answered_at")
        .first()
    )
    withdrawn = next(
        (
            each
            for each in decisions
            if each.case_id == case.pk and each.is_withdrawn and each.decided_by_id == by.pk
        ),
        None,
    )
    try:
        if withdrawn and (
            proposed is None or _later(withdrawn.withdrawal.withdrawn_at, proposed.answered_at)
        ):
            return Again(_of_decision(withdrawn), "Filled in as you had decided it before.")
        if proposed:
            return Again(_of_proposal(proposed, case), _words_of(proposed))
    except Erased:
        pass
    return None


def _later(at: datetime, other: datetime | None) -> bool:
    return other is None or at > other


def _words_of(proposed: Approval) -> str:
    if proposed.answer == ApprovalAnswer.SENT_BACK and proposed.answered_by is not None:
        who = proposed.answered_by.name
        return (
            f"Filled in as you had proposed it. {who} sent it back: their words are in the notes."
        )
    return "Filled in as you had proposed it before."


def _of_decision(decision: Decision) -> QueryDict:
    lasts = decision.until - decision.decided_at if decision.until else None
    data = _data(
        outcome=decision.outcome,
        action=decision.action,
        until=decision.until,
        days=lasts.days if lasts and lasts.seconds == 0 else None,
        clauses=[clause.pk for clause in decision.clauses.all()],
        rationale=decision.rationale(),
        reason=decision.reason(),
        confidence=decision.confidence,
        cited=[(c.evidence_source_id, c.evidence_id, c.occurred_at) for c in _cited(decision)],
        locale=next((told.locale for told in decision.notifications.all()), ""),
    )
    for cleared in decision.clearings.all():
        data["clears_family"], data["clears_margin"] = cleared.family, str(cleared.margin)
        data["clears_until"] = cleared.until.astimezone(UTC).date().isoformat()
    return data


def _cited(decision: Decision) -> Iterable[Citation]:
    return sorted(decision.citations.all(), key=lambda citation: citation.occurred_at)


def _of_proposal(proposed: Approval, case: Case) -> QueryDict:
    proposed.case = case
    verdict: Verdict = approving.verdict_of(proposed, at=proposed.asked_at)
    return _data(
        outcome=verdict.outcome,
        action=verdict.action,
        until=verdict.until,
        days=proposed.lasts.days if proposed.lasts else None,
        clauses=[clause.pk for clause in verdict.clauses],
        rationale=verdict.rationale,
        reason=verdict.reason,
        confidence=verdict.confidence,
        cited=verdict.cited,
        locale=verdict.locale,
    )


def _data(
    *,
    outcome: str,
    action: str,
    until: datetime | None,
    days: int | None,
    clauses: Sequence[int],
    rationale: str,
    reason: str,
    confidence: str,
    cited: Sequence[Cited],
    locale: str,
) -> QueryDict:
    data = QueryDict(mutable=True)
    data["outcome"], data["confidence"], data["locale"] = outcome, confidence, locale
    data["rationale"], data["reason_shown"] = rationale, reason
    data.setlist("clauses", [str(clause) for clause in clauses])
    data.setlist("evidence", [f"{s}:{item}:{when.isoformat()}" for s, item, when in cited])
    if action == Action.LIFT:
        data["lift"] = "on"
    else:
        data["action"] = action
    if until is not None:
        in_days = days in DAYS
        data["days"] = str(days) if in_days else ON_A_DATE
        data["ends_on"] = "" if in_days else until.astimezone(UTC).date().isoformat()
    return data
