"""Plain makers of appeals, grievances and orders, keyword-only; everything has a default."""

from datetime import datetime
from typing import Any

from appeals import timing
from appeals.enums import Channel, GrievanceCategory, OrderKind, SlaKind, StatementKind
from appeals.models import Appeal, Grievance, Order, Statement
from cases.models import Account, Enforcement
from reviewapp.kernel.refs import next_refs
from tests.cases.factories import NOON, make_account, make_enforcement


def make_appeal(
    *,
    account: Account | None = None,
    enforcement: Enforcement | None = None,
    text: str = "I only wrote to my customers.",
    at: datetime = NOON,
    **fields: Any,
) -> Appeal:
    """An open appeal against a ban, with what the person wrote and its clocks."""
    account = account or (enforcement.account if enforcement else make_account(at=at))
    enforcement = enforcement or make_enforcement(account=account, at=at)
    contact = fields.pop("contact", "")
    appeal = Appeal(
        ref=next_refs("AP")[0],
        account=account,
        enforcement=enforcement,
        channel=fields.pop("channel", Channel.IN_APP),
        jurisdiction=timing.jurisdiction_of(country=account.country),
        locale=fields.pop("locale", account.locale),
        received_at=at,
        recorded_at=at,
        **fields,
    )
    appeal.set_contact(contact)
    clocks = timing.clocks_for(appeal, kind=SlaKind.COMPLAINT)
    appeal.save(force_insert=True)
    for clock in clocks:
        clock.save(force_insert=True)
    say(appeal, text=text, at=at)
    return appeal


def make_grievance(
    *,
    account: Account | None = None,
    category: str = GrievanceCategory.ACCOUNT_SUPPORT,
    text: str = "I cannot sign in.",
    at: datetime = NOON,
    **fields: Any,
) -> Grievance:
    """An open Indian grievance with its clocks."""
    contact = fields.pop("contact", "")
    grievance = Grievance(
        ref=next_refs("G")[0],
        account=account,
        category=category,
        channel=fields.pop("channel", Channel.EMAIL),
        jurisdiction=fields.pop("jurisdiction", "IN"),
        locale=fields.pop("locale", "en"),
        received_at=at,
        recorded_at=at,
        **fields,
    )
    grievance.set_contact(contact)
    clocks = timing.clocks_for(grievance, kind=grievance.rule_kind)
    grievance.save(force_insert=True)
    for clock in clocks:
        clock.save(force_insert=True)
    say(grievance, text=text, at=at)
    return grievance


def make_order(
    *,
    account: Account | None = None,
    kind: str = OrderKind.AUTHORITY_ORDER,
    at: datetime = NOON,
    states_due_at: datetime | None = None,
    **fields: Any,
) -> Order:
    """An order of an Indian authority with its clock."""
    order = Order(
        ref=next_refs("O")[0],
        kind=kind,
        account=account,
        issued_by=fields.pop("issued_by", "High Court of Delhi"),
        channel=fields.pop("channel", Channel.POST),
        jurisdiction=fields.pop("jurisdiction", "IN"),
        received_at=at,
        recorded_at=at,
        states_due_at=states_due_at,
        **fields,
    )
    order.text_sealed = order.seal("Restore the account.", context="order.text")
    clocks = timing.clocks_for(order, kind=kind, states_due_at=states_due_at)
    order.save(force_insert=True)
    for clock in clocks:
        clock.save(force_insert=True)
    return order


def say(
    ticket: Appeal | Grievance,
    *,
    text: str,
    kind: str = StatementKind.FILED,
    at: datetime = NOON,
    **fields: Any,
) -> Statement:
    """Something that was said on a ticket."""
    return Statement.objects.create(
        **{type(ticket).__name__.lower(): ticket},
        kind=kind,
        channel=ticket.channel,
        text_sealed=ticket.seal(text, context="statement.text"),
        said_at=at,
        recorded_at=at,
        **fields,
    )
