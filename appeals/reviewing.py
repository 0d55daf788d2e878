"""An appeal decided: one transaction, from the verdict to its promises.

# Note [In what order an appeal is locked]

The account first, which orders what the platform is asked; then what the decision asked for, which
workers write to; then the appeal, and last the grievances that contain it. So a decision, a
withdrawal by the person and a worker that is delivering the ban wait for each other and never in
a ring.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from appeals import answering, claiming, erring, timing
from appeals.enums import AppealOutcome, AppealState, ClockName
from appeals.models import Appeal, AppealDecision
from appeals.models.appeals import MOVED
from appeals.verdict import CannotReview, NothingStands, Verdict, check_what_stands
from cases import overturning
from cases.models import Account, Decision, Enforcement
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class AlreadyAnswered(CannotReview):
    """This appeal was answered meanwhile."""


class StalePage(CannotReview):
    """Something arrived on this appeal while you were deciding. Look at it, then decide again."""


class NeedsSecondPerson(CannotReview):
    """A rule of the original decision asks for a second person before it is reversed."""


def decide(
    *, appeal: Appeal, by: "User", at: datetime, seen_version: int, **verdict: Any
) -> AppealDecision:
    """Answer `appeal` for good; for the rest of the arguments see Verdict.

    A reversal undoes the original decision, and lifts or replaces on the platform what it asked
    for. Writes the AppealDecision, meets the clocks, resolves the grievances that contain the
    appeal, promises the letters and records it, all or nothing. `seen_version` is the
    Appeal.version that the page showed.

    Raises a CannotTake where it is not `by`'s to answer (Barred among them), or a CannotReview:
    AlreadyAnswered, StalePage, NeedsSecondPerson, NothingStands, StillStands, or one whose
    `pointer` names the argument at fault.
    """
    answer = Verdict(**verdict)
    answer.check()
    with transaction.atomic():
        appeal = hold(appeal, by=by, at=at, seen_version=seen_version)
        return settle(appeal, verdict=answer, by=by, at=at)


# Steps that other journeys share


def lock(appeal: Appeal) -> Appeal:
    """The appeal with what it is about, locked: see Note [In what order an appeal is locked]."""
    account = Account.objects.select_for_update(no_key=True).get(pk=appeal.account_id)
    list(
        Enforcement.objects.select_for_update(no_key=True)
        .filter(decision__enforcements=appeal.enforcement_id)
        .order_by("sequence")
    )
    appeal = claiming.lock(appeal)
    appeal.account = account
    appeal.enforcement.account = appeal.enforcement.decision.account = account
    return appeal


def hold(appeal: Appeal, *, by: "User", at: datetime, seen_version: int) -> Appeal:
    """Lock what `by` answers, and see that it is theirs and as they saw it."""
    appeal = lock(appeal)
    if not appeal.is_open:
        raise AlreadyAnswered(f"{appeal.ref} is {appeal.get_state_display().lower()} by now.")
    claiming.keep(appeal, by=by, at=at)
    if appeal.version != seen_version:
        raise StalePage
    return appeal


def settle(
    appeal: Appeal,
    *,
    verdict: Verdict,
    by: "User",
    at: datetime,
    approved_by: "User | None" = None,
) -> AppealDecision:
    """Answer `appeal`. Runs in the caller's transaction, which has checked who answers it."""
    check_what_stands(appeal, verdict, at=at)
    undoing = _undo(appeal, verdict, by=by, approved_by=approved_by, at=at)
    decision = AppealDecision.objects.create(
        appeal=appeal,
        outcome=verdict.outcome,
        cause=verdict.cause,
        decided_by=by,
        approved_by=approved_by,
        decision=undoing,
        reason_sealed=appeal.seal(verdict.reason, context="appeal_decision.reason"),
        rationale_sealed=appeal.seal(verdict.rationale, context="appeal_decision.rationale")
        if verdict.rationale.strip()
        else None,
        decided_at=at,
        recorded_at=at,
    )
    appeal.move_to(AppealState.DECIDED, at=at)
    # An answer acknowledges, too.
    appeal.acknowledged_at = appeal.acknowledged_at or at
    appeal.save(update_fields=[*MOVED, "acknowledged_at"])
    timing.meet(appeal, ClockName.ACK, ClockName.RESOLVE, at=at)
    given = answering.Given(appeal, decision, verdict, by, approved_by, at)
    record(answering.line_of(given), at=at)
    answering.resolve_grievances(given)
    answering.tell(given)
    erring.count(appeal, verdict)
    return decision


def _undo(
    appeal: Appeal, verdict: Verdict, *, by: "User", approved_by: "User | None", at: datetime
) -> Decision | None:
    """The decision that undoes the original, or takes its place; None where it stands."""
    if not verdict.reverses:
        return None
    original = appeal.enforcement.decision
    common: dict[str, Any] = {
        "decision": original, "by": by, "approved_by": approved_by, "at": at,
        "reason": verdict.reason, "rationale": verdict.rationale, "locale": verdict.locale,
    }  # fmt: skip
    try:
        if verdict.outcome == AppealOutcome.PARTIALLY_REVERSED:
            clauses = list(original.clauses.order_by("position", "code"))
            return overturning.replace(
                action=verdict.action, until=verdict.ends_at(at), clauses=clauses, **common
            )
        return overturning.overturn(
            outcome=verdict.found, relabel=verdict.says_finding_was_wrong, **common
        )
    except overturning.NeedsSecondPerson as needed:
        raise NeedsSecondPerson from needed
    except (overturning.NothingStands, overturning.AlreadyUndone) as gone:
        raise NothingStands(pointer="outcome") from gone
    except overturning.CannotOverturn as refused:
        raise CannotReview(str(refused), pointer=refused.pointer) from refused
