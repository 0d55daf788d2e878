"""What Celery workers do: one call each, no more than a door."""

from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from cases import bulking, claiming, enforcing, notifying, nudging, rearranging, waking
from cases.installation import ensure_evidence_partitions
from cases.models import Presence
from cases.platform import configured

_A_TURN = timedelta(seconds=5)


@shared_task(name="cases.deliver_due")
def deliver_due(**kwargs: Any) -> None:
    """Ask the platform for what is due, then tell the people concerned."""
    platform = configured()
    enforcing.deliver_due(platform=platform, clock=timezone.now)
    notifying.deliver_due(platform=platform, clock=timezone.now)


@shared_task(name="cases.run_bulks")
def run_bulks(**kwargs: Any) -> None:
    """Carry out, or take back, what was decided on many cases at once."""
    grace = timedelta(seconds=settings.UNDO_SECONDS)
    bulking.run_due(clock=timezone.now, grace=grace)


@shared_task(name="cases.rearrange")
def rearrange(**kwargs: Any) -> None:
    """Put waiting cases where changed queues say; not for long, so that others have their turn."""
    until = timezone.now() + _A_TURN
    while rearranging.step(now=timezone.now()) and timezone.now() < until:
        pass


@shared_task(name="cases.lift_expired")
def lift_expired(**kwargs: Any) -> None:
    enforcing.lift_expired(now=timezone.now())


@shared_task(name="cases.lapse_claims")
def lapse_claims(**kwargs: Any) -> None:
    claiming.lapse(now=timezone.now())


@shared_task(name="cases.wake")
def wake(**kwargs: Any) -> None:
    waking.wake_due(now=timezone.now())


@shared_task(name="cases.sweep_presence")
def sweep_presence(**kwargs: Any) -> None:
    Presence.objects.sweep(at=timezone.now())


@shared_task(name="cases.ensure_partitions")
def ensure_partitions(**kwargs: Any) -> None:
    ensure_evidence_partitions(at=timezone.now())


def _nudge(at: datetime | None) -> None:
    """Have a worker look now, or at `at`: it holds the message back until then."""
    deliver_due.apply_async(eta=at)


nudging.nudge_with(_nudge)
