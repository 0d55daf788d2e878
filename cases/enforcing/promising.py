"""Writing a promise to the platform, and having earlier ones give way to it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from cases import notifying, nudging
from cases.enforcing.lines import line
from cases.enums import Action, EnforcementState
from cases.models import Account, Decision, Enforcement, PolicyClause
from cases.models.enforcement import EnforcementQuerySet
from reviewapp.kernel.refs import next_refs
from reviewapp.ledger.recording import record_all

State = EnforcementState
# Promised, and no worker has it or ever tried it.
UNTOUCHED = Q(state=State.REQUESTED, attempts_made=0, leased_until=None)


def asking(
    *, action: str, until: datetime | None, clauses: Iterable[PolicyClause]
) -> dict[str, Any]:
    """What is asked of the platform, as columns of an Enforcement."""
    clause = next(iter(clauses), None)
    return {"action": action, "policy": clause.code if clause else "", "until": until}


def lifting(standing: Enforcement) -> dict[str, Any]:
    return {"action": Action.LIFT, "policy": standing.policy, "until": None, "lifts": standing}


# Note [What is in front is not waited for]
# An account's requests go out in one order, so a new one waits behind an earlier one that the
# platform has not taken yet. That one may have failed for days and come to waits of a day, while
# the new one may be a lift that somebody is waiting for. So it is tried now, and from then on at
# the pace of the new one: its schedule starts over. Where a worker has it in hand just now, only
# the latter: what comes of that attempt decides when it is due.


def promise(
    account: Account,
    decision: Decision,
    asked: dict[str, Any],
    *,
    at: datetime,
    due_at: datetime | None,
    actor: str,
) -> Enforcement:
    """Promise what is `asked`, under the account's next sequence number.

    See Note [What is in front is not waited for]. The caller holds the account's lock.
    """
    account.last_sequence += 1
    account.save(update_fields=["last_sequence"])
    in_front = account.enforcements.filter(state__in=[State.REQUESTED, State.RETRYING])
    in_front.filter(leased_until__isnull=False).update(attempts_forgiven=F("attempts_made"))
    in_front.filter(state=State.RETRYING, leased_until=None).update(
        attempts_forgiven=F("attempts_made"), due_at=at
    )
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


def give_way(
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
