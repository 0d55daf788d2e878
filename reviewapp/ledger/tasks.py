from typing import Any

from celery import shared_task
from django.utils import timezone

from reviewapp.ledger import models, sealing


@shared_task(name="ledger.seal", ignore_result=True)
def seal(**kwargs: Any) -> None:
    """Every second: no committed entry waits much longer for its seal."""
    sealing.seal_pending(now=timezone.now())


@shared_task(name="ledger.ensure_partitions", ignore_result=True)
def ensure_partitions(**kwargs: Any) -> None:
    """Every day: a month's partition is there long before its first entry."""
    models.keep_months(now=timezone.now())
