"""The accounts that a batch speaks of: found, or made known by their id alone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from cases.enums import AccountKind, Surface
from cases.intake import arrays
from reviewapp.kernel.encryption import new_key
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.refs import next_refs


class Known(NamedTuple):
    """As much of an account as intake needs."""

    pk: UUID
    ref: str
    external_id: str
    wrapped_key: bytes
    country: str
    country_prefix: str
    surface: str
    kind: str
    locale: str


_COLUMNS = "id, ref, external_id, wrapped_key, country, country_prefix, surface, kind, locale"
_FIND = f"SELECT {_COLUMNS} FROM cases_account WHERE external_id = ANY(%s)"  # noqa: S608 - our own words
# Sorted, as everywhere: two batches that meet on the same unknown accounts wait in line.
_MAKE = f"""
    INSERT INTO cases_account
           ({_COLUMNS}, registered_at, last_sequence, created_at, changed_at)
    SELECT id, ref, external_id, wrapped_key, '', '', %s, %s, '', NULL, 0, %s, %s
      FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bytea[])
           AS bare (id, ref, external_id, wrapped_key)
     ORDER BY external_id
        ON CONFLICT (external_id) DO NOTHING
    RETURNING {_COLUMNS}
"""  # noqa: S608 - our own words


def known_accounts(external_ids: Iterable[str], *, at: datetime) -> tuple[dict[str, Known], int]:
    """The accounts of these ids, and how many of them were not known before.

    An unknown one is made as a bare account, in the caller's transaction; of two transactions
    that make the same one, the later waits and finds it.
    """
    wanted = sorted(set(external_ids))
    found = _found(wanted)
    missing = [external_id for external_id in wanted if external_id not in found]
    made = _made(missing, at=at) if missing else []
    found.update((account.external_id, account) for account in made)
    if len(found) < len(wanted):
        found.update(_found([each for each in wanted if each not in found]))
    return found, len(made)


def _found(external_ids: list[str]) -> dict[str, Known]:
    if not external_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [external_ids])
        return {account.external_id: account for account in map(_known, cursor.fetchall())}


def _made(external_ids: list[str], *, at: datetime) -> list[Known]:
    count = len(external_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            _MAKE,
            [
                Surface.PRIVATE_MESSAGING,
                AccountKind.PERSONAL,
                at,
                at,
                arrays.uuids(uuid7() for _ in range(count)),
                next_refs("A", count),
                external_ids,
                arrays.blobs(new_key() for _ in range(count)),
            ],
        )
        return [_known(row) for row in cursor.fetchall()]


def _known(row: tuple[Any, ...]) -> Known:
    pk, ref, external_id, wrapped_key, *others = row
    return Known(pk, ref, external_id, bytes(wrapped_key), *others)
