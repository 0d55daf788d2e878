"""Promising what decisions ask of the platform, holding it back, taking it back."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cases import notifying, nudging
from cases.delivering import Result
from cases.enforcing.lines import line
from cases.enums import STANDING, Action, EnforcementState
from cases.models import (
    Account,
    Bulk,
    BulkRow,
    Decision,
    Enforcement,
    EnforcementAttempt,
    PolicyClause,
)
from cases.models.enforcement import GAVE_WAY, SUPERSEDES, EnforcementQuerySet
from reviewapp.kernel.refs import next_refs
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record_all

State = EnforcementState
# Promised, and no worker has it or ever tried it.
UNTOUCHED = Q(state=State.REQUESTED, attempts_made=0, leased_until=None)


class NothingToLift(Refused):
    """Nothing stands against this account that could be lifted."""


class AlreadySent(Refused):
    """The platform has been asked already."""


def request(
    *, decision: Decision, at: datetime, due_at: datetime | None, actor: str
) -> list[Enforcement]:
    """Promise what `decision` asks of the platform; empty where it asks nothing.

    Nothing is sent before `due_at`; where that is None, not before `release`. Undelivered, never
    attempted enforcements that the new one makes pointless give way, by the table SUPERSEDES.
    A LIFT undoes everything that stands, or what the decision asked for that it undoes: what was
    never sent is cancelled, the rest gets a lift each. Runs in the caller's transaction, which
    holds the lock on the row of `decision.account`: it orders the account's sequence numbers.
    Raises NothingToLift.
    """
    if not decision.action:
        return []
    account = decision.account
    if decision.action == Action.LIFT:
        return _lift_all(account, decision, at=at, due_at=due_at, actor=actor)
    _give_way(
        account.enforcements.filter(action__in=SUPERSEDES[decision.action]),
        State.SUPERSEDED,
        to=decision,
        at=at,
        actor=actor,
    )
    clauses = decision.clauses.order_by("position", "code")
    asked = _asking(action=decision.action, until=decision.until, clauses=clauses)
    return [_promise(account, decision, asked, at=at, due_at=due_at, actor=actor)]


def foresee(
    account: Account, *, action: str, until: datetime | None, clauses: Sequence[PolicyClause]
) -> list[Enforcement]:
    """What `request` would promise for such a decision, unsaved and without refs: to be shown."""
    if not action:
        return []
    if action == Action.LIFT:
        standing = _to_be_lifted(account, None).exclude(UNTOUCHED).order_by("sequence")
        asked = [_lifting(each) for each in standing]
    else:
        asked = [_asking(action=action, until=until, clauses=clauses)]
    return [
        Enforcement(account=account, sequence=account.last_sequence + number, **each)
        for number, each in enumerate(asked, start=1)
    ]


def _asking(
    *, action: str, until: datetime | None, clauses: Iterable[PolicyClause]
) -> dict[str, Any]:
    """What is asked of the platform, as columns of an Enforcement."""
    clause = next(iter(clauses), None)
    return {"action": action, "policy": clause.code if clause else "", "until": until}


def _lifting(standing: Enforcement) -> dict[str, Any]:
    return {"action": Action.LIFT, "policy": standing.policy, "until": None, "lifts": standing}


def _lift_all(
    account: Account, decision: Decision, *, at: datetime, due_at: datetime | None, actor: str
) -> list[Enforcement]:
    of = decision.undoes
    never_sent = _never_sent(account, of)
    cancelled = _give_way(never_sent, State.CANCELLED, to=decision, at=at, actor=actor)
    lifts = [
        _promise(account, decision, _lifting(standing), at=at, due_at=due_at, actor=actor)
        for standing in _to_be_lifted(account, of).order_by("sequence")
    ]
    if not lifts and not cancelled:
        raise NothingToLift
    return lifts


def has_something_to_lift(account: Account, *, of: Decision | None = None) -> bool:
    """Whether a LIFT would change anything; with `of`, anything that this decision asked for.

    Its answer holds under the account's lock.
    """
    return _never_sent(account, of).exists() or _to_be_lifted(account, of).exists()


def _never_sent(account: Account, of: Decision | None) -> EnforcementQuerySet:
    rows: EnforcementQuerySet = _asked(account, of).exclude(action=Action.LIFT)
    return rows.filter(UNTOUCHED)


def _to_be_lifted(account: Account, of: Decision | None) -> EnforcementQuerySet:
    rows: EnforcementQuerySet = _asked(account, of).filter(_may_be_in_force())
    return rows.filter(~_has_lift(STANDING))


def _asked(account: Account, of: Decision | None) -> EnforcementQuerySet:
    rows: EnforcementQuerySet = account.enforcements.all()
    return rows if of is None else rows.filter(decision=of)


def _give_way(
    enforcements: EnforcementQuerySet,
    state: EnforcementState,
    *,
    to: Decision | None,
    at: datetime,
    actor: str,
) -> int:
    """End those that no worker has ever tried to deliver; the row count settles a race.

    Returns how many gave way.
    """
    gave_way = 0
    for enforcement in enforcements.filter(UNTOUCHED).select_related("account", "decision__case"):
        ended = Enforcement.objects.filter(UNTOUCHED, pk=enforcement.pk).update(
            state=state, ended_at=at, due_at=None, gave_way_to=to
        )
        if ended:
            enforcement.state = state
            record_all([line(enforcement, f"enforcement.{state.lower()}", actor, at)], at=at)
            notifying.cancel_waiting(enforcement=enforcement, at=at, actor=actor)
            gave_way += 1
    return gave_way


def _promise(
    account: Account,
    decision: Decision,
    asked: dict[str, Any],
    *,
    at: datetime,
    due_at: datetime | None,
    actor: str,
) -> Enforcement:
    account.last_sequence += 1
    account.save(update_fields=["last_sequence"])
    # What waits for its next attempt goes first, and now: this one must not wait a day behind it.
    account.enforcements.filter(state=State.RETRYING, leased_until=None).update(due_at=at)
    enforcement = Enforcement.objects.create(
        ref=next_refs("E")[0],
        account=account,
        decision=decision,
        sequence=account.last_sequence,
        state=State.REQUESTED,
        requested_at=at,
        due_at=due_at,
        **asked,
    )
    record_all([line(enforcement, "enforcement.requested", actor, at)], at=at)
    if due_at is not None:
        nudging.on_commit(at=due_at if due_at > at else None)
    return enforcement


def _may_be_in_force() -> Q:
    """What stands, and what was given up on without an answer: the platform may have it."""
    unanswered = EnforcementAttempt.objects.filter(
        enforcement=OuterRef("pk"), number=OuterRef("attempts_made"), result=Result.RETRY
    )
    restricts = ~Q(action__in=[Action.LIFT, Action.WARN])
    return restricts & (Q(state__in=STANDING) | Q(Exists(unanswered), state=State.FAILED))


def _has_lift(states: Collection[str]) -> Q:
    lift = Enforcement.objects.filter(lifts=OuterRef("pk"), state__in=states)
    return Q(Exists(lift))


# Holding back, and taking back


def release(*, decisions: Iterable[Any], at: datetime) -> int:
    """Let what was held back for `decisions` (rows, keys or a query of them) be sent from `at` on.

    Returns how many were let go. Runs in the caller's transaction.
    """
    released: int = Enforcement.objects.filter(
        decision__in=decisions, state=State.REQUESTED, due_at=None
    ).update(due_at=at)
    if released:
        nudging.on_commit(at=at)
    return released


# Note [What gave way comes back]
# What a decision supersedes or cancels was never sent, and says because of which decision it
# gave way. So while the decision can still be withdrawn nothing of either reaches the platform,
# and a withdrawal can restore what was there before. It comes back with the account's next
# sequence number: something between the two may have been sent meanwhile, and the platform
# obeys a higher number only. What was itself withdrawn meanwhile does not come back.


def take_back(*, decision: Decision, at: datetime, actor: str) -> None:
    """Cancel everything that `decision` asked of the platform, and restore what gave way to it.

    See Note [What gave way comes back]. Runs in the caller's transaction, under the account's
    lock. Raises AlreadySent once a worker has any of it: then nothing may be taken back.
    """
    promised = decision.enforcements.exclude(state__in=GAVE_WAY).count()
    # The row count is the guard: what a worker leased in between is not cancelled.
    cancelled = _give_way(decision.enforcements.all(), State.CANCELLED, to=None, at=at, actor=actor)
    if cancelled < promised:
        raise AlreadySent
    account = decision.account
    for gone in (
        account.enforcements.filter(gave_way_to=decision, decision__withdrawal=None)
        .select_related("account", "decision__case")
        .order_by("sequence")
    ):
        account.last_sequence += 1
        account.save(update_fields=["last_sequence"])
        gone.sequence, gone.state = account.last_sequence, State.REQUESTED
        gone.gave_way_to, gone.ended_at = None, None
        gone.due_at = _due_again(gone.decision, at=at)
        gone.save(update_fields=["sequence", "state", "gave_way_to", "ended_at", "due_at"])
        record_all([line(gone, "enforcement.restored", actor, at)], at=at)
        notifying.wait_again(enforcement=gone, at=at, actor=actor)
        if gone.due_at is not None:
            nudging.on_commit(at=gone.due_at)


def _due_again(decision: Decision, *, at: datetime) -> datetime | None:
    """When what is restored is due: never before its own decision takes effect."""
    row = BulkRow.objects.filter(decision=decision).first()
    if row is None:
        return max(at, decision.effective_at or at)
    # Locked, so that a bulk which is just finishing releases this one too.
    bulk = Bulk.objects.select_for_update().get(pk=row.bulk_id)
    return max(at, bulk.effective_at) if bulk.effective_at else None


# Ending


def lift_expired(*, now: datetime, limit: int = 500) -> int:
    """Ask for the lift of what has reached its end. Returns how many lifts were promised.

    A lift that failed is not promised again: it waits for a person.
    """
    due = ~_has_lift([*STANDING, State.FAILED])
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
                _promise(account, row.decision, _lifting(row), at=now, due_at=now, actor="worker")
                lifted += 1
    return lifted
