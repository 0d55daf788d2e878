"""A decision on a case: one transaction, from the verdict to its promises."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Final

from django.db import transaction

from cases import citing, claiming, clearing, enforcing, labelling, notifying
from cases.enums import (
    Action,
    ApprovalCause,
    CaseState,
    ClaimEnding,
    LabelSource,
    LabelValue,
    Maker,
    Outcome,
    Stage,
)
from cases.locking import Matter, StalePage, lock
from cases.models import (
    Account,
    Case,
    Claim,
    Decision,
    Detection,
    PolicyClause,
)
from cases.models.cases import RESERVATION
from cases.verdict import CannotDecide, Cited, Verdict, check_fields, needs_approval
from reviewapp.kernel.refs import next_refs
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

__all__ = [
    "HELD",
    "AlreadyDecided",
    "CannotDecide",
    "Cited",
    "NeedsSecondPerson",
    "NotHeld",
    "StalePage",
    "check_fields",
    "decide",
    "needs_approval",
]


class When(Enum):
    """When a decision takes effect, where that is no time."""

    HELD = "held back until enforcing.release"


HELD: Final = When.HELD


class AlreadyDecided(CannotDecide):
    """This case was decided meanwhile."""


class AwaitsApproval(CannotDecide):
    """This case waits for a second person's answer."""


class NotHeld(CannotDecide):
    """Take this case before deciding it."""


class NeedsSecondPerson(CannotDecide):
    """This decision needs a second person."""

    def __init__(self, causes: Sequence[ApprovalCause]) -> None:
        """`causes` are why."""
        why = "; ".join(str(cause.label).lower() for cause in causes)
        super().__init__(f"This decision needs a second person: {why}.")
        self.causes = list(causes)


def decide(
    *,
    case: Case,
    by: "User",
    at: datetime,
    seen_version: int,
    outcome: str,
    action: str,
    until: datetime | None,
    clauses: Sequence[PolicyClause],
    rationale: str,
    reason: str,
    locale: str,
    confidence: str,
    cited: Sequence[Cited],
    effective_at: datetime | When | None = None,
    approved_by: "User | None" = None,
    clears: clearing.Terms | None = None,
) -> Decision:
    """Settle `case` with a reasoned outcome, and promise what follows from it.

    Writes the Decision with its clauses and citations, the Enforcement and Notification it
    asks for, the labels of the case's detections and the ledger, settles the case and closes
    the claim, all or nothing; the same for each case that was merged into it.
    `seen_version` is the Case.version that the page showed; for the rest see Verdict. Nothing
    reaches the platform before `effective_at`; until then withdrawing.withdraw takes it back.
    HELD leaves that moment open, until enforcing.release. With `clears` the account is cleared
    on these terms, too.

    Raises a CannotDecide: NotHeld, AlreadyDecided, AwaitsApproval, StalePage,
    NeedsSecondPerson where `approved_by` is nobody and one is needed, or one whose `pointer`
    names the argument at fault.
    """
    verdict = Verdict(
        outcome=outcome, action=action, until=until, clauses=clauses, rationale=rationale,
        reason=reason, locale=locale, confidence=confidence, cited=cited,
    )  # fmt: skip
    verdict.check(at=at)
    with transaction.atomic():
        matter = hold(case, by=by, at=at, seen_version=seen_version)
        causes = matter.needs_approval(verdict)
        if causes and approved_by is None:
            raise NeedsSecondPerson(causes)
        decision = settle(
            matter, verdict=verdict, by=by, at=at, effective_at=effective_at,
            approved_by=approved_by,
        )  # fmt: skip
        if clears is not None:
            _clear(decision, clears, by=by, at=at)
        end_claim(matter.case, ClaimEnding.DECIDED, at=at)
    return decision


def _clear(decision: Decision, terms: clearing.Terms, *, by: "User", at: datetime) -> None:
    try:
        clearing.clear_with(decision=decision, terms=terms, by=by, at=at)
    except clearing.CannotClear as refused:
        # Named apart from the decision's own: both have a reason and an end.
        pointer = f"clears_{refused.pointer}" if refused.pointer else None
        raise CannotDecide(str(refused), pointer=pointer) from refused


# Steps that other journeys share


def hold(case: Case, *, by: "User", at: datetime, seen_version: int) -> Matter:
    """Lock what `by` decides, and see that it is theirs and as they saw it.

    Raises AlreadyDecided, AwaitsApproval, NotHeld or StalePage.
    """
    matter = lock(case)
    case = matter.case
    if case.is_settled:
        raise AlreadyDecided(f"{case.ref} was decided meanwhile.")
    if case.state == CaseState.AWAITING_APPROVAL:
        raise AwaitsApproval(f"{case.ref} waits for a second person's answer.")
    try:
        claiming.take_again(case=case, by=by, now=at)
    except Refused as lost:
        raise NotHeld(str(lost)) from lost
    if seen_version != case.version:
        raise StalePage
    return matter


def settle(
    matter: Matter,
    *,
    verdict: Verdict,
    by: "User",
    at: datetime,
    effective_at: datetime | When | None,
    approved_by: "User | None" = None,
) -> Decision:
    """Make the decision on the matter's case, and on each case merged into it.

    Runs in the caller's transaction, which has checked who decides what they saw.
    """
    case = matter.case
    case.move_to(CaseState.DECIDED, at=at)
    case.release_reservation()
    case.version += 1
    case.save(update_fields=["state", "settled_at", "wakes_at", "version", *RESERVATION])
    decide_one = partial(
        _decide_one, by=by, approved_by=approved_by, at=at, effective_at=effective_at
    )
    decision = decide_one(case, verdict)
    for each in matter.merged:
        decide_one(each, _of_another(verdict, each.account))
    return decision


