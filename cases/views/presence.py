"""Who has a case open just now, as pages show it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.models import Case, Presence
from reviewapp.staff.models import User


def present_on(
    cases: Sequence[Case], *, but: User, at: datetime
) -> dict[UUID, list[dict[str, Any]]]:
    """Who else than `but` has each of `cases` open, for `components/_presence.html`. One query."""
    found: dict[UUID, list[dict[str, Any]]] = {case.pk: [] for case in cases}
    rows = (
        Presence.objects.present(at=at)
        .filter(case__in=list(found))
        .exclude(user=but)
        .order_by("user__name", "user_id")
        .values_list("case_id", "user__name")
    )
    for case_id, name in rows:
        found[case_id].append(person_present(name))
    return found


def person_present(name: str, *, holds: bool = False) -> dict[str, Any]:
    """One of `people` for `components/_presence.html`."""
    return {
        "name": name,
        "initials": "".join(part[0] for part in name.split()[:2]).upper(),
        "words": "holds it" if holds else "has it open",
        "holds": holds,
    }
