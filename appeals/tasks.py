"""What Celery workers do: one call each, no more than a door."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from appeals import asking, challenging, claiming
from cases.platform import configured


@shared_task(name="appeals.send_codes")
def send_codes(**kwargs: Any) -> None:
    challenging.deliver_due(platform=configured(), clock=timezone.now)


@shared_task(name="appeals.forget_challenges")
def forget_challenges(**kwargs: Any) -> None:
    challenging.forget(now=timezone.now())


@shared_task(name="appeals.lapse_holds")
def lapse_holds(**kwargs: Any) -> None:
    claiming.lapse(at=timezone.now())


@shared_task(name="appeals.end_waits")
def end_waits(**kwargs: Any) -> None:
    asking.end_waits(at=timezone.now())
