"""Keeping a view of the queue page under a name, for oneself or for the team."""

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from django.db import IntegrityError, transaction

from cases.models import SavedFilter
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

LONGEST_NAME = 40
_LONGEST_QUERY = 1_000
# What was searched for on the page, a phone number perhaps.
SEARCH = "q"
# More than anybody finds their way in.
MOST = 30


class CannotSave(Refused):
    """This can't be kept under this name."""


class CannotShare(Refused):
    """The team's filters are on everybody's page: leads say which."""


class NotYours(Refused):
    """Only whoever saved a filter deletes it."""


# Note [Who shares a filter]
# Whoever reads cases saves what they like for themselves. What is shared is on everybody's page,
# so it is the leads who put a filter there; and any of them takes it off again, whoever saved it.


def save(*, owner: "User", name: str, query: str, shared: bool, at: datetime) -> SavedFilter:
    """Keep `query`, what stands behind the ? of the page's address, under `name`.

    What was searched for is left out of it: it may name a person. Raises CannotSave whose pointer
    names the field at fault, or CannotShare.
    """
    name = " ".join(name.split())
    if not name:
        raise CannotSave("Give it a name.", pointer="name")
    if len(name) > LONGEST_NAME or "\x00" in name:
        raise CannotSave(f"A name has at most {LONGEST_NAME} characters.", pointer="name")
    if len(query) > _LONGEST_QUERY:
        raise CannotSave("This is more than can be kept.", pointer="query")
    query = _without_search(query)
    if not query:
        raise CannotSave("All cases are shown: there is nothing to keep.", pointer="query")
    if shared and not owner.may("lead_cases"):
        raise CannotShare(pointer="shared")
    if owner.saved_filters.count() >= MOST:
        raise CannotSave(f"You have {MOST} already. Delete one of them first.", pointer="name")
    try:
        with transaction.atomic():
            saved = SavedFilter.objects.create(
                owner=owner, name=name, query=query, shared=shared, saved_at=at
            )
            if shared:
                _record(saved, "added", before=None, after=True, by=owner, at=at)
            return saved
    except IntegrityError as taken:
        raise CannotSave("You have another one of this name.", pointer="name") from taken


def share(saved: SavedFilter, *, shared: bool, by: "User", at: datetime) -> None:
    """Put a filter on everybody's page, or take it off: see Note [Who shares a filter].

    Raises CannotShare.
    """
    if not by.may("lead_cases"):
        raise CannotShare
    with transaction.atomic():
        # The row count is the guard: the ledger hears of a change once, and of none not at all.
        changed = SavedFilter.objects.filter(pk=saved.pk).exclude(shared=shared)
        if changed.update(shared=shared):
            _record(saved, "changed", before=not shared, after=shared, by=by, at=at)
    saved.shared = shared


def delete(saved: SavedFilter, *, by: "User", at: datetime) -> None:
    """Raises NotYours."""
    if saved.owner_id != by.pk:
        raise NotYours
    with transaction.atomic():
        # Whoever comes second finds it gone: the ledger hears of it once.
        gone = SavedFilter.objects.select_for_update().filter(pk=saved.pk).first()
        if gone is None:
            return
        if gone.shared:
            _record(gone, "deleted", before=True, after=None, by=by, at=at)
        gone.delete()


def _without_search(query: str) -> str:
    kept = [(name, value) for name, value in parse_qsl(query) if name != SEARCH]
    return urlencode(kept)


def _record(
    saved: SavedFilter,
    what: str,
    *,
    before: bool | None,
    after: bool | None,
    by: "User",
    at: datetime,
) -> None:
    """What is on everybody's page is configuration. A name is somebody's words: it stays out."""
    record(
        Entry(
            kind="configuration.changed",
            actor=by.actor,
            happened_at=at,
            particulars={
                "what": what,
                "model": "cases.savedfilter",
                "name": str(saved.pk),
                "fields": {
                    "shared": {"before": before, "after": after},
                    "query": {"before": saved.query, "after": saved.query},
                },
            },
        ),
        at=at,
    )
