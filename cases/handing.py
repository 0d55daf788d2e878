"""Handing a case over to a colleague, and taking it back while they have not begun."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from cases import claiming
from cases.enums import CaseState, ClaimEnding, GiveBackReason, NoteKind, ReservedWhy
from cases.models import Case, Claim, Note
from cases.models.cases import RESERVATION
from cases.noting import entry_on, keep
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record
from reviewapp.staff.models import User
from reviewapp.staff.roles import roles_with

if TYPE_CHECKING:
    from django.db.models import QuerySet

# For so long a case waits for the colleague alone; after that it is offered to everybody.
KEPT_FOR = timedelta(hours=24)


class CannotHandOver(Refused):
    """This case can't be handed over so."""


class CannotTakeBack(Refused):
    """This case is not yours to take back."""


def who_can_have(case: Case) -> "QuerySet[User]":
    """Whom a lead can give `case` to: those who work its queue, by name. Needs `queue` loaded."""
    return User.objects.who_may("work_cases").filter(roles__overlap=case.queue.worked_by)


def colleagues(case: Case, *, but: User) -> "QuerySet[User]":
    """Whom `but` can hand `case` to: those of them, leads alone if it was escalated."""
    people = who_can_have(case).exclude(pk=but.pk)
    if case.state == CaseState.ESCALATED:
        return people.filter(roles__overlap=roles_with("lead_cases"))
    return people


def hand_over(*, case: Case, by: User, to: User, words: str, at: datetime) -> None:
    """End the hold of `by` on `case` and keep it for `to`, with `words` for them.

    Raises CannotHandOver or CannotNote naming the argument at fault, CaseIsSettled,
    NoLongerYours or HeldByAnother.
    """
    with transaction.atomic():
        case, claim = claiming.hold(case=case, by=by, now=at)
        _check_colleague(case, by=by, to=to)
        note = keep(case=case, by=by, text=words, kind=NoteKind.HAND_OVER, at=at, pointer="words")
        claiming.end(claim, ClaimEnding.HANDED_OVER, at=at)
        case.reserve(whom=to, why=ReservedWhy.HANDED_OVER, until=at + KEPT_FOR)
        case.save(update_fields=RESERVATION)
        record(entry_on(case, "case.handed_over", by, at, to=to.actor, note=str(note.pk)), at=at)


def take_back(*, case: Case, by: User, at: datetime) -> Claim:
    """Give `by` back what they handed over, while it still waits for the colleague.

    Raises CannotTakeBack, HeldByAnother or HoldsEnough.
    """
    with transaction.atomic():
        case = claiming.lock(case)
        if not was_handed_over_by(case, by):
            raise CannotTakeBack(f"{case.ref} does not wait for somebody you handed it to.")
        case.release_reservation()
        case.save(update_fields=RESERVATION)
        return claiming.take(case=case, by=by, now=at)


def was_handed_over_by(case: Case, user: User) -> bool:
    """Whether `case` waits for whom `user` handed it to. One query where it waits for anybody."""
    if case.reserved_why != ReservedWhy.HANDED_OVER or case.is_settled:
        return False
    last = Note.objects.filter(case=case, kind=NoteKind.HAND_OVER).order_by("-written_at", "-id")
    return last.values_list("author_id", flat=True).first() == user.pk


def _check_colleague(case: Case, *, by: User, to: User) -> None:
    def refuse_if(wrong: bool, message: str) -> None:
        if wrong:
            raise CannotHandOver(message, pointer="to")

    refuse_if(to.pk == by.pk, "You hold it already. Choose somebody else.")
    refuse_if(not case.queue.is_worked_by(to), f"{to.name} does not work {case.queue}.")
    refuse_if(
        case.state == CaseState.ESCALATED and not to.may("lead_cases"),
        f"{case.ref} was escalated, and {to.name} is no lead. Hand it back down instead.",
    )
    gave_back = Claim.objects.filter(case=case, analyst=to, ending=ClaimEnding.GIVEN_BACK).exclude(
        give_back_reason=GiveBackReason.END_OF_SHIFT
    )
    refuse_if(gave_back.exists(), f"{to.name} gave {case.ref} back before. Choose somebody else.")
