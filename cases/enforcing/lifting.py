"""Ending what stands: all of it, what one decision asked for, what has reached its end."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cases.delivering import Result
from cases.enforcing.promising import UNTOUCHED, State, give_way, lifting, promise
from cases.enums import STANDING, Action
from cases.models import Account, Decision, Enforcement, EnforcementAttempt
from cases.models.enforcement import EnforcementQuerySet


def end(
    account: Account,
    decision: Decision,
    *,
    of: Decision | None,
    at: datetime,
    due_at: datetime | None,
    actor: str,
) -> tuple[list[Enforcement], int]:
    """Cancel for `decision` what was never sent, and promise a lift for each thing that stands.

    With `of`, of what this decision asked for alone. Returns the lifts, and how many gave way.
    """
    cancelled = give_way(never_sent(account, of), State.CANCELLED, to=decision, at=at, actor=actor)
    # What a worker leased in between was not cancelled, and is found here.
    lifts = [
        promise(account, decision, lifting(standing), at=at, due_at=due_at, actor=actor)
        for standing in to_be_lifted(account, of).order_by("sequence")
    ]
    return lifts, cancelled


def has_something_to_lift(account: Account, *, of: Decision | None = None) -> bool:
    """Whether a LIFT would change anything; with `of`, anything that this decision asked for.

    Its answer holds under the account's lock.
    """
    return never_sent(account, of).exists() or to_be_lifted(account, of).exists()


def never_sent(account: Account, of: Decision | None) -> EnforcementQuerySet:
    rows: EnforcementQuerySet = _asked(account, of).exclude(action=Action.LIFT)
    return rows.filter(UNTOUCHED)


def to_be_lifted(account: Account, of: Decision | None) -> EnforcementQuerySet:
    rows: EnforcementQuerySet = _asked(account, of).filter(may_have_arrived())
    rows = rows.exclude(action__in=[Action.LIFT, Action.WARN])
    return rows.filter(~has_lift(STANDING))


def _asked(account: Account, of: Decision | None) -> EnforcementQuerySet:
    rows: EnforcementQuerySet = account.enforcements.all()
    return rows if of is None else rows.filter(decision=of)


def may_have_arrived() -> Q:
    """What stands, and what was given up on without an answer: the platform may have it."""
    unanswered = EnforcementAttempt.objects.filter(
        enforcement=OuterRef("pk"), number=OuterRef("attempts_made"), result=Result.RETRY
    )
    return Q(state__in=STANDING) | Q(Exists(unanswered), state=State.FAILED)


def has_lift(states: Collection[str]) -> Q:
    lift = Enforcement.objects.filter(lifts=OuterRef("pk"), state__in=states)
    return Q(Exists(lift))


def lift_expired(*, now: datetime, limit: int = 500) -> int:
    """Ask for the lift of what has reached its end. Returns how many lifts were promised.

    A lift that failed is not promised again: it waits for a person.
    """
    due = ~has_lift([*STANDING, State.FAILED])
    lifted = 0
    expired = Enforcement.objects.expired(now=now).filter(due).order_by("until")
    for pk, account_id in list(expired.values_list("pk", "account_id")[:limit]):
        with transaction.atomic():
            account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
            # Read again under the lock: of two workers, the second finds the first one's lift.
            row = (
                Enforcement.objects.expired(now=now)
                .filter(due, pk=pk)
                .select_related("decision__case")
                .first()
            )
            if row is not None:
                promise(account, row.decision, lifting(row), at=now, due_at=now, actor="worker")
                lifted += 1
    return lifted
