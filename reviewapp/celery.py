"""The Celery application: the legs of what the database promises.

Tasks are in the ``tasks`` module of each app. A Django setting named ``CELERY_…`` wins over the
value that is written here.
"""

import os
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")

WAYS = {
    # Nobody waits for a task's answer: what it did is in the database.
    "task_ignore_result": True,
    "task_serializer": "json",
    "accept_content": ["json"],
    # One at a time: a task that a busy worker has put by is one that an idle worker lacks.
    "worker_prefetch_multiplier": 1,
    # A task may run twice and must not mind; a promise is leased, so it is not kept twice.
    "task_acks_late": True,
    # No task may hang for ever. One that takes longer by its nature says so itself.
    "task_soft_time_limit": 300,
    "task_time_limit": 330,
    # A worker waits for its broker; a person who pressed a button does not. The nudge is lost then,
    # and the sweep finds what it announced.
    "broker_connection_retry_on_startup": True,
    "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0.1},
    "worker_hijack_root_logger": False,
    "timezone": "UTC",
}


def _ways_not_set() -> dict[str, Any]:
    # Celery lets its "defaults" win over the settings, so we name those that settings leave open.
    return {
        way: value for way, value in WAYS.items() if not hasattr(settings, f"CELERY_{way}".upper())
    }


app = Celery("reviewapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.add_defaults(_ways_not_set)
app.autodiscover_tasks()
