"""Tickets as lines of a list: about what, by when, held by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from appeals.enums import AppealState, GrievanceState
from appeals.models import Appeal, Grievance, Order
from appeals.offering import why_not
from cases.casefile.counting import span
from cases.casefile.deliveries import action_words
from cases.casefile.person import masked
from cases.enums import Maker
from reviewapp.staff.models import User

SOON = timedelta(hours=24)
AnyTicket = Appeal | Grievance | Order


@dataclass(frozen=True, slots=True)
class Line:
    """A ticket as `appeals/_ticket_rows.html` wants it."""

    ref: str
    url: str
    # Whose account it is about, masked; '' where nobody knows.
    person: str
    about: str
    further: str
    alike: int
    alike_url: str
    state: str
    due: str
    due_tone: str
    channel: str
    jurisdiction: str
    received_at: datetime
    holder: str
    held_by_me: bool
    # Why the reader may not have it, in short; '' where they may.
    barred: str
    claim_url: str


def lines_of(tickets: Sequence[AnyTicket], *, user: User, now: datetime) -> list[Line]:
    """`tickets` as lines; needs `account`, `held_by`, and of appeals what `for_desk` loads.

    No query.
    """
    return [_line(ticket, user=user, now=now) for ticket in tickets]


def ticket_url(ticket: AnyTicket, page: str = "") -> str:
    """The page of a ticket, or one of what can be done there: `claim`, `decision` …"""
    return f"{reverse(LISTS[type(ticket)])}{ticket.ref}/{f'{page}/' if page else ''}"


LISTS: dict[type[Any], str] = {
    Appeal: "appeals:queue",
    Grievance: "appeals:grievances",
    Order: "appeals:orders",
}


def _line(ticket: AnyTicket, *, user: User, now: datetime) -> Line:
    holder = ticket.holder(now=now)
    refusal = why_not(ticket, by=user)
    due, tone = due_words(ticket, now=now)
    about, further = _about(ticket)
    group = ticket.group if isinstance(ticket, Appeal) else None
    alike = group.size if group and group.size > 1 else 0
    return Line(
        ref=ticket.ref,
        url=ticket_url(ticket),
        person=masked(ticket.account) if ticket.account else "",
        about=about,
        further=further,
        alike=alike,
        alike_url=f"{reverse('appeals:queue')}?alike={group.pk}" if group and alike else "",
        state=_state(ticket),
        due=due,
        due_tone=tone,
        channel=ticket.get_channel_display(),
        jurisdiction=ticket.get_jurisdiction_display(),
        received_at=ticket.received_at,
        holder=holder.name if holder else "",
        held_by_me=holder is not None and holder.pk == user.pk,
        barred="not for you" if isinstance(ticket, Appeal) and ticket.bars(user) else "",
        claim_url="" if refusal or holder else ticket_url(ticket, "claim"),
    )


def due_words(ticket: AnyTicket, *, now: datetime) -> tuple[str, str]:
    """`due in 3 h` and the tone to say it in; empty where no limit is in force."""
    if ticket.due_at is None or not ticket.is_open:
        return "", ""
    left = ticket.due_at - now
    if left < timedelta(0):
        return f"overdue by {span(-left)}", "bad"
    return f"due in {span(left)}", "due" if left < SOON else ""


def _about(ticket: AnyTicket) -> tuple[str, str]:
    if isinstance(ticket, Appeal):
        enforcement = ticket.enforcement
        automated = enforcement.decision.maker == Maker.AUTOMATED
        against = action_words(enforcement.action)
        return (
            ticket.get_ground_display(),
            f"{against}, {'automated' if automated else 'decided by a person'}",
        )
    if isinstance(ticket, Grievance):
        return ticket.get_category_display(), "" if ticket.rule_kind == "GENERAL" else (
            ticket.get_rule_kind_display()
        )
    return ticket.get_kind_display(), ticket.issued_by


def _state(ticket: AnyTicket) -> str:
    """What is to be said of its state; nothing of one that simply waits."""
    if isinstance(ticket, Order):
        return "" if ticket.is_open else ("Complied" if ticket.complied_at else "Closed")
    if isinstance(ticket, Grievance) and ticket.resolution:
        return ticket.get_resolution_display()
    waits = (AppealState.OPEN, GrievanceState.OPEN)
    return "" if ticket.state in waits else ticket.get_state_display()
