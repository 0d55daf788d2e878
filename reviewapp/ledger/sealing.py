from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from reviewapp.ledger.heads import NO_HEAD, chain, microseconds
from reviewapp.ledger.keys import sign
from reviewapp.ledger.leaves import LEAF_COLUMNS, leaf_hash, tree_root
from reviewapp.ledger.models import Seal

# Note [One sealer]
# Places have no gaps and seals form one chain, so one sealer works at a time: the one that holds
# the advisory lock, which PostgreSQL gives back at the end of the transaction however it ends. A
# run is one transaction: places, seal and the removal from `ledger_unplaced` stand together or not
# at all, and a sealer killed at any moment leaves the run to the next one.
RUN = 10_000
_LOCK = 0x6C65_6467_6572  # "ledger"

# The fences (OFFSET 0) keep the planner from reading whole tables when it misjudges how many
# entries wait: each waiting id is looked up by itself, in the one partition that its time names.
_WAITING = f"""
    SELECT waiting.entry_id, waiting.recorded_at, placed.entry_id, {LEAF_COLUMNS}
    FROM (
        SELECT entry_id, recorded_at FROM ledger_unplaced
        WHERE entry_id > %s ORDER BY entry_id LIMIT %s
    ) waiting
    LEFT JOIN LATERAL (
        SELECT entry_id FROM ledger_place WHERE entry_id = waiting.entry_id
        OFFSET 0
    ) placed ON true
    LEFT JOIN LATERAL (
        SELECT * FROM ledger_entry
        WHERE recorded_at = waiting.recorded_at AND id = waiting.entry_id
        OFFSET 0
    ) entry ON true
    ORDER BY waiting.entry_id
"""  # noqa: S608 - names of our own tables and columns


class _Waiting(NamedTuple):
    entry_id: UUID
    recorded_at: datetime
    placed: UUID | None
    columns: list[str | None]  # LEAF_COLUMNS

    @property
    def kind(self) -> str | None:
        return self.columns[3]


def seal_pending(*, now: datetime, limit: int = 10 * RUN) -> int:
    """Give up to `limit` committed entries their places and close them under seals.

    Entries come in the order of their ids, which is the order in which they were recorded, as far
    as their transactions committed in it. Does nothing while another sealer is at work. Returns
    how many entries it sealed. Each run of `RUN` is its own transaction.
    """
    sealed = 0
    while sealed < limit and (run := _seal_run(now=now, limit=min(RUN, limit - sealed))):
        sealed += run
    return sealed


def _seal_run(*, now: datetime, limit: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        waiting = _next_run(cursor, limit)
        if waiting:
            _close(cursor, waiting, now=now)
        return len(waiting)


def _next_run(cursor: CursorWrapper, limit: int) -> list[_Waiting]:
    """The entries to seal next. Ids without an entry, or with a place, are left for `verify`."""
    after = UUID(int=0)
    while True:
        cursor.execute(_WAITING, [after, limit])
        rows = [
            _Waiting(entry_id, recorded_at, placed, columns)
            for entry_id, recorded_at, placed, *columns in cursor.fetchall()
        ]
        sound = [row for row in rows if row.placed is None and row.kind is not None]
        if sound or len(rows) < limit:
            return sound
        after = rows[-1].entry_id


def _close(cursor: CursorWrapper, run: list[_Waiting], *, now: datetime) -> None:
    previous = Seal.objects.order_by("-number").first()
    number = previous.number + 1 if previous else 1
    first_sequence = previous.last_sequence + 1 if previous else 1
    previous_head = bytes(previous.head) if previous else NO_HEAD

    leaves = [leaf_hash(entry.columns) for entry in run]
    with cursor.copy(
        "COPY ledger_place (sequence, entry_id, recorded_at, kind, leaf) FROM STDIN"
    ) as copy:
        for sequence, (entry, leaf) in enumerate(zip(run, leaves, strict=True), first_sequence):
            copy.write_row((sequence, entry.entry_id, entry.recorded_at, entry.kind, leaf))

    root = tree_root(leaves)
    last_sequence = first_sequence + len(run) - 1
    head = chain(
        previous_head=previous_head,
        number=number,
        first_sequence=first_sequence,
        last_sequence=last_sequence,
        root=root,
        sealed_at=microseconds(now),
    )
    signature, key_id = sign(head)
    Seal.objects.create(
        number=number,
        first_sequence=first_sequence,
        last_sequence=last_sequence,
        root=root,
        previous_head=previous_head,
        head=head,
        signature=signature,
        key_id=key_id,
        sealed_at=now,
    )
    cursor.execute(
        "DELETE FROM ledger_unplaced WHERE entry_id = ANY(%s)", [[entry.entry_id for entry in run]]
    )
