from typing import Any

from celery import shared_task
from django.utils import timezone

from reviewapp.web import forgetting


@shared_task(name="web.forget_expired")
def forget_expired(**kwargs: Any) -> None:
    forgetting.forget_expired(now=timezone.now())
