"""Wrapping every data key under a new field key, while everything goes on.

An account has a key of its own, and so has whatever else holds personal fields without one: what
keeps its key in a column `wrapped_key`, in whichever room, is found by that and never forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction

from reviewapp.kernel.encryption import CannotUnseal, is_wrapped_anew, rewrap
from reviewapp.ledger.recording import Entry, record

_AT_ONCE = 1_000
# Only where the key still is what was read: a person erased meanwhile stays erased.
_STORE = """
    UPDATE {table} SET wrapped_key = anew.wrapped
      FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS anew (id, before, wrapped)
     WHERE {table}.id = anew.id AND {table}.wrapped_key = anew.before
"""


@dataclass(slots=True)
class Rewrapped:
    """How many keys were wrapped anew, how many had been before, and whose cannot be opened."""

    anew: int = 0
    before: int = 0
    erased: int = 0
    closed: int = 0
    first_closed: str = ""


def keyed() -> list[type[models.Model]]:
    """The kinds of rows that have a data key of their own."""
    return [model for model in apps.get_models() if "wrapped_key" in _columns(model)]


def _columns(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


def rewrap_all(
    *, by: str, at: datetime, progress: Callable[[Rewrapped], None] = lambda _: None
) -> Rewrapped:
    """Wrap every data key under the first of `settings.FIELD_KEYS`.

    What it sealed stays as it is. Works in batches of their own transactions: stopped at any
    moment, it goes on where it was when it is called again. `by` is the ledger's name for who
    had it done, `progress` is told after each batch. A key that none of the field keys opens is
    left alone and counted.
    """
    done = Rewrapped()
    moved: dict[str, int] = {}
    for model in keyed():
        before, last = done.anew, UUID(int=0)
        while batch := _after(model, last):
            last = batch[-1][0]
            with transaction.atomic():
                _rewrap(model, batch, done)
            progress(done)
        if done.anew > before:
            moved[str(model._meta.verbose_name_plural)] = done.anew - before
    if moved:
        particulars = {**moved, "left": done.closed}
        entry = Entry(kind="fieldkeys.rewrapped", actor=by, happened_at=at, particulars=particulars)
        record(entry, at=at)
    return done


def _after(model: type[models.Model], last: UUID) -> list[tuple[UUID, str, bytes]]:
    """The next rows by their keys: id, what people call it, and the data key."""
    called = "ref" if "ref" in _columns(model) else "id"
    rows = model._base_manager.filter(id__gt=last).order_by("id")
    found = rows.values_list("id", called, "wrapped_key")[:_AT_ONCE]
    return [(pk, str(name), bytes(key)) for pk, name, key in found]


def _rewrap(
    model: type[models.Model], batch: list[tuple[UUID, str, bytes]], done: Rewrapped
) -> None:
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
        store = _STORE.format(table=connection.ops.quote_name(model._meta.db_table))
        with connection.cursor() as cursor:
            cursor.execute(store, [list(column) for column in zip(*anew, strict=True)])
            done.anew += cursor.rowcount
