"""Promising what decisions ask of the platform, holding it back, taking it back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from cases import notifying, nudging
from cases.enforcing.lifting import end, to_be_lifted
from cases.enforcing.lines import line
from cases.enforcing.promising import UNTOUCHED, State, asking, give_way, lifting, promise
from cases.enums import Action
from cases.models import Account, Bulk, BulkRow, Decision, Enforcement, PolicyClause
from cases.models.enforcement import GAVE_WAY, SUPERSEDES
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record_all


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
    never sent is cancelled, the rest gets a lift each. Where a restriction takes the place of what
    it undoes, it is promised first, and the lift of that behind it: the account is never free in
    between. Runs in the caller's transaction, which holds the lock on the row of
    `decision.account`: it orders the account's sequence numbers. Raises NothingToLift.
    """
    if not decision.action:
        return []
    account = decision.account
    if decision.action == Action.LIFT:
        lifts, cancelled = end(
            account, decision, of=decision.undoes, at=at, due_at=due_at, actor=actor
        )
        if not lifts and not cancelled:
            raise NothingToLift
        return lifts
    give_way(
        account.enforcements.filter(action__in=SUPERSEDES[decision.action]),
        State.SUPERSEDED,
        to=decision,
        at=at,
        actor=actor,
    )
    clauses = decision.clauses.order_by("position", "code")
    asked = asking(action=decision.action, until=decision.until, clauses=clauses)
    promised = [promise(account, decision, asked, at=at, due_at=due_at, actor=actor)]
    if decision.undoes is not None:
        lifts, _ = end(account, decision, of=decision.undoes, at=at, due_at=due_at, actor=actor)
        promised += lifts
    return promised


def foresee(
    account: Account, *, action: str, until: datetime | None, clauses: Sequence[PolicyClause]
) -> list[Enforcement]:
    """What `request` would promise for such a decision, unsaved and without refs: to be shown."""
    if not action:
        return []
    if action == Action.LIFT:
        standing = to_be_lifted(account, None).exclude(UNTOUCHED).order_by("sequence")
        asked = [lifting(each) for each in standing]
    else:
        asked = [asking(action=action, until=until, clauses=clauses)]
    return [
        Enforcement(account=account, sequence=account.last_sequence + number, **each)
        for number, each in enumerate(asked, start=1)
    ]


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
    cancelled = give_way(decision.enforcements.all(), State.CANCELLED, to=None, at=at, actor=actor)
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
