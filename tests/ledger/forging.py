"""What somebody can do to the ledger who owns the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction
from django.test import override_settings

from reviewapp.ledger.sealing import seal_pending


@contextmanager
def triggers_off() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def forge(sql: str, *parameters: object) -> None:
    """Run one statement as a superuser who switched the triggers off; it must change something."""
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        assert cursor.rowcount != 0


def seal_anew(*, now: datetime, key: bytes, run: int) -> None:
    """Throw all places and seals away and seal what is there now, as if it had always been so."""
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_seal")
        cursor.execute("DELETE FROM ledger_place")
        cursor.execute("DELETE FROM ledger_unplaced")
        cursor.execute("INSERT INTO ledger_unplaced SELECT id, recorded_at FROM ledger_entry")
    with override_settings(SEAL_KEY=key):
        while seal_pending(now=now, limit=run):
            pass
