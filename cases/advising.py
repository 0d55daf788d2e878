"""What the ladder of a rule suggests, given the account's past. It binds nobody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from cases.enums import Action, Outcome
from cases.models import Account, Decision, PolicyClause

REMEMBERED = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Advice:
    """What is recommended for a violation of one rule, and because of which number of them."""

    clause: PolicyClause
    action: Action
    days: int | None
    # This one would be the how manieth within REMEMBERED.
    violation: int
    # The ladder has no further step.
    is_last: bool


def advise(account: Account, *, clauses: Collection[PolicyClause], at: datetime) -> list[Advice]:
    """What the ladder of each of `clauses` that has one suggests for another violation. One query.

    Counts what the account was found to have done under the same rule, whatever its version, by
    people or by automation; not what was withdrawn or undone since.
    """
    standing = Decision.objects.standing().filter(
        account=account,
        outcome=Outcome.VIOLATION,
        undone_by=None,
        decided_at__gt=at - REMEMBERED,
        decided_at__lte=at,
        clauses__code__in=[clause.code for clause in clauses],
    )
    counts = standing.values_list("clauses__code").annotate(times=Count("pk", distinct=True))
    before = dict(counts.order_by())
    return [_advice(clause, before.get(clause.code, 0)) for clause in clauses if clause.ladder]


def _advice(clause: PolicyClause, before: int) -> Advice:
    last = len(clause.ladder) - 1
    step = clause.ladder[min(before, last)]
    return Advice(
        clause=clause,
        action=Action(step["action"]),
        days=step.get("days"),
        violation=before + 1,
        is_last=before >= last,
    )
