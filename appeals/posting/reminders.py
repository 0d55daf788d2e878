"""Mail to colleagues about clocks."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.mail import EmailMessage

from appeals.models import Clock, Reminder
from appeals.posting.server import MailServer
from cases import delivering
from cases.delivering import Answer, Result

SHOWN = 50
_LEASE_SECONDS = 600
_LOADED = ("appeal", "grievance", "order")


def remind_due(*, server: MailServer, clock: Callable[[], datetime], limit: int = 100) -> int:
    """Mail the reminders that are due, and try again those that the server did not take.

    Returns how many the server was asked about. One that a worker died on is sent again: it does
    no harm.
    """
    made = 0
    while made < limit and (
        keys := Reminder.objects.lease(now=clock(), seconds=_LEASE_SECONDS, limit=1)
    ):
        reminder = Reminder.objects.select_related("user").get(pk=keys[0])
        mail = mail_to(reminder, now=clock())
        if mail is None:
            _mark(reminder, None, now=clock())
            continue
        made += 1
        nobody_there = server.open()
        _mark(reminder, nobody_there or server.send(mail), now=clock())
        if nobody_there:
            break
    return made


def mail_to(reminder: Reminder, *, now: datetime) -> EmailMessage | None:
    """What it says; None where all of it was done meanwhile, or its reader has left."""
    if not reminder.user.is_active:
        return None
    owed = Clock.objects.running().filter(paused_at=None, pk__in=[*reminder.over, *reminder.soon])
    clocks = list(owed.select_related(*_LOADED).order_by("due_at", "id"))
    over = [each for each in clocks if each.is_broken(now=now)]
    soon = [each for each in clocks if not each.is_broken(now=now)]
    if not clocks:
        return None
    counted = [f"{len(over)} overdue" if over else "", f"{len(soon)} due soon" if soon else ""]
    parts = [
        _part("Overdue:", over, now=now),
        _part("Due soon:", soon, now=now),
        "Times are UTC. Tickets are found by their number in the search.",
    ]
    return EmailMessage(
        subject=f"Tickets: {', '.join(each for each in counted if each)}",
        body="\n\n".join(part for part in parts if part),
        to=[reminder.user.email],
        headers={"Auto-Submitted": "auto-generated"},
    )


def _part(heading: str, clocks: list[Clock], *, now: datetime) -> str:
    if not clocks:
        return ""
    lines = [
        f"  {each.ticket.ref}  {each.get_name_display()} by {each.due_at:%Y-%m-%d %H:%M}"
        for each in clocks[:SHOWN]
    ]
    if len(clocks) > SHOWN:
        lines.append(f"  and {len(clocks) - SHOWN} more")
    return "\n".join([heading, *lines])


def _mark(reminder: Reminder, answer: Answer | None, *, now: datetime) -> None:
    """Write what came of it; nothing was sent where there is no answer."""
    reminder.due_at = reminder.leased_until = None
    if answer is not None:
        reminder.note_attempt(at=now)
        if answer.result is Result.ACKNOWLEDGED:
            reminder.sent_at = now
        elif answer.result in (Result.RETRY, Result.UNKNOWN):
            delivering.is_retried(reminder, answer=answer, now=now)
    reminder.save()


def forget(*, now: datetime) -> int:
    """Remove the reminders of a month ago; how many there were."""
    old = Reminder.objects.filter(due_at=None, made_at__lt=now - timedelta(days=30))
    return old.delete()[0]
