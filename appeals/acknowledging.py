"""Telling people that what they wrote has come in: the worker does it, within the law's day.

# Note [When something counts as acknowledged]

When its letter is promised. From then on it goes out by itself, within seconds while the ways are
open, and is tried again for days where they are not; a letter that can't be delivered is shown to
people. What the law's clock is about, that somebody has taken note and given out the number
under which it is kept, is done by then. Where no letter can be written, because whoever wrote left
neither an account of theirs nor an address, the clock runs on, and a colleague acknowledges it by
the way it came, and notes that.

An appeal and the grievance that contains it are acknowledged together where both tell the same
person; else each tells whoever it may.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from appeals import claiming, composing, timing, writing
from appeals.enums import ClockName, LetterKind, Via
from appeals.lines import line
from appeals.models import Appeal, Clock, Grievance
from appeals.offering import NOUNS
from reviewapp.kernel.encryption import Erased
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

log = logging.getLogger(__name__)

Written = Appeal | Grievance
AT_ONCE = 500


class NothingToAcknowledge(Refused):
    """This was acknowledged already, or nobody waits for it any more."""


def acknowledge_due(*, at: datetime, limit: int = AT_ONCE) -> int:
    """Acknowledge what has come in, the longest waiting first. Returns how many.

    See Note [When something counts as acknowledged].
    """
    acknowledged = 0
    for ticket in _waiting(limit):
        try:
            acknowledged += _acknowledge(ticket, at=at)
        except Exception:
            # One that goes wrong must not keep the others from being acknowledged in time.
            log.exception("%s could not be acknowledged.", ticket.ref)
    return acknowledged


def note(*, ticket: Written, by: "User", at: datetime) -> Written:
    """Note that a colleague has acknowledged it, by letter or in whatever way it came.

    Raises NothingToAcknowledge.
    """
    with transaction.atomic():
        ticket = claiming.lock(ticket)
        if not _is_owed(ticket):
            raise NothingToAcknowledge
        _met(ticket, at=at, by=by.actor, by_hand=True)
    return ticket


def words_of(ticket: Written, *, via: str) -> tuple[str, str]:
    """Subject and text of the letter that acknowledges a ticket. Needs `account` loaded, and of an
    appeal `enforcement`.
    """
    answered_by = max(
        (clock.due_at for clock in ticket.clocks.all() if clock.name != ClockName.ACK),
        default=None,
    )
    reader = writing.reader_of(ticket, via=via)
    return composing.acknowledgement(
        ref=ticket.ref,
        reader=reader,
        about=NOUNS[type(ticket)].rstrip("."),
        by=answered_by,
        link=writing.link_in(ticket, via=via, language=reader.language),
    )


# Steps


def _waiting(limit: int) -> Iterator[Written]:
    """What is to be acknowledged; what was found unreachable waits for people."""
    reachable = Q(appeal__isnull=False, appeal__unreachable_at=None) | Q(
        grievance__isnull=False, grievance__unreachable_at=None
    )
    due = Clock.objects.running().filter(reachable, name=ClockName.ACK)
    for clock in due.select_related("appeal", "grievance").order_by("due_at", "id")[:limit]:
        ticket = clock.appeal or clock.grievance
        assert ticket is not None
        yield ticket


def _acknowledge(ticket: Written, *, at: datetime) -> bool:
    with transaction.atomic():
        ticket = claiming.lock(ticket)
        # Read again under the lock: another worker, or an answer, may have come first.
        if not _is_owed(ticket):
            return False
        try:
            told = _tell(ticket, at=at)
        except Erased:
            told = False
        if told:
            _met(ticket, at=at, by="worker", by_hand=False)
            return True
        ticket.unreachable_at = at
        ticket.save(update_fields=["unreachable_at"])
        return False


def _tell(ticket: Written, *, at: datetime) -> bool:
    """Promise the letters that acknowledge; False where none reaches the person."""
    if isinstance(ticket, Grievance) and _is_told_by_appeal(ticket):
        return True
    subject, text = words_of(ticket, via=Via.PLATFORM)
    letters = writing.request(
        ticket=ticket,
        kind=LetterKind.ACKNOWLEDGEMENT,
        subject=subject,
        text=text,
        mailed=words_of(ticket, via=Via.EMAIL)[1],
        at=at,
        by="worker",
    )
    return bool(letters)


def _is_told_by_appeal(grievance: Grievance) -> bool:
    """Whether its appeal's letter tells the same person: it came with it, by the same owner."""
    appeal = grievance.appeal
    return (
        appeal is not None
        and grievance.identity_checked_at is not None
        and appeal.recorded_at == grievance.recorded_at
        and (appeal.is_open or appeal.acknowledged_at is not None)
    )


def _is_owed(ticket: Written) -> bool:
    return ticket.is_open and ticket.clocks.running().filter(name=ClockName.ACK).exists()


def _met(ticket: Written, *, at: datetime, by: str, by_hand: bool) -> None:
    ticket.acknowledged_at = at
    ticket.save(update_fields=["acknowledged_at"])
    timing.meet(ticket, ClockName.ACK, at=at)
    clock = ticket.clocks.get(name=ClockName.ACK)
    record(
        line(
            ticket, NOUNS[type(ticket)] + "acknowledged", by, at, by_hand=by_hand,
            in_time=not clock.is_broken(now=at),
        ),
        at=at,
    )  # fmt: skip
