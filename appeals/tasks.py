"""What Celery workers do: one call each, no more than a door."""

from datetime import datetime
from typing import Any

from celery import shared_task
from django.utils import timezone

from appeals import (
    acknowledging,
    asking,
    attaching,
    challenging,
    claiming,
    erring,
    keeping,
    posting,
    warning,
    writing,
)
from appeals.enums import Via
from cases import nudging
from cases.platform import configured


@shared_task(name="appeals.send_codes")
def send_codes(**kwargs: Any) -> None:
    challenging.deliver_due(platform=configured(), clock=timezone.now)


@shared_task(name="appeals.forget_challenges")
def forget_challenges(**kwargs: Any) -> None:
    challenging.forget(now=timezone.now())


@shared_task(name="appeals.sweep_files")
def sweep_files(**kwargs: Any) -> None:
    """Remove what was stored and belongs to nothing."""
    attaching.sweep(now=timezone.now())


@shared_task(name="appeals.lapse_holds")
def lapse_holds(**kwargs: Any) -> None:
    claiming.lapse(at=timezone.now())


@shared_task(name="appeals.acknowledge")
def acknowledge(**kwargs: Any) -> None:
    """Tell people that what they wrote has come in."""
    acknowledging.acknowledge_due(at=timezone.now())


@shared_task(name="appeals.end_waits")
def end_waits(**kwargs: Any) -> None:
    asking.end_waits(at=timezone.now())


@shared_task(name="appeals.deliver_letters")
def deliver_letters(**kwargs: Any) -> None:
    """Let go of the letters that waited for the platform, and have it pass on what is due."""
    writing.release_waiting(now=timezone.now())
    posting.deliver_due(platform=configured(), clock=timezone.now)


@shared_task(name="appeals.send_mail")
def send_mail(**kwargs: Any) -> None:
    """Hand the mail server what is due."""
    with posting.MailServer() as server:
        posting.send_due(server=server, clock=timezone.now)
        posting.remind_due(server=server, clock=timezone.now)


@shared_task(name="appeals.warn")
def warn(**kwargs: Any) -> None:
    """Tell colleagues of clocks that soon run out, and of those that have."""
    warning.warn(now=timezone.now())


@shared_task(name="appeals.tally_clocks")
def tally_clocks(**kwargs: Any) -> None:
    """Count what was kept in a month that is over."""
    keeping.tally(now=timezone.now())


@shared_task(name="appeals.forget_reminders")
def forget_reminders(**kwargs: Any) -> None:
    posting.forget(now=timezone.now())


@shared_task(name="appeals.note_reversals")
def note_reversals(**kwargs: Any) -> None:
    """See whether versions of detectors are reversed beyond chance, and tell their owners."""
    erring.note(at=timezone.now())
    erring.tell(at=timezone.now())


def _deliver_letters(at: datetime | None) -> None:
    deliver_letters.apply_async(eta=at)


def _send_mail(at: datetime | None) -> None:
    send_mail.apply_async(eta=at)


def _send_codes(at: datetime | None) -> None:
    send_codes.apply_async(eta=at)


nudging.nudge_with(_deliver_letters, of=writing.WORKERS[Via.PLATFORM])
nudging.nudge_with(_send_mail, of=writing.WORKERS[Via.EMAIL])
nudging.nudge_with(_send_codes, of=challenging.WORKER)
