from collections.abc import Sequence
from typing import Any

from django.db.backends.utils import CursorWrapper

from reviewapp.ledger.leaves import LEAF_COLUMNS

_ORDER = "ORDER BY entry.recorded_at, entry.id LIMIT 1"
_HAS_PLACE = (
    "EXISTS (SELECT FROM ledger_place place"
    " WHERE place.entry_id = {0}.{1} AND place.recorded_at = {0}.recorded_at)"
)
_STRAY = f"""
    SELECT {LEAF_COLUMNS} FROM ledger_entry entry
    WHERE NOT {_HAS_PLACE.format("entry", "id")} AND NOT EXISTS (
        SELECT FROM ledger_unplaced waiting
        WHERE waiting.entry_id = entry.id AND waiting.recorded_at = entry.recorded_at
    ) {_ORDER}
"""  # noqa: S608 - names of our own tables and columns
_BY_ID = f"SELECT {LEAF_COLUMNS} FROM ledger_entry entry WHERE entry.id = %s::uuid {_ORDER}"  # noqa: S608 - names of our own tables and columns
_TWICE = """
    SELECT entry_id::text, min(sequence), max(sequence) FROM ledger_place
    GROUP BY entry_id HAVING count(*) > 1 ORDER BY 2 LIMIT 1
"""
_GONE_WHILE_WAITING = """
    SELECT entry_id::text FROM ledger_unplaced waiting WHERE NOT EXISTS (
        SELECT FROM ledger_entry
        WHERE recorded_at = waiting.recorded_at AND id = waiting.entry_id
    ) ORDER BY entry_id LIMIT 1
"""
_WAITING_WITH_PLACE = f"""
    SELECT entry_id::text FROM ledger_unplaced waiting
    WHERE {_HAS_PLACE.format("waiting", "entry_id")} ORDER BY entry_id LIMIT 1
"""  # noqa: S608 - names of our own tables and columns


class Misfit(Exception):
    """Something in the ledger is not as it was sealed; the message names the first of it."""


def named(columns: Sequence[str | None], *, place: int | None = None) -> str:
    """How a misfit speaks of the entry with these `LEAF_COLUMNS`."""
    entry_id, recorded_at, _, kind = columns[:4]
    where = f"place {place}, " if place is not None else ""
    return f"Entry {entry_id} ({where}{kind}, recorded {recorded_at})"


def entry_with_id(cursor: CursorWrapper, entry_id: str) -> tuple[Any, ...] | None:
    """The `LEAF_COLUMNS` of an entry looked for by its id alone, in all partitions."""
    cursor.execute(_BY_ID, [entry_id])
    return cursor.fetchone()


def stray_entry(cursor: CursorWrapper) -> tuple[Any, ...] | None:
    """The `LEAF_COLUMNS` of the first entry that neither has a place nor waits for one."""
    cursor.execute(_STRAY)
    return cursor.fetchone()


def check_strays(cursor: CursorWrapper) -> None:
    """Entries, places and waiting ids belong to each other one by one, or `Misfit` is raised."""
    cursor.execute(_TWICE)
    if row := cursor.fetchone():
        raise Misfit(f"Entry {row[0]} was sealed twice, at places {row[1]} and {row[2]}.")
    cursor.execute(_GONE_WHILE_WAITING)
    if row := cursor.fetchone():
        raise Misfit(f"Entry {row[0]} was removed while it waited for its seal.")
    cursor.execute(_WAITING_WITH_PLACE)
    if row := cursor.fetchone():
        raise Misfit(f"Entry {row[0]} is sealed and was made to wait for a seal again.")
    if stray := stray_entry(cursor):
        raise Misfit(
            f"{named(stray)} has no place and waits for none: it was added around the ledger,"
            " or its place was removed."
        )
