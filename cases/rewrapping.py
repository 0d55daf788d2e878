"""Wrapping every account's key under a new field key, while everything goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from cases.models import Account
from reviewapp.kernel.encryption import CannotUnseal, is_wrapped_anew, rewrap
from reviewapp.ledger.recording import Entry, record

_AT_ONCE = 1_000
# Only where the key still is what was read: a person erased meanwhile stays erased.
_STORE = """
    UPDATE cases_account SET wrapped_key = anew.wrapped
      FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS anew (id, before, wrapped)
     WHERE cases_account.id = anew.id AND cases_account.wrapped_key = anew.before
"""


@dataclass(slots=True)
class Rewrapped:
    """How many keys were wrapped anew, how many had been before, and whose cannot be opened."""

    anew: int = 0
    before: int = 0
    erased: int = 0
    closed: int = 0
    first_closed: str = ""


def rewrap_all(
    *, by: str, at: datetime, progress: Callable[[Rewrapped], None] = lambda _: None
) -> Rewrapped:
    """Wrap the data key of every account under the first of `settings.FIELD_KEYS`.

    What it sealed stays as it is. Works in batches of their own transactions: stopped at any
    moment, it goes on where it was when it is called again. `by` is the ledger's name for who
    had it done, `progress` is told after each batch. A key that none of the field keys opens is
    left alone and counted.
    """
    done, last = Rewrapped(), UUID(int=0)
    while batch := _after(last):
        last = batch[-1][0]
        with transaction.atomic():
            _rewrap(batch, done)
        progress(done)
    if done.anew:
        particulars = {"accounts": done.anew, "left": done.closed}
        entry = Entry(kind="fieldkeys.rewrapped", actor=by, happened_at=at, particulars=particulars)
        record(entry, at=at)
    return done


def _after(last: UUID) -> list[tuple[UUID, str, bytes]]:
    rows = Account.objects.filter(id__gt=last).order_by("id")
    found = rows.values_list("id", "ref", "wrapped_key")[:_AT_ONCE]
    return [(pk, ref, bytes(key)) for pk, ref, key in found]


def _rewrap(batch: list[tuple[UUID, str, bytes]], done: Rewrapped) -> None:
    anew: list[tuple[UUID, bytes, bytes]] = []
    for pk, ref, key in batch:
        if not key:
            done.erased += 1
        elif is_wrapped_anew(key):
            done.before += 1
        else:
            try:
                anew.append((pk, key, rewrap(key)))
            except CannotUnseal:
                done.closed += 1
                done.first_closed = done.first_closed or ref
    if anew:
        with connection.cursor() as cursor:
            cursor.execute(_STORE, [list(column) for column in zip(*anew, strict=True)])
            done.anew += cursor.rowcount
