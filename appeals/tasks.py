"""What Celery workers do: one call each, no more than a door."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from appeals import claiming


@shared_task(name="appeals.lapse_holds")
def lapse_holds(**kwargs: Any) -> None:
    claiming.lapse(at=timezone.now())
