import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connections, models

from reviewapp.kernel.ids import uuid7

# Note [How often a promise is tried]
# The waits before each further attempt, as Standard Webhooks recommends them: quick at first, for
# a receiver that restarts, then over about three days, for one that is away over a weekend.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.1


class PromiseQuerySet(models.QuerySet[Any]):
    def lease(
        self,
        *,
        now: datetime,
        seconds: float,
        limit: int,
        where_sql: str = "",
        params: Sequence[Any] = (),
    ) -> list[Any]:
        """Take up to `limit` due promises for `seconds`; nobody else is given them meanwhile.

        Returns their keys, longest due first. `where_sql` narrows the choice further, in SQL over
        the table's own columns, with `params` for its placeholders. Rows that another worker is
        just taking are passed over, not waited for: the statement is atomic by itself and needs no
        transaction around it. Who dies with a lease loses it when the time is up.
        """
        table = self.model._meta.db_table
        pk = self.model._meta.pk.column
        narrower = f"AND ({where_sql})" if where_sql else ""
        with connections[self.db].cursor() as cursor:
            cursor.execute(
                f"""
                UPDATE "{table}" SET leased_until = %s
                WHERE "{pk}" IN (
                    SELECT "{pk}" FROM "{table}"
                    WHERE due_at <= %s AND (leased_until IS NULL OR leased_until <= %s) {narrower}
                    ORDER BY due_at
                    LIMIT %s
                    FOR UPDATE SKIP LOCKED
                )
                RETURNING due_at, "{pk}"
                """,  # noqa: S608 - names of our own tables and columns
                [now + timedelta(seconds=seconds), now, now, *params, limit],
            )
            return [key for _, key in sorted(cursor.fetchall())]

    def write_back(self, rows: Sequence[Any], fields: Sequence[str]) -> None:
        """Save `fields` of `rows` in one statement, over arrays.

        What `bulk_update` does, at a twentieth of its cost: that builds an expression for every
        cell, which took most of a worker's time.
        """
        if not rows:
            return
        connection = connections[self.db]
        quote = connection.ops.quote_name
        meta = self.model._meta
        columns = [meta.pk, *(meta.get_field(name) for name in fields)]
        arrays = ", ".join(f"%s::{column.db_type(connection)}[]" for column in columns)
        names = ", ".join(quote(column.column) for column in columns)
        changes = ", ".join(f"{quote(c.column)} = v.{quote(c.column)}" for c in columns[1:])
        values = [[getattr(row, column.attname) for row in rows] for column in columns]
        table, pk = quote(meta.db_table), quote(columns[0].column)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET {changes} FROM unnest({arrays}) AS v ({names})"  # noqa: S608 - our own
                f" WHERE {table}.{pk} = v.{pk}",
                values,
            )


class Promise(models.Model):
    """Something that will be done at `due_at`, however often workers die on the way.

    It is written in the transaction of what it follows from. A worker leases it, acts with `key`
    so that acting twice is harmless, and marks it. `due_at` is null while it is not due yet and
    again when it needs nobody any more; a kind of promise gives itself a partial index on
    `due_at` for the rows that wait.
    """

    key = models.UUIDField(unique=True, default=uuid7, editable=False)
    due_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts_made = models.PositiveIntegerField(default=0, editable=False)
    # Attempts made before a person had it tried again: its schedule starts over after them.
    attempts_forgiven = models.PositiveIntegerField(default=0, editable=False)
    last_attempt_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        abstract = True

    def note_attempt(self, *, at: datetime) -> None:
        """One more attempt was made, which ends the lease. The caller saves it."""
        self.attempts_made += 1
        self.last_attempt_at = at
        self.leased_until = None


def backoff(attempt: int, *, rng: random.Random) -> timedelta | None:
    """How long to wait after the `attempt`-th attempt (1 or more) failed; None to give up.

    A tenth more or less by chance, so that what failed together does not come back together.
    See Note [How often a promise is tried].
    """
    if attempt > len(WAITS):
        return None
    return WAITS[attempt - 1] * rng.uniform(1 - JITTER, 1 + JITTER)
