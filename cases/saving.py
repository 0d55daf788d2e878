"""Keeping a view of the queue page under a name, for oneself or for the team."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from cases.models import SavedFilter
from reviewapp.kernel.refusals import Refused

if TYPE_CHECKING:
    from reviewapp.staff.models import User

LONGEST_NAME = 40
_LONGEST_QUERY = 1_000
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

    Raises CannotSave whose pointer names the field at fault, or CannotShare.
    """
    name = " ".join(name.split())
    if not name:
        raise CannotSave("Give it a name.", pointer="name")
    if len(name) > LONGEST_NAME or "\x00" in name:
        raise CannotSave(f"A name has at most {LONGEST_NAME} characters.", pointer="name")
    if not query:
        raise CannotSave("All cases are shown: there is nothing to keep.", pointer="query")
    if len(query) > _LONGEST_QUERY:
        raise CannotSave("This is more than can be kept.", pointer="query")
    if shared and not owner.may("lead_cases"):
        raise CannotShare(pointer="shared")
    if owner.saved_filters.count() >= MOST:
        raise CannotSave(f"You have {MOST} already. Delete one of them first.", pointer="name")
    try:
        with transaction.atomic():
            return SavedFilter.objects.create(
                owner=owner, name=name, query=query, shared=shared, saved_at=at
            )
    except IntegrityError as taken:
        raise CannotSave("You have another one of this name.", pointer="name") from taken


def share(saved: SavedFilter, *, shared: bool, by: "User") -> None:
    """Put a filter on everybody's page, or take it off: see Note [Who shares a filter].

    Raises CannotShare.
    """
    if not by.may("lead_cases"):
        raise CannotShare
    saved.shared = shared
    saved.save(update_fields=["shared"])


def delete(saved: SavedFilter, *, by: "User") -> None:
    """Raises NotYours."""
    if saved.owner_id != by.pk:
        raise NotYours
    saved.delete()
