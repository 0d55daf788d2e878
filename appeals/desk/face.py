"""What the pages of tickets have in common: what was said, the clocks, and who holds them."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from appeals.desk.lines import ticket_url
from appeals.enums import ClockName
from appeals.models import Attachment, Clock, Grievance, Order
from appeals.offering import AwaitsThePerson, Barred, why_not
from cases.casefile.counting import counted, span
from cases.casefile.person import masked
from cases.enums import GiveBackReason
from reviewapp.kernel.encryption import Erased
from reviewapp.staff.models import User

ERASED = "Erased."
_UNITS = {"H": "h", "D": "day", "M": "month"}


@dataclass(frozen=True, slots=True)
class FileLine:
    name: str
    size: str
    url: str


def file_lines(ticket: Any, files: Any) -> list[FileLine]:
    """Files as links to where they are downloaded."""
    return [_file(ticket, each) for each in files]


def _file(ticket: Any, file: Attachment) -> FileLine:
    kilobytes = max(1, round(file.size / 1024))
    return FileLine(
        name=_unsealed(ticket, file.name_sealed, "attachment.name"),
        size=f"{file.media_type}, {kilobytes:,} kB",
        url=f"/attachments/{file.pk}/",
    )


def _unsealed(ticket: Any, blob: bytes | memoryview, context: str) -> str:
    try:
        text: str = ticket.unseal(blob, context=context)
    except Erased:
        return ERASED
    return text


def clock_lines(ticket: Any, *, now: datetime) -> list[dict[str, Any]]:
    """What is owed on a ticket: by when, under which rule, and what came of it. One query."""
    return [
        _clock(each, now=now) for each in ticket.clocks.select_related("rule").order_by("due_at")
    ]


def _clock(clock: Clock, *, now: datetime) -> dict[str, Any]:
    words, tone = _clock_words(clock, now=now)
    return {
        "name": ClockName(clock.name).label,
        "limit": limit_words(clock.rule.limit) if clock.rule else "the order's own time",
        "basis": clock.rule.basis if clock.rule else "",
        "due_at": clock.due_at,
        "words": words,
        "tone": tone,
    }


def _clock_words(clock: Clock, *, now: datetime) -> tuple[str, str]:
    if clock.stopped_at is not None:
        return "no longer owed", "quiet"
    left = clock.due_at - (clock.met_at or clock.paused_at or now)
    if clock.met_at is not None:
        if left < timedelta(0):
            return f"broken: {span(-left)} late", "bad"
        return f"kept, {span(left)} before its end", "good"
    if clock.paused_at is not None:
        return f"stands still with {span(left)} left", "quiet"
    if left < timedelta(0):
        return f"broken: overdue by {span(-left)}", "bad"
    return f"{span(left)} left", "due" if left < timedelta(days=1) else ""


def limit_words(limit: str) -> str:
    """`PT24H` as `24 h`, `P15D` as `15 days`."""
    found = re.fullmatch(r"PT?(\d+)([HDM])", limit)
    if found is None:
        return limit
    number, unit = int(found[1]), _UNITS[found[2]]
    return f"{number} h" if unit == "h" else counted(number, unit)


def hold_of(ticket: Any, *, user: User, now: datetime) -> dict[str, Any]:
    """Who holds a ticket, and what this reader can do about it. No query."""
    holder = ticket.holder(now=now)
    mine = ticket.is_held_by(user, now=now)
    lapsed = holder is None and user.pk in (ticket.held_by_id, ticket.lapsed_from_id)
    refusal = why_not(ticket, by=user)
    return {
        "mine": mine,
        "holder": holder.name if holder and not mine else "",
        "until": ticket.held_until if holder else None,
        "lapsed": lapsed and ticket.is_open,
        "may_take": refusal is None and holder is None,
        "why_not": str(refusal) if refusal else "",
        "barred": isinstance(refusal, Barred),
        "goes_on_url": ticket_url(ticket, "going-on")
        if isinstance(refusal, AwaitsThePerson)
        else "",
        "waits_until": ticket.answer_by,
        "take_url": ticket_url(ticket, "claim"),
        "renewal_url": ticket_url(ticket, "claim/renewal"),
        "return_url": ticket_url(ticket, "claim/return"),
        "reasons": GiveBackReason.choices,
    }


def account_of(ticket: Grievance | Order) -> dict[str, str] | None:
    """The account that a ticket is about, masked; None where nobody knows. Needs it loaded."""
    account = ticket.account
    if account is None:
        return None
    return {
        "ref": account.ref,
        "url": reverse("cases:account", args=[account.ref]),
        "person": masked(account),
        "country": account.country,
    }
