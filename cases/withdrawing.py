"""Taking a decision back before anything of it has happened."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from cases import claiming, clearing, enforcing, labelling
from cases.approving import KEPT_FOR
from cases.deciding import entry_of
from cases.enums import CaseState, ReservedWhy
from cases.locking import Matter, lock
from cases.models import Case, Decision, Detection, Withdrawal
from cases.models.cases import RESERVATION
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class CannotWithdraw(Refused):
    """This decision can't be withdrawn."""


class NotYours(CannotWithdraw):
    """Only whoever made or approved a decision can withdraw it."""


class TooLate(CannotWithdraw):
    """The time for withdrawing this decision is over. Decide anew to undo it."""


class AlreadyWithdrawn(CannotWithdraw):
    """This decision was withdrawn already."""


class AlreadyUndone(CannotWithdraw):
    """This decision was undone meanwhile, by another one."""


class AnotherOpen(CannotWithdraw):
    """Another case was opened on this account meanwhile. Decide that one instead."""


# Note [Who comes first, the undo or the worker]
# A decision in its grace is a row whose promises are not due. Two things may end that grace: the
# clock, which this journey reads first, and a worker, whose clock may run ahead of ours. So the
# promises themselves have the last word: an UPDATE cancels those that no worker has leased or
# tried, and unless it finds every one of them, nothing is withdrawn.


def withdraw(*, decision: Decision, by: "User", at: datetime) -> Case:
    """Take `decision` back as if it had never been, and give its case back to `by`.

    What it promised is cancelled and what had given way to it comes back, its labels are
    retracted, the case is open again; so for every case that was decided with it, which stay
    merged. Whoever approved it may withdraw it too: then the case waits for whoever decided.
    See Note [Who comes first, the undo or the worker]. Raises a CannotWithdraw: NotYours,
    TooLate, AlreadyWithdrawn, AlreadyUndone or AnotherOpen.
    """
    with transaction.atomic():
        decision, case = main_of(decision)
        matter = lock(case)
        if by.pk not in (decision.decided_by_id, decision.approved_by_id):
            raise NotYours
        if Withdrawal.objects.filter(decision=decision).exists():
            raise AlreadyWithdrawn(f"{decision.ref} was withdrawn already.")
        if decision.effective_at is None or at >= decision.effective_at:
            raise TooLate
        case = take_back(decision, matter=matter, by=by, at=at)
        decider = decision.decided_by
        if decider is None or by.pk == decider.pk:
            claiming.give_to(case=case, whom=by, now=at)
        else:
            case.reserve(whom=decider, why=ReservedWhy.SENT_BACK, until=at + KEPT_FOR)
            case.save(update_fields=RESERVATION)
    return case


def main_of(decision: Decision) -> tuple[Decision, Case]:
    """The decision that `decision` was made with, on the case that its own was merged into.

    Raises TooLate for what a detector did: that has no case.
    """
    loaded = Decision.objects.select_related("case", "decided_by", "approved_by")
    decision = loaded.get(pk=decision.pk)
    if decision.case is None:
        raise TooLate("A detector enforced this; it can be lifted and not withdrawn.")
    if decision.case.state == CaseState.MERGED:
        together = loaded.standing().filter(
            case=decision.case.merged_into_id, decided_at=decision.decided_at
        )
        decision = together.first() or decision
    assert decision.case is not None
    return decision, decision.case


def take_back(decision: Decision, *, matter: Matter, by: "User", at: datetime) -> Case:
    """Withdraw `decision` and those on the matter's merged cases; the main case is open after.

    Runs in the caller's transaction, which holds the matter locked and has checked who and when;
    a bulk is undone so, decision by decision. Raises TooLate, AlreadyUndone or AnotherOpen.
    """
    case = matter.case
    if other := Case.objects.unsettled().filter(account=case.account).exclude(pk=case.pk).first():
        raise AnotherOpen(
            f"{other.ref} was opened on this account meanwhile. Decide it instead: what is not"
            " sent yet gives way to it."
        )
    cases = {each.pk: each for each in (case, *matter.merged)}
    decisions = (
        Decision.objects.standing()
        .filter(case__in=cases, decided_at=decision.decided_at)
        .select_related("approved_by")
        .order_by("recorded_at", "id")
    )
    if Decision.objects.filter(undoes__in=decisions).exists():
        raise AlreadyUndone
    for each in decisions:
        each.case = cases[each.case_id]
        each.account = each.case.account
        _take_back_one(each, by=by, at=at)
    case.move_to(CaseState.OPEN, at=at)
    case.version += 1
    case.save(update_fields=["state", "settled_at", "version"])
    return case


def _take_back_one(decision: Decision, *, by: "User", at: datetime) -> None:
    # Before its promises are taken back: what of it gave way to another stays so for good.
    Withdrawal.objects.create(decision=decision, withdrawn_by=by, withdrawn_at=at)
    detections = list(
        Detection.objects.filter(case=decision.case)
        .select_related("detector", "account")
        .newest_first()
    )
    clauses = list(decision.clauses.order_by("position", "code"))
    labels = labelling.labels_for(detections, outcome=decision.outcome, cited=clauses)
    record(
        entry_of(
            decision, "decision.withdrawn", by=by, clauses=clauses, detections=detections,
            labels=labels, at=at,
        ),
        at=at,
    )  # fmt: skip
    try:
        enforcing.take_back(decision=decision, at=at, actor=by.actor)
    except enforcing.AlreadySent as sent:
        raise TooLate("The platform has been asked already. Decide anew to undo it.") from sent
    clearing.end_with(decision=decision, by=by, at=at)
    labelling.retract(decision=decision, actor=by.actor, at=at)
