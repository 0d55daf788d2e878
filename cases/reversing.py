"""Undoing a decision that has taken effect: another decision, which points at it."""

from datetime import datetime
from typing import TYPE_CHECKING

from cases import clearing, enforcing, labelling, notifying
from cases.deciding import entry_of
from cases.enums import Action, Maker, Outcome
from cases.locking import Matter
from cases.models import Decision, Detection
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
    undoing = Decision.objects.create(
        ref=next_refs("D")[0],
        account=account,
        case=decision.case,
        maker=Maker.ANALYST,
        decided_by=by,
        outcome=Outcome.INSUFFICIENT_EVIDENCE,
        action=Action.LIFT if lifts else "",
        undoes=decision,
        rationale_sealed=account.seal(words, context="decision.rationale"),
        decided_at=at,
        recorded_at=at,
    )
    detections = list(
        Detection.objects.filter(case=decision.case)
        .select_related("detector", "account")
        .newest_first()
    )
    line = entry_of(
        undoing, "decision.made", by=by, clauses=(), detections=detections, labels=(), at=at
    )
    record(line, at=at)
    enforcements = enforcing.request(decision=undoing, at=at, due_at=at, actor=by.actor)
    notifying.request(
        decision=undoing, clauses=(), enforcements=enforcements, stages=(), reason="",
        locale=account.locale, at=at, actor=by.actor,
    )  # fmt: skip
    clearing.end_with(decision=decision, by=by, at=at)
    labelling.retract(decision=decision, actor=by.actor, at=at)
    return undoing
