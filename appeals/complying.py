"""Orders of a committee, a court or a government: recorded with their document, and complied with.

# Note [What complies with an order]

A decision on an account that was made since the order came, or another deed in words: information
that was handed over, a setting that was changed. Where the order wants an account freed, the
decision that frees it can be made right here; it waits for no second person, for the authority is
one. An order that was not complied with is closed with why, and is not counted as complied with.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from appeals import attaching, claiming, cleaning, timing
from appeals.actioning import check_made_since
from appeals.attaching import Upload
from appeals.enums import Channel, ClockName, Jurisdiction, OrderKind
from appeals.lines import line
from appeals.models import Clock, Grievance, Order
from appeals.models.tickets import HOLD
from appeals.receiving import SKEW
from appeals.screening import Screened
from cases import overturning
from cases.enums import Outcome, Upon
from cases.models import Account, Decision, Enforcement
from cases.verdict import LONGEST_TEXT
from reviewapp.kernel.refs import next_refs
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record as tell

if TYPE_CHECKING:
    from reviewapp.staff.models import User

LONGEST_NAME = 200


class CannotRecord(Refused):
    """This order can't be recorded so."""


class CannotComply(Refused):
    """This order can't be closed so."""


class AlreadyClosed(CannotComply):
    """This order was closed meanwhile."""


class StalePage(CannotComply):
    """Something changed on this order while you were writing. Look at it first."""


def record(
    *,
    kind: str,
    issued_by: str,
    text: str,
    channel: str,
    jurisdiction: str,
    received_at: datetime,
    files: Sequence[Upload | Screened],
    at: datetime,
    by: "User",
    number: str = "",
    states_due_at: datetime | None = None,
    account: Account | None = None,
    grievance: Grievance | None = None,
) -> Order:
    """Keep an order with its document, and start its clock: as of its receipt, by its own words
    (`states_due_at`) or else by the rule for its kind.

    `text` says in short what is ordered, `number` is the authority's own for it. Raises a
    CannotRecord whose `pointer` names what is at fault, a TextRefused or a FileRefused.
    """
    issued_by, number = (cleaning.legible(each) for each in (issued_by, number))
    _check_head(kind, issued_by, number, channel, jurisdiction)
    _check_times(received_at, states_due_at, at=at)
    text = cleaning.clean(text)
    if not files:
        raise CannotRecord("Attach the document itself.", pointer="files")
    with attaching.kept(files, at=at, by_staff=True) as kept, transaction.atomic():
        order = Order(
            ref=next_refs("O")[0],
            kind=kind,
            issued_by=issued_by,
            number=number,
            channel=channel,
            jurisdiction=jurisdiction,
            account=account,
            grievance=grievance,
            received_at=min(received_at, at),
            recorded_at=at,
            states_due_at=states_due_at,
        )
        order.text_sealed = order.seal(text, context="order.text")
        clocks = timing.clocks_for(order, kind=kind, states_due_at=states_due_at)
        order.save(force_insert=True)
        Clock.objects.bulk_create(clocks)
        attachments = kept.attach(order=order, at=at, by=by.actor)
        _tell(
            order, "order.received", by, at, channel=channel, jurisdiction=jurisdiction,
            received_at=order.received_at.isoformat(), files=len(attachments),
            states_due_at=states_due_at.isoformat() if states_due_at else "",
            grievance=grievance.ref if grievance else "",
        )  # fmt: skip
    return order


def comply(
    *,
    order: Order,
    by: "User",
    at: datetime,
    seen_version: int,
    how: str,
    decision: Decision | None = None,
) -> Order:
    """Close `order` as complied with, by a decision made since or by what `how` says.

    Raises a CannotTake where it is not `by`'s, a CannotComply, or NotBecauseOfIt.
    """
    _check_words(how, pointer="how")
    with transaction.atomic():
        order = _hold(order, by=by, at=at, seen_version=seen_version)
        if decision is not None:
            check_made_since(decision, since=order.received_at, at=at)
        _close_as_complied(order, decision, how, by=by, at=at)
    return order


