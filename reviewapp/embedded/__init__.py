"""PostgreSQL and a message broker for a machine that has neither.

With no ``DATABASE_URL`` and no ``CELERY_BROKER_URL`` this is a development machine, and what it
lacks comes from here, kept under one data folder. In production neither is used.
"""

from reviewapp.embedded.broker import broker_settings
from reviewapp.embedded.places import EmbeddedRefused
from reviewapp.embedded.postgres import postgres_url, remove_postgres, stop_postgres

__all__ = [
    "EmbeddedRefused",
    "broker_settings",
    "postgres_url",
    "remove_postgres",
    "stop_postgres",
]
