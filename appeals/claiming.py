"""Taking a ticket, keeping it, and giving it back: appeals, grievances and orders alike."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection, transaction

from appeals.lines import line
from appeals.models import Appeal, Grievance, Order
from appeals.models.tickets import HELD_MINUTES, HOLD
from appeals.offering import (
    NOUNS,
    WORKED_WITH,
    CannotTake,
    Kind,
    MayNotWork,
    some_wait,
    take_first,
    why_not,
)
from cases.enums import GiveBackReason
from reviewapp.ledger.recording import Entry, record, record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import User

AnyTicket = TypeVar("AnyTicket", Appeal, Grievance, Order, Appeal | Grievance)
# More than a handful held at once is hoarding, of whatever kind they are.
HELD_AT_MOST = 5
HELD_FOR = timedelta(minutes=HELD_MINUTES)
_TRIES = 20
# What journeys and the ledger need of a ticket.
_LOADED: dict[Kind, tuple[str, ...]] = {
    Appeal: ("account", "enforcement__decision__case", "held_by"),
    Grievance: ("account", "appeal", "held_by"),
    Order: ("account", "held_by"),
}


class NothingToTake(CannotTake):
    """Nothing waits that you could take."""


class HoldsEnough(CannotTake):
    """You hold as many as one person may. Answer one or give one back first."""


class HeldByAnother(CannotTake):
    """Somebody else holds this."""


class NoLongerYours(CannotTake):
    """You do not hold this any more."""


def take_next(*, kind: type[AnyTicket], by: "User", at: datetime) -> AnyTicket:
    """Give `by` the most urgent ticket of a kind that waits and that they may have.

    See Note [One statement takes the next ticket]. Raises NothingToTake, HoldsEnough, MayNotWork.
    """
    if not by.may(WORKED_WITH[kind]):
        raise MayNotWork
    with transaction.atomic():
        for _ in range(_TRIES):
            room_is_left, found, lapsed_from = take_first(
                kind, by=by, at=at, until=at + HELD_FOR, held_at_most=HELD_AT_MOST
            )
            if not room_is_left:
                raise HoldsEnough
            if found is not None:
                ticket: AnyTicket = _loaded(kind).get(pk=found)
                _record_taking(ticket, by=by, at=at, lapsed_from=lapsed_from)
                return ticket
            if not some_wait(kind, by=by, at=at):
                break
    raise NothingToTake


def take(*, ticket: AnyTicket, by: "User", at: datetime) -> AnyTicket:
    """Give `by` this very ticket, or renew their hold on it.

    Raises HeldByAnother, HoldsEnough, or what `why_not` answers.
    """
    with transaction.atomic():
        ticket = lock(ticket)
        if refusal := why_not(ticket, by=by):
            raise refusal
        if ticket.is_held_by(by, now=at):
            return _extend(ticket, at=at)
        if holder := ticket.holder(now=at):
            raise HeldByAnother(f"{holder.name} holds {ticket.ref}.")
        _hold(ticket, by=by, at=at)
    return ticket


def renew(*, ticket: AnyTicket, by: "User", at: datetime) -> AnyTicket:
    """Extend the hold of `by` to its full length from `at`; see `keep` for what it raises."""
    with transaction.atomic():
        return _extend(keep(lock(ticket), by=by, at=at), at=at)


def give_back(
    *, ticket: AnyTicket, by: "User", at: datetime, reason: str = GiveBackReason.OTHER
) -> AnyTicket:
    """Put the ticket back among those that wait. It is not offered to `by` again.

    Raises NoLongerYours.
    """
    with transaction.atomic():
        ticket = lock(ticket)
        if by.pk not in (ticket.held_by_id, ticket.lapsed_from_id):
            raise NoLongerYours(f"You do not hold {ticket.ref} any more.")
        ticket.let_go()
        if by.pk not in ticket.given_back_by:
            ticket.given_back_by = [*ticket.given_back_by, by.pk]
        ticket.save(update_fields=[*HOLD, "given_back_by"])
        said = _line(ticket, "given_back", by.actor, at, reason=str(GiveBackReason(reason)))
        record(said, at=at)
    return ticket


def lapse(*, at: datetime) -> int:
    """End every hold whose time is over. Returns how many."""
    return sum(_lapse(kind, at=at) for kind in WORKED_WITH)


def held_by(user: "User", *, kind: type[AnyTicket], at: datetime) -> list[AnyTicket]:
    """What `user` holds of a kind, the one that lapses first at the head. One query."""
    return list(_loaded(kind).filter(held_by=user).held(now=at).order_by("held_until", "id"))


# For journeys that only the holder may go on


def lock(ticket: AnyTicket) -> AnyTicket:
    """The ticket as it is now, locked for the caller's transaction, with what its line needs.

    Everywhere an account is locked before its cases, these before enforcements, and all of them
    before an appeal, which goes before a grievance and an order.
    """
    kind = type(ticket)
    kind.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    # Read again: had the lock to be waited for, a join would still show the holder of before.
    locked: AnyTicket = _loaded(kind).get(pk=ticket.pk)
    return locked


def keep(ticket: AnyTicket, *, by: "User", at: datetime) -> AnyTicket:
    """See that `by` holds `ticket`, which the caller has locked.

    A hold that ran out takes nothing from its holder until somebody else comes: see Note [Why
    leases, not locks] in cases. Raises what `why_not` answers, HeldByAnother or NoLongerYours.
    """
    if refusal := why_not(ticket, by=by):
        raise refusal
    if ticket.is_held_by(by, now=at):
        return ticket
    if holder := ticket.holder(now=at):
        raise HeldByAnother(f"{holder.name} holds {ticket.ref} now.")
    if by.pk not in (ticket.held_by_id, ticket.lapsed_from_id):
        raise NoLongerYours(f"You do not hold {ticket.ref}. Take it first.")
    _hold(ticket, by=by, at=at)
    return ticket


# Steps


def _loaded(kind: Kind) -> Any:
    return kind.objects.select_related(*_LOADED[kind])


def _hold(ticket: Appeal | Grievance | Order, *, by: "User", at: datetime) -> None:
    """Write the hold, where there is room for it. The caller holds the lock on the row."""
    lapsed_from = ticket.held_by_id
    if lapsed_from != by.pk and _count_held(by, at=at) >= HELD_AT_MOST:
        raise HoldsEnough
    ticket.hold(by=by, at=at, until=at + HELD_FOR)
    ticket.save(update_fields=HOLD)
    _record_taking(ticket, by=by, at=at, lapsed_from=lapsed_from)


def _extend(ticket: AnyTicket, *, at: datetime) -> AnyTicket:
    assert ticket.held_until
    ticket.held_until = max(ticket.held_until, at + HELD_FOR)
    ticket.save(update_fields=["held_until"])
    return ticket


def _count_held(user: "User", *, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT appeals_count_held(%s, %s)", [user.pk, at])
        count: int = cursor.fetchone()[0]
    return count


def _line(
    ticket: Appeal | Grievance | Order, verb: str, actor: str, at: datetime, **particulars: Any
) -> Entry:
    return line(ticket, NOUNS[type(ticket)] + verb, actor, at, **particulars)


def _record_taking(
    ticket: Appeal | Grievance | Order, *, by: "User", at: datetime, lapsed_from: int | None
) -> None:
    taken = _line(ticket, "claimed", by.actor, at)
    if lapsed_from is None:
        record(taken, at=at)
        return
    actor = type(by).objects.get(pk=lapsed_from).actor
    record_all([_line(ticket, "claim_lapsed", actor, at), taken], at=at)


def _lapse(kind: Kind, *, at: datetime) -> int:
    with transaction.atomic():
        over = list(
            _loaded(kind)
            .filter(held_by__isnull=False, held_until__lte=at)
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
        )
        entries = [_line(ticket, "claim_lapsed", ticket.held_by.actor, at) for ticket in over]
        for ticket in over:
            ticket.run_out()
            ticket.save(update_fields=HOLD)
        record_all(entries, at=at)
    return len(over)
