"""Undoing a decision that has taken effect: another decision, which points at it.

Here for a bulk that is taken back by whoever may; what did not stand a second look by somebody else
is undone by the same step, in `overturning`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from cases import citing, clearing, enforcing, labelling, notifying
from cases.deciding import entry_of
from cases.enums import Action, LabelValue, Maker, Outcome
from cases.locking import Matter
from cases.models import Decision, Detection, Enforcement, PolicyClause
from cases.verdict import Cited
from reviewapp.kernel.refs import next_refs
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User


def reverse(
    decision: Decision, *, matter: Matter, by: "User", words: str, at: datetime
) -> list[Decision]:
    """Lift what `decision`, and those made with it on the matter's merged cases, did.

    Each gets a decision that undoes it: its own enforcement is lifted, and nothing else that
    stands against the account; its labels are retracted; `words` are for colleagues. The cases
    stay settled. Runs in the caller's transaction, which holds the matter locked.
    """
    cases = {each.pk: each for each in (matter.case, *matter.merged)}
    together = Decision.objects.standing().filter(
        case__in=cases, decided_at=decision.decided_at, undone_by=None
    )
    undone = []
    for each in together.order_by("recorded_at", "id"):
        each.case = cases[each.case_id]
        each.account = each.case.account
        undone.append(_reverse_one(each, by=by, words=words, at=at))
    return undone


def _reverse_one(decision: Decision, *, by: "User", words: str, at: datetime) -> Decision:
    account = decision.account
    lifts = enforcing.has_something_to_lift(account, of=decision)
    undoing, enforcements = undo(
        decision, by=by, outcome=Outcome.INSUFFICIENT_EVIDENCE,
        action=Action.LIFT if lifts else "", rationale=words, at=at,
        detections=list(
            Detection.objects.filter(case=decision.case)
            .select_related("detector", "account")
            .newest_first()
        ),
    )  # fmt: skip
    notifying.request(
        decision=undoing, clauses=(), enforcements=enforcements, stages=(), reason="",
        locale=account.locale, at=at, actor=by.actor,
    )  # fmt: skip
    clearing.end_with(decision=decision, by=by, at=at)
    labelling.retract(decision=decision, actor=by.actor, at=at)
    return undoing


def undo(
    decision: Decision,
    *,
    by: "User",
    outcome: str,
    action: str,
    rationale: str,
    at: datetime,
    detections: Sequence[Detection],
    approved_by: "User | None" = None,
    maker: Maker = Maker.ANALYST,
    until: datetime | None = None,
    clauses: Sequence[PolicyClause] = (),
    cited: Sequence[Cited] = (),
    reason: str = "",
    upon: str = "",
    labels: Sequence[tuple[Detection, LabelValue]] = (),
) -> tuple[Decision, list[Enforcement]]:
    """Write the decision that undoes `decision`, with its line in the ledger, and promise what it
    asks of the platform, at once.

    `detections` are those that `decision` rests on, `labels` those that the caller gives them.
    Runs in the caller's transaction, which holds the account's row; `decision.account` is that
    row.
    """
    account = decision.account
    undoing = Decision.objects.create(
        ref=next_refs("D")[0],
        account=account,
        case=decision.case,
        maker=maker,
        decided_by=by,
        approved_by=approved_by,
        outcome=outcome,
        action=action,
        until=until,
        undoes=decision,
        upon=upon,
        rationale_sealed=account.seal(rationale, context="decision.rationale"),
        reason_sealed=account.seal(reason, context="decision.reason") if reason else None,
        decided_at=at,
        recorded_at=at,
    )
    undoing.clauses.add(*clauses)
    citing.cite(undoing, cited)
    record(
        entry_of(
            undoing, "decision.made", by=by, clauses=clauses, detections=detections,
            labels=labels, at=at,
        ),
        at=at,
    )  # fmt: skip
    return undoing, enforcing.request(decision=undoing, at=at, due_at=at, actor=by.actor)
