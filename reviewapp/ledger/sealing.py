from datetime import datetime
from typing import Any

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

# The fence (OFFSET 0) keeps the planner from reading the whole ledger when it misjudges how many
# entries wait: each waiting id is looked up by itself, in the one partition its time names. An id
# whose entry is gone, or has a place already, is left lying there for `verify` to report.
_WAITING = f"""
    SELECT unplaced.entry_id, unplaced.recorded_at, {LEAF_COLUMNS}
    FROM ledger_unplaced unplaced
    CROSS JOIN LATERAL (
        SELECT * FROM ledger_entry
        WHERE recorded_at = unplaced.recorded_at AND id = unplaced.entry_id
        OFFSET 0
    ) entry
    WHERE NOT EXISTS (SELECT FROM ledger_place WHERE ledger_place.entry_id = unplaced.entry_id)
    ORDER BY unplaced.entry_id
    LIMIT %s
"""  # noqa: S608 - names of our own tables and columns
_KIND = 2 + 3  # after the waiting id and time: the entry's id and two times


def seal_pending(*, now: datetime, limit: int = 10 * RUN) -> int:
    """Give up to `limit` committed entries their places and close them under seals.

    Entries come in the order of their ids, which is the order in which they were recorded, as far
    as their transactions committed in it. Does nothing while another sealer is at work. Returns
    how many entries it sealed. Each run of `RUN` is its own transaction.
    """
    sealed = 0
    while sealed < limit:
        asked = min(RUN, limit - sealed)
        run = _seal_run(now=now, limit=asked)
        sealed += run
        if run < asked:
            break
    return sealed


def _seal_run(*, now: datetime, limit: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_WAITING, [limit])
        rows = cursor.fetchall()
        if rows:
            _close(cursor, rows, now=now)
        return len(rows)


def _close(cursor: CursorWrapper, rows: list[tuple[Any, ...]], *, now: datetime) -> None:
    previous = Seal.objects.order_by("-number").first()
    number = previous.number + 1 if previous else 1
    first_sequence = previous.last_sequence + 1 if previous else 1
    previous_head = bytes(previous.head) if previous else NO_HEAD

    leaves = [leaf_hash(row[2:]) for row in rows]
    with cursor.copy(
        "COPY ledger_place (sequence, entry_id, recorded_at, kind, leaf) FROM STDIN"
    ) as copy:
        for sequence, (row, leaf) in enumerate(zip(rows, leaves, strict=True), first_sequence):
            copy.write_row((sequence, row[0], row[1], row[_KIND], leaf))

    root = tree_root(leaves)
    last_sequence = first_sequence + len(rows) - 1
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
        "DELETE FROM ledger_unplaced WHERE entry_id IN"
        " (SELECT entry_id FROM ledger_place WHERE sequence BETWEEN %s AND %s)",
        [first_sequence, last_sequence],
    )
