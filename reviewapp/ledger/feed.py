import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from reviewapp.ledger.models import LedgerEntry

_ALWAYS, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_FIELDS = LedgerEntry._meta.concrete_fields
_PARTICULARS = [field.name for field in _FIELDS].index("particulars")

_ANY_KIND = """
    SELECT sequence, entry_id, recorded_at FROM ledger_place
    WHERE sequence > %s AND recorded_at >= %s AND recorded_at < %s ORDER BY sequence LIMIT %s
"""
# One walk down the index per kind, so that rare kinds are found without reading past the others.
_ONE_KIND = """
    (SELECT sequence, entry_id, recorded_at FROM ledger_place
    WHERE kind = %s AND sequence > %s AND recorded_at >= %s AND recorded_at < %s
    ORDER BY sequence LIMIT %s)
"""
_ENTRIES = f"""
    SELECT place.sequence, {", ".join(f'entry."{field.column}"' for field in _FIELDS)}
    FROM ({{places}}) place
    CROSS JOIN LATERAL (
        SELECT * FROM ledger_entry
        WHERE recorded_at = place.recorded_at AND id = place.entry_id
        OFFSET 0
    ) entry
    ORDER BY place.sequence
"""  # noqa: S608 - names of our own tables and columns


def entries_after(
    sequence: int,
    *,
    kinds: Iterable[str] | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
    limit: int,
) -> list[tuple[int, LedgerEntry]]:
    """Up to `limit` sealed entries after place `sequence` (0 for the beginning), with their places.

    A reader who asks again from the last place it was given sees every entry exactly once,
    however late its transaction committed: places are given after the commit, without gaps. With
    `kinds`, entries of other kinds are passed over, and so are those recorded earlier than
    `since`, or at `before` and later.
    """
    parameters: list[Any]
    stretch: list[Any] = [since or _ALWAYS, before or _NEVER]
    if kinds is None:
        places, parameters = _ANY_KIND, [sequence, *stretch, limit]
    else:
        wanted = list(kinds)
        if not wanted:
            return []
        union = " UNION ALL ".join([_ONE_KIND] * len(wanted))
        places = f"SELECT * FROM ({union}) wanted ORDER BY sequence LIMIT %s"  # noqa: S608 - fixed
        parameters = []
        for kind in wanted:
            parameters += [kind, sequence, *stretch, limit]
        parameters.append(limit)
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES.format(places=places), parameters)
        return [(sequence, _entry(values)) for sequence, *values in cursor.fetchall()]


def _entry(values: list[Any]) -> LedgerEntry:
    # Raw querysets do not know composite keys yet, so the row is made here.
    values[_PARTICULARS] = json.loads(values[_PARTICULARS])
    names = [field.attname for field in _FIELDS]
    return LedgerEntry.from_db(connection.alias, names, values)
