"""What a verdict on many cases would do, before anybody presses."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from cases import priority
from cases.enums import BANS, AccountKind, Action, CaseState, Outcome
from cases.models import Case, Claim, Clearing, Decision, Enforcement

if TYPE_CHECKING:
    from reviewapp.staff.models import User


@dataclass(frozen=True, slots=True)
class Concern:
    """What stands against deciding one case together with the others."""

    words: str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Impact:
    """How many, where, and whom to look at twice; `concerns` by the case's id."""

    cases: int
    accounts_banned: int
    countries: list[tuple[str, int]]
    businesses: int
    contested: int
    released: int
    cleared: int
    reach: int
    concerns: dict[UUID, list[Concern]] = field(default_factory=dict)


def impact_of(cases: Sequence[Case], *, action: str, by: "User", now: datetime) -> Impact:
    """What `action` on `cases` (account and queue loaded) would mean. Four queries.

    A case that somebody cannot decide now (held, reserved, settled, not their queue) is a grave
    concern: the worker would pass it over.
    """
    accounts = [case.account_id for case in cases]
    holders = dict(
        Claim.objects.held(now=now)
        .filter(case__in=[case.pk for case in cases])
        .exclude(analyst=by)
        .values_list("case_id", "analyst__name")
    )
    released = _released(accounts, by)
    cleared = set(
        Clearing.objects.standing(at=now)
        .filter(account__in=accounts)
        .values_list("account_id", flat=True)
    )
    banned = set(
        Enforcement.objects.standing()
        .bans()
        .filter(account__in=accounts)
        .values_list("account_id", flat=True)
    )
    bans, restricts = action in BANS, bool(action) and action != Action.LIFT
    concerns: dict[UUID, list[Concern]] = {}
    for case in cases:
        found = _in_the_way(case, holders, by=by, now=now)
        if case.account_id in released and restricts:
            found.append(Concern(f"released before by {released[case.account_id]}", grave=True))
        if case.account_id in cleared and restricts:
            found.append(Concern("cleared or protected", grave=True))
        if case.contested:
            found.append(Concern("contested"))
        if case.account.kind == AccountKind.BUSINESS:
            found.append(Concern("business"))
        if case.account_id in banned:
            found.append(Concern("banned already"))
        if found:
            concerns[case.pk] = found
    return Impact(
        cases=len(cases),
        accounts_banned=sum(pk not in banned for pk in accounts) if bans else 0,
        countries=Counter(case.country or "unknown" for case in cases).most_common(),
        businesses=sum(case.account.kind == AccountKind.BUSINESS for case in cases),
        contested=sum(case.contested for case in cases),
        released=sum(pk in released for pk in accounts),
        cleared=sum(pk in cleared for pk in accounts),
        reach=sum(priority.people_reached(case.reach_points) for case in cases),
        concerns=concerns,
    )


def _in_the_way(
    case: Case, holders: dict[UUID, str], *, by: "User", now: datetime
) -> list[Concern]:
    if case.is_settled:
        return [Concern("settled meanwhile", grave=True)]
    if case.state != CaseState.OPEN:
        return [Concern(case.get_state_display().lower(), grave=True)]
    if case.pk in holders:
        return [Concern(f"held by {holders[case.pk]}", grave=True)]
    if case.reserved_from(by, now=now):
        return [Concern("reserved for somebody else", grave=True)]
    if not set(case.queue.worked_by) & set(by.roles):
        return [Concern(f"in {case.queue}, which you do not work", grave=True)]
    return []


def _released(accounts: Sequence[UUID], by: "User") -> dict[UUID, str]:
    """Who, other than `by`, last found nothing against an account or lifted what stood."""
    rows = (
        Decision.objects.filter(account__in=accounts, decided_by__isnull=False)
        .standing()
        .exclude(decided_by=by)
        .order_by("account_id", "-decided_at", "-id")
        .distinct("account_id")
        .values_list("account_id", "outcome", "action", "decided_by__name")
    )
    return {
        account: name
        for account, outcome, action, name in rows
        if outcome == Outcome.NO_VIOLATION or action == Action.LIFT
    }
