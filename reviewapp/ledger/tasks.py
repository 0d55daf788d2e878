from typing import Any

from celery import shared_task
from django.utils import timezone

from reviewapp.ledger import models, sealing


@shared_task(ignore_result=True)
def seal_ledger(**kwargs: Any) -> None:
    """Every second: no committed entry waits much longer for its seal."""
    sealing.seal_pending(now=timezone.now())


@shared_task(ignore_result=True)
def keep_ledger_months(**kwargs: Any) -> None:
    """Every day: next month's partition is there before its first entry."""
    models.keep_months(now=timezone.now())