def end_claim(case: Case, ending: ClaimEnding, *, at: datetime) -> None:
    Claim.objects.unreleased().filter(case=case).update(released_at=at, ending=ending)


def _of_another(verdict: Verdict, account: Account) -> Verdict:
    """The verdict as it falls on a merged case: citations are of the main case's account alone,
    and where nothing stands there is nothing to lift.
    """
    verdict = replace(verdict, cited=())
    if verdict.action == Action.LIFT and not enforcing.has_something_to_lift(account):
        verdict = replace(verdict, action="", reason="")
    return verdict


def _decide_one(
    case: Case,
    verdict: Verdict,
    *,
    by: "User",
    approved_by: "User | None",
    at: datetime,
    effective_at: datetime | When | None,
) -> Decision:
    account = case.account
    detections = list(
        Detection.objects.filter(case=case).select_related("detector", "account").newest_first()
    )
    if not isinstance(effective_at, datetime) or effective_at <= at:
        withdrawable_until, due_at = None, None if effective_at is HELD else at
    else:
        withdrawable_until = due_at = effective_at
    decision = Decision.objects.create(
        ref=next_refs("D")[0],
        account=account,
        case=case,
        maker=maker_of(verdict.outcome, detected=bool(detections)),
        decided_by=by,
        approved_by=approved_by,
        outcome=verdict.outcome,
        action=verdict.action,
        until=verdict.until,
        confidence=verdict.confidence,
        rationale_sealed=account.seal(verdict.rationale, context="decision.rationale"),
        reason_sealed=account.seal(verdict.reason, context="decision.reason")
        if verdict.reason
        else None,
        decided_at=at,
        effective_at=withdrawable_until,
        recorded_at=at,
    )
    decision.clauses.add(*verdict.clauses)
    stages = citing.cite(decision, verdict.cited)
    if verdict.clauses:
        clearing.end_against(decision=decision, cited=verdict.clauses, by=by, at=at)
    labels = labelling.labels_for(detections, outcome=verdict.outcome, cited=verdict.clauses)
    record(
        entry_of(
            decision, "decision.made", by=by, clauses=verdict.clauses, detections=detections,
            labels=labels, at=at,
        ),
        at=at,
    )  # fmt: skip
    enforcements = enforcing.request(decision=decision, at=at, due_at=due_at, actor=by.actor)
    notifying.request(
        decision=decision, clauses=verdict.clauses, enforcements=enforcements,
        stages=rests_on(labels, stages), reason=verdict.reason, locale=verdict.locale, at=at,
        actor=by.actor,
    )  # fmt: skip
    labelling.give(
        labels=labels, source=LabelSource.ANALYST, decision=decision, actor=by.actor, at=at
    )
    return decision


def maker_of(outcome: str, *, detected: bool) -> Maker:
    """Partially automated where a person confirmed what a detector found."""
    confirmed = outcome == Outcome.VIOLATION and detected
    return Maker.PARTIALLY_AUTOMATED if confirmed else Maker.ANALYST


def rests_on(labels: Sequence[tuple[Detection, LabelValue]], cited: Collection[str]) -> list[str]:
    """The stages that a violation rests on: of the detections that it bears out, and of what it
    cites (`cited`), in the order of an account's life.
    """
    found = {each.stage for each, value in labels if value == LabelValue.VIOLATION} | set(cited)
    return [stage for stage in Stage if stage in found]


def _telling(
    detections: Sequence[Detection], labels: Sequence[tuple[Detection, LabelValue]]
) -> Detection | None:
    """The detection a report files the decision under: the newest it confirms, else the newest."""
    for detection, value in labels:
        if value == LabelValue.VIOLATION:
            return detection
    return detections[0] if detections else None


def entry_of(
    decision: Decision,
    kind: str,
    *,
    by: "User",
    clauses: Sequence[PolicyClause],
    detections: Sequence[Detection],
    labels: Sequence[tuple[Detection, LabelValue]],
    at: datetime,
) -> Entry:
    """The ledger's line about a decision, with everything that reports group by."""
    account, detection = decision.account, _telling(detections, labels)
    return Entry(
        kind=kind,
        actor=by.actor,
        happened_at=at,
        account=account.ref,
        case=decision.case.ref if decision.case else "",
        country_prefix=account.country_prefix,
        surface=account.surface,
        stage=detection.stage if detection else "",
        detector=detection.detector.name if detection else "",
        detector_version=detection.version if detection else "",
        policy=clauses[0].code if clauses else "",
        action=decision.action,
        outcome=decision.outcome,
        maker=decision.maker,
        particulars={
            "decision": decision.ref,
            "clauses": [f"{clause.code}@{clause.version}" for clause in clauses],
            "confidence": decision.confidence,
            "cited": decision.citations.count(),
            "detections": len(detections),
            "until": decision.until.isoformat() if decision.until else None,
            "approved_by": decision.approved_by.actor if decision.approved_by else None,
            **({"undoes": decision.undoes.ref, "upon": decision.upon} if decision.undoes else {}),
        },
    )
