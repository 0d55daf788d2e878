"""Passing a case up to a lead, and down again."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from cases import claiming
from cases.enums import CaseState, ClaimEnding, NoteKind, ReservedWhy
from cases.handing import KEPT_FOR
from cases.models import Account, Case, Claim, Note
from cases.models.cases import RESERVATION
from cases.noting import entry_on, keep
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class CannotEscalate(Refused):
    """This case can't be escalated."""


class CannotHandDown(Refused):
    """This case is not yours to hand back down."""


def escalate(*, case: Case, by: "User", words: str, at: datetime) -> None:
    """End the hold of `by` on `case` and leave it to the leads, with `words` for them.

    Raises CannotEscalate, CannotNote whose `pointer` is `words`, CaseIsSettled, NoLongerYours
    or HeldByAnother.
    """
    with transaction.atomic():
        case, claim = claiming.hold(case=case, by=by, now=at)
        if case.state == CaseState.ESCALATED:
            raise CannotEscalate(f"{case.ref} was escalated already.")
        note = keep(case=case, by=by, text=words, kind=NoteKind.ESCALATION, at=at, pointer="words")
        claiming.end(claim, ClaimEnding.ESCALATED, at=at)
        case.move_to(CaseState.ESCALATED, at=at)
        case.release_reservation()
        case.save(update_fields=["state", "settled_at", "wakes_at", *RESERVATION])
        record(entry_on(case, "case.escalated", by, at, note=str(note.pk)), at=at)


def hand_down(*, case: Case, by: "User", words: str, at: datetime) -> None:
    """Have an escalated case be an open one again, kept for a day for whoever had escalated it.

    For leads, with `words` on what to do; not while another one of them holds it.
    Raises CannotHandDown, or CannotNote whose `pointer` is `words`.
    """
    with transaction.atomic():
        case, held = _escalated(case, at=at)
        if not by.may("lead_cases"):
            raise CannotHandDown(f"{case.ref} is with the leads.")
        if held and held.analyst_id != by.pk:
            raise CannotHandDown(f"{held.analyst.name} is looking at {case.ref}.")
        note = keep(case=case, by=by, text=words, kind=NoteKind.HAND_OVER, at=at, pointer="words")
        if held:
            claiming.end(held, ClaimEnding.HANDED_OVER, at=at)
        _open_again(case, at=at)
        asked_by = escalated_by(case)
        if asked_by and asked_by.is_active and asked_by.pk != by.pk:
            case.reserve(whom=asked_by, why=ReservedWhy.HANDED_OVER, until=at + KEPT_FOR)
            case.save(update_fields=RESERVATION)
        record(entry_on(case, "case.handed_down", by, at, note=str(note.pk)), at=at)


def take_back(*, case: Case, by: "User", at: datetime) -> Claim:
    """Give `by` back what they escalated, while no lead has begun.

    Raises CannotHandDown, HoldsEnough, or what `claiming.take` says.
    """
    with transaction.atomic():
        case, held = _escalated(case, at=at)
        if escalated_by(case) != by:
            raise CannotHandDown(f"{case.ref} is with the leads.")
        if held:
            raise CannotHandDown(f"{held.analyst.name} is looking at {case.ref}.")
        _open_again(case, at=at)
        record(entry_on(case, "case.handed_down", by, at), at=at)
        return claiming.take(case=case, by=by, now=at)


def _escalated(case: Case, *, at: datetime) -> tuple[Case, Claim | None]:
    """The case and the claim on it, locked."""
    account = Account.objects.select_for_update(no_key=True).get(pk=case.account_id)
    case = claiming.lock(case)
    case.account = account
    if case.state != CaseState.ESCALATED:
        raise CannotHandDown(f"{case.ref} is not with the leads.")
    claims = Claim.objects.held(now=at).filter(case=case).select_related("analyst")
    return case, claims.select_for_update(of=("self",), no_key=True).first()


def _open_again(case: Case, *, at: datetime) -> None:
    case.move_to(CaseState.OPEN, at=at)
    case.release_reservation()
    case.save(update_fields=["state", "settled_at", "wakes_at", *RESERVATION])


def escalated_by(case: Case) -> "User | None":
    """Who escalated `case` last. One query."""
    notes = Note.objects.filter(case=case, kind=NoteKind.ESCALATION).select_related("author")
    last = notes.order_by("-written_at", "-id").first()
    return last.author if last else None