def comply_by_lifting(
    *,
    order: Order,
    enforcement: Enforcement,
    by: "User",
    at: datetime,
    seen_version: int,
    reason: str,
    how: str,
    locale: str = "",
) -> Order:
    """Undo the decision behind what stands against the order's account, and so comply.

    The person is told `reason`. Raises as `comply`, and a cases.overturning.CannotOverturn.
    """
    _check_words(how, pointer="how")
    if order.account is None or enforcement.account_id != order.account.pk:
        raise CannotComply("That is against another account.", pointer="enforcement")
    with transaction.atomic():
        # Everywhere the account is locked before its tickets.
        account = Account.objects.select_for_update(no_key=True).get(pk=order.account.pk)
        order = _hold(order, by=by, at=at, seen_version=seen_version)
        undoing = overturning.overturn(
            decision=enforcement.decision,
            by=by,
            approved_by=None,
            at=at,
            # Whether it was right, nobody has looked into: no detector learns from an order.
            outcome=Outcome.INSUFFICIENT_EVIDENCE,
            relabel=False,
            reason=reason,
            rationale=how,
            locale=locale or account.locale,
            upon=Upon.ORDER,
        )
        _close_as_complied(order, undoing, how, by=by, at=at)
    return order


def close(*, order: Order, by: "User", at: datetime, seen_version: int, why: str) -> Order:
    """Close `order` without complying with it: it was withdrawn, or is contested, or not for us.

    Raises a CannotTake where it is not `by`'s, or a CannotComply.
    """
    _check_words(why, pointer="why")
    with transaction.atomic():
        order = _hold(order, by=by, at=at, seen_version=seen_version)
        _close(order, why, at=at)
        order.save(update_fields=["closed_at", "outcome_sealed", "version", *HOLD])
        timing.stop(order, at=at)
        _tell(order, "order.closed", by, at)
    return order


# Steps


def _hold(order: Order, *, by: "User", at: datetime, seen_version: int) -> Order:
    order = claiming.lock(order)
    if not order.is_open:
        raise AlreadyClosed(f"{order.ref} was closed meanwhile.")
    claiming.keep(order, by=by, at=at)
    if order.version != seen_version:
        raise StalePage
    return order


def _close(order: Order, words: str, *, at: datetime) -> None:
    order.outcome_sealed = order.seal(words.strip(), context="order.outcome")
    order.closed_at = at
    order.version += 1
    order.let_go()


def _close_as_complied(
    order: Order, decision: Decision | None, how: str, *, by: "User", at: datetime
) -> None:
    _close(order, how, at=at)
    order.complied_at, order.complied_by, order.decision = at, by, decision
    order.save(
        update_fields=[
            "closed_at", "outcome_sealed", "version", "complied_at", "complied_by", "decision",
            *HOLD,
        ]
    )  # fmt: skip
    timing.meet(order, ClockName.ACT, at=at)
    clock = order.clocks.filter(name=ClockName.ACT).first()
    _tell(
        order, "order.complied", by, at, decision=decision.ref if decision else "",
        in_time=not clock.is_broken(now=at) if clock else None,
        grievance=order.grievance.ref if order.grievance else "",
    )  # fmt: skip


def _tell(order: Order, kind: str, by: "User", at: datetime, **particulars: Any) -> None:
    tell(line(order, kind, by.actor, at, about=order.kind, **particulars), at=at)


def _check_head(kind: str, issued_by: str, number: str, channel: str, jurisdiction: str) -> None:
    if kind not in OrderKind.values:
        raise CannotRecord("There is no such kind of order.", pointer="kind")
    if channel not in Channel.values:
        raise CannotRecord("There is no such way for it to come.", pointer="channel")
    if jurisdiction not in Jurisdiction.values:
        raise CannotRecord("There are no such rules.", pointer="jurisdiction")
    if not issued_by:
        raise CannotRecord("Say who ordered it.", pointer="issued_by")
    for name, value in (("issued_by", issued_by), ("number", number)):
        if len(value) > LONGEST_NAME or "\n" in value:
            raise CannotRecord(f"One line of at most {LONGEST_NAME} characters.", pointer=name)
    known = Order.objects.filter(issued_by__iexact=issued_by, number__iexact=number)
    if number and (same := known.first()):
        raise CannotRecord(f"This order is recorded already, as {same.ref}.", pointer="number")


def _check_times(received_at: datetime, states_due_at: datetime | None, *, at: datetime) -> None:
    if received_at > at + SKEW:
        raise CannotRecord("That lies in the future.", pointer="received_at")
    if states_due_at is not None and states_due_at <= received_at:
        raise CannotRecord("That is before it was received.", pointer="states_due_at")


def _check_words(words: str, *, pointer: str) -> None:
    if not words.strip():
        raise CannotComply("Say how, for colleagues.", pointer=pointer)
    if len(words) > LONGEST_TEXT:
        raise CannotComply(f"At most {LONGEST_TEXT:,} characters.", pointer=pointer)
    if "\x00" in words:
        raise CannotComply("Remove the NUL character.", pointer=pointer)
