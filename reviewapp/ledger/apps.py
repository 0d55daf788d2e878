from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils import timezone


class LedgerConfig(AppConfig):
    name = "reviewapp.ledger"
    label = "ledger"

    def ready(self) -> None:
        post_migrate.connect(make_room, sender=self)


def make_room(*, using: str, **kwargs: Any) -> None:
    """After migrating, months around today have their partition."""
    from reviewapp.ledger.models import LedgerEntry, keep_months

    # Django sends the signal also when other apps alone were migrated, or all was undone.
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [LedgerEntry._meta.db_table])
        there = cursor.fetchone()[0]
    if there:
        keep_months(now=timezone.now(), using=using)
