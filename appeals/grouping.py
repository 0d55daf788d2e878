"""A flood of near copies seen as one, and each of it decided for its own account.

# Note [How a flood is put together]

A new appeal's text is held against those of the last 30 days that share a band with it; what looks
like it is unsealed and compared for certain. It joins their group, or makes one together with them.
Only the first members of a group carry bands: they are found by nearly every copy that follows,
while the cost of one more copy stays what it was, however large the flood. A copy that none of
them meets stands alone until a later one meets both.

Very short texts are not compared: many honest people write the same few words. Nor are an
account's own: who asks twice is no flood.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Greatest

from appeals.likeness import ALIKE, bands, confirm, signature, similar
from appeals.models import Appeal, Statement, TextGroup
from reviewapp.kernel.encryption import Erased

if TYPE_CHECKING:
    from appeals.models.appeals import AppealQuerySet

WITHIN = timedelta(days=30)
SHORTEST_TEXT = 40
# So many of a group's members carry bands.
FOUND_BY = 20
# A signature says how alike texts are give or take this much.
_ROUGHLY = 0.15
_LOOKED_AT = 60
_COMPARED = 10


@dataclass(frozen=True, slots=True)
class Likeness:
    """By what a text is found, and what it was found to be like.

    Attributes:
        group_id: the group that it belongs to, if there is one.
        is_found: whether others of that are found by bands of theirs, so that it needs none.
        alone: ids of appeals that are like it and in no group.
    """

    signature: list[int]
    bands: list[int]
    group_id: UUID | None = None
    is_found: bool = False
    alone: Sequence[UUID] = ()

    def columns(self) -> dict[str, Any]:
        """What the statement keeps of it."""
        found_by = None if self.is_found else self.bands
        return {"likeness": self.signature or None, "likeness_bands": found_by or None}


def compare(text: str, *, account_id: UUID, at: datetime) -> Likeness:
    """What a new text of an account is like. One query where it is long enough to be compared."""
    if len(text) < SHORTEST_TEXT:
        return Likeness([], [])
    signed = signature(text)
    found_by = bands(signed)
    if not found_by:
        return Likeness([], [])
    near = sorted(
        (
            (similar(signed, said.likeness or ()), said)
            for said in _candidates(found_by, account_id=account_id, at=at)
        ),
        key=lambda pair: pair[0],
        reverse=True,
    )
    close = [said for share, said in near if share >= ALIKE - _ROUGHLY][:_COMPARED]
    alike = [said.appeal for said in _confirmed(text, close) if said.appeal]
    group = next((each.group for each in alike if each.group), None)
    return Likeness(
        signed,
        found_by,
        group_id=group.pk if group else None,
        is_found=group is not None and group.size >= FOUND_BY,
        alone=[each.pk for each in alike if each.group is None],
    )


def join(appeal: Appeal, likeness: Likeness, *, at: datetime) -> None:
    """Put a new appeal, in the caller's transaction, with those that it is like.

    It has its row already. Those that stood alone are locked after it, and last the group's row,
    by which all that join it at once come one after the other.
    """
    group_id, joining = likeness.group_id, 1
    if likeness.alone:
        # Without the group's row: what a lock waited for shows in its own row alone.
        others = list(
            Appeal.objects.filter(pk__in=likeness.alone)
            .select_for_update(no_key=True)
            .order_by("pk")
        )
        # Another copy may have taken them along meanwhile.
        group_id = group_id or next((each.group_id for each in others if each.group_id), None)
        if group_id is None:
            first_at = min(each.received_at for each in others)
            group_id = TextGroup.objects.create(first_at=first_at, last_at=at).pk
        alone = [each.pk for each in others if each.group_id is None]
        joining += Appeal.objects.filter(pk__in=alone).update(group=group_id)
    if group_id is None:
        return
    appeal.group_id = group_id
    appeal.save(update_fields=["group"])
    TextGroup.objects.filter(pk=group_id).update(
        size=F("size") + joining, last_at=Greatest("last_at", at)
    )


def alike(appeal: Appeal) -> "AppealQuerySet":
    """The other appeals with nearly the same text, the newest first."""
    others: AppealQuerySet = Appeal.objects.filter(group__isnull=False, group=appeal.group_id)
    return others.exclude(pk=appeal.pk).order_by("-received_at", "-id")


def _candidates(found_by: list[int], *, account_id: UUID, at: datetime) -> list[Statement]:
    recent = Q(recorded_at__gt=at - WITHIN) | Q(appeal__group__last_at__gt=at - WITHIN)
    said = Statement.objects.filter(recent, likeness_bands__overlap=found_by, appeal__isnull=False)
    return list(
        said.exclude(appeal__account=account_id)
        .select_related("appeal__account", "appeal__group")
        .order_by("-recorded_at", "-id")[:_LOOKED_AT]
    )


def _confirmed(text: str, said: Sequence[Statement]) -> list[Statement]:
    """Those whose own words are alike, the most alike first."""
    readable = []
    for each in said:
        try:
            readable.append((each, each.text()))
        except Erased:
            continue
    shares = confirm(text, [words for _, words in readable])
    alike = [(share, each) for share, (each, _) in zip(shares, readable, strict=True)]
    alike.sort(key=lambda pair: pair[0], reverse=True)
    return [each for share, each in alike if share >= ALIKE]
