"""What intake asks: which clearings stand, and what a detection makes of them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.models import Clearing


def standing_on(account_ids: Collection[UUID], *, at: datetime) -> dict[UUID, list[Clearing]]:
    """The clearings that stand, by account. One query, which a partial index answers."""
    found: dict[UUID, list[Clearing]] = {}
    # A clearing of the rule's own family is named before a protection.
    standing = Clearing.objects.standing(at=at).filter(account__in=account_ids)
    for clearing in standing.defer("reason_sealed").order_by("-family"):
        found.setdefault(clearing.account_id, []).append(clearing)
    return found


def weigh(
    clearings: Iterable[Clearing],
    *,
    family: str,
    score: float,
    signals: Collection[dict[str, Any]],
) -> tuple[Clearing | None, str]:
    """The clearing that a detection of `family` falls under, and what of it exceeds that.

    Of several it falls under the one that it does not exceed. (None, '') where there is none.
    """
    under: tuple[Clearing | None, str] = (None, "")
    for clearing in clearings:
        if clearing.covers(family):
            beyond = clearing.exceeded_by(score=score, signals=signals)
            if not beyond:
                return clearing, ""
            under = (clearing, beyond)
    return under
