"""What leads do with other people's cases: take them off, give them to somebody, move them."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from cases import claiming
from cases.enums import CaseState, ClaimEnding, ReservedWhy
from cases.handing import KEPT_FOR
from cases.models import Case, Claim, Queue
from cases.models.cases import RESERVATION
from cases.noting import entry_on
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class CannotLead(Refused):
    """This can't be done with the case now."""


class NobodyHoldsIt(CannotLead):
    """Nobody holds this case any more."""


class SomebodyHoldsIt(CannotLead):
    """Somebody holds this case. Take it off them first."""


class CannotWorkIt(CannotLead):
    """Their roles do not work this queue."""


def take_off(*, case: Case, claim_id: UUID, by: "User", at: datetime) -> None:
    """End somebody's hold on `case`, which goes back to its queue.

    `claim_id` is the claim that the page showed: a later one of somebody else is left alone.
    Raises NobodyHoldsIt where it has ended, CannotLead for one's own.
    """
    with transaction.atomic():
        case = claiming.lock(case)
        claim = _claim_on(case)
        if claim is None or claim.pk != claim_id or claim.expires_at <= at:
            raise NobodyHoldsIt(f"That hold on {case.ref} has ended already.")
        if claim.analyst_id == by.pk:
            raise CannotLead(f"You hold {case.ref} yourself. Give it back instead.")
        _end(case, claim, by=by, at=at)


def reassign(*, case: Case, to: "User", by: "User", at: datetime) -> None:
    """Keep `case` for `to` before anybody else is offered it, taking it off whoever holds it.

    A case that waits for information waits no more; one that was escalated comes down with it,
    unless `to` leads. Raises CannotWorkIt, or CannotLead for one that is settled, waits for
    approval or is held by `to` already.
    """
    with transaction.atomic():
        case = claiming.lock(case)
        _check_in_reach(case)
        if not case.queue.is_worked_by(to):
            raise CannotWorkIt(
                f"{to.name} does not work {case.queue}. Choose somebody who does, or move it.",
                pointer="person",
            )
        # A lapsed one too: with it, its last holder could claim again what is another's now.
        claim = _claim_on(case)
        if claim is not None and claim.analyst_id == to.pk and claim.expires_at > at:
            raise CannotLead(f"{to.name} holds {case.ref} already.", pointer="person")
        if claim is not None:
            _end(case, claim, by=by, at=at)
        stays_up = case.state == CaseState.ESCALATED and to.may("lead_cases")
        if case.state != CaseState.OPEN and not stays_up:
            case.move_to(CaseState.OPEN, at=at)
        until = at + KEPT_FOR
        case.reserve(whom=to, why=ReservedWhy.REASSIGNED, until=until)
        case.save(update_fields=["state", "settled_at", "wakes_at", *RESERVATION])
        told = {"to": to.actor, "until": until.isoformat()}
        record(entry_on(case, "case.reassigned", by, at, **told), at=at)


def move(*, case: Case, queue: Queue, by: "User", at: datetime) -> None:
    """Have `case` wait in `queue`, due and priced as it is there; a due date only comes nearer.

    Kept for somebody who does not work there, it is kept no longer. Raises SomebodyHoldsIt, or
    CannotLead where it can't be moved or waits there already.
    """
    with transaction.atomic():
        case = claiming.lock(case)
        _check_in_reach(case)
        before = case.queue
        if before == queue:
            raise CannotLead(f"{case.ref} waits in {queue} already.", pointer="queue")
        # Read again: it may have been switched off since the page was drawn.
        queue = Queue.objects.get(pk=queue.pk)
        if not queue.active:
            raise CannotLead(f"{queue} is not in use.", pointer="queue")
        claim = _claim_on(case)
        if claim is not None and claim.expires_at > at:
            raise SomebodyHoldsIt(
                f"{claim.analyst.name} holds {case.ref}. Take it off them first, or wait.",
                pointer="queue",
            )
        case.wait_in(queue)
        case.version += 1
        kept_for = case.reserved_for
        if case.state == CaseState.OPEN and kept_for and not queue.is_worked_by(kept_for):
            case.release_reservation()
        case.save(
            update_fields=[
                *("queue", "due_at", "due_tier", "priority", "rank", "version"),
                *RESERVATION,
            ]
        )
        told = {"from": before.slug, "to": queue.slug, "why": "BY_HAND"}
        record(entry_on(case, "case.moved", by, at, **told), at=at)


def _claim_on(case: Case) -> Claim | None:
    """The claim that nobody has closed, locked behind its case."""
    claims = Claim.objects.unreleased().filter(case=case).select_related("analyst")
    return claims.select_for_update(of=("self",), no_key=True).first()


def _end(case: Case, claim: Claim, *, by: "User", at: datetime) -> None:
    claim.released_at, claim.ending, claim.ended_by = at, ClaimEnding.TAKEN_OFF, by
    claim.save(update_fields=["released_at", "ending", "ended_by"])
    record(entry_on(case, "claim.taken_off", by, at, holder=claim.analyst.actor), at=at)


def _check_in_reach(case: Case) -> None:
    if case.is_settled:
        raise CannotLead(f"{case.ref} is settled.")
    if case.state == CaseState.AWAITING_APPROVAL:
        raise CannotLead(f"{case.ref} waits for a second person. It can be sent back by them.")
