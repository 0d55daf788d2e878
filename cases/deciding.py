"""An analyst's decision on a case: one transaction, from the verdict to its promises."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction

from cases import claiming, enforcing, labelling, notifying
from cases.enums import (
    Action,
    CaseState,
    ClaimEnding,
    Confidence,
    LabelSource,
    LabelValue,
    Maker,
    Outcome,
)
from cases.models import (
    Account,
    Case,
    Citation,
    Claim,
    Decision,
    Detection,
    PolicyClause,
)
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.refs import next_refs
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

LONGEST_TEMPORARY_BAN = timedelta(days=365)
LONGEST_TEXT = 5_000
MOST_CITED = 200

# An item of evidence by its identity: source, id, occurred_at.
Cited = tuple[int, UUID, datetime]


class CannotDecide(Refused):
    """This can't be decided so."""


class AlreadyDecided(CannotDecide):
    """This case was decided meanwhile."""


class StalePage(CannotDecide):
    """Something arrived on this case while you were deciding. Look at it, then decide again."""


class NotHeld(CannotDecide):
    """Take this case before deciding it."""


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
) -> Decision:
    """Settle `case` with a reasoned outcome, and promise what follows from it.

    Writes the Decision with its clauses and citations, the Enforcement and Notification it
    asks for, the labels of the case's detections and the ledger, settles the case and closes
    the claim, all or nothing. `seen_version` is the Case.version that the page showed;
    `action` is empty to ask nothing of the platform; `reason` and `locale` are what the
    person is told, `rationale` what colleagues read; `until` ends a temporary ban.

    Raises a CannotDecide: NotHeld, AlreadyDecided, StalePage, or one whose `pointer` names
    the argument at fault.
    """
    _check_fields(
        at=at, outcome=outcome, action=action, until=until, clauses=clauses,
        rationale=rationale, reason=reason, confidence=confidence, cited=cited,
    )  # fmt: skip
    with transaction.atomic():
        # Everywhere the account is locked before its case, and both before its enforcements.
        account = Account.objects.select_for_update(no_key=True).get(pk=case.account_id)
        case = Case.objects.select_for_update(of=("self",)).select_related("queue").get(pk=case.pk)
        case.account = account
        if case.is_settled:
            raise AlreadyDecided(f"{case.ref} was decided meanwhile.")
        try:
            claim = claiming.take_again(case=case, by=by, now=at)
        except Refused as lost:
            raise NotHeld(str(lost)) from lost
        if seen_version != case.version:
            raise StalePage
        detections = list(
            Detection.objects.filter(case=case).select_related("detector", "account")
            .newest_first()
        )  # fmt: skip
        decision = Decision.objects.create(
            ref=next_refs("D")[0],
            account=account,
            case=case,
            maker=_maker(outcome, detections),
            decided_by=by,
            outcome=outcome,
            action=action,
            until=until,
            confidence=confidence,
            rationale_sealed=account.seal(rationale, context="decision.rationale"),
            reason_sealed=account.seal(reason, context="decision.reason") if reason else None,
            decided_at=at,
            recorded_at=at,
        )
        decision.clauses.add(*clauses)
        _cite(decision, cited)
        case.move_to(CaseState.DECIDED, at=at)
        case.version += 1
        case.save(update_fields=["state", "settled_at", "version"])
        Claim.objects.unreleased().filter(pk=claim.pk).update(
            released_at=at, ending=ClaimEnding.DECIDED
        )
        labels = labels_for(detections, outcome=outcome, clauses=clauses)
        record(_entry(decision, by, clauses, detections, labels), at=at)
        enforcements = enforcing.request(decision=decision, at=at, actor=by.actor)
        notifying.request(
            decision=decision, clauses=clauses, enforcements=enforcements,
            reason=reason, locale=locale, at=at, actor=by.actor,
        )  # fmt: skip
        labelling.give(
            labels=labels, source=LabelSource.ANALYST, decision=decision,
            actor=by.actor, at=at,
        )  # fmt: skip
    return decision


def labels_for(
    detections: Sequence[Detection], *, outcome: str, clauses: Sequence[PolicyClause]
) -> list[tuple[Detection, LabelValue]]:
    """The label that such a decision gives each detection it says something about."""
    codes = {detection.policy for detection in detections}
    # In the order of versions, so that the newest one's family stands.
    versions = PolicyClause.objects.filter(code__in=codes).order_by("version")
    families = dict(versions.values_list("code", "family"))
    valued = (
        (
            detection,
            labelling.value_for(detection, outcome=outcome, cited=clauses, families=families),
        )
        for detection in detections
    )
    return [(detection, value) for detection, value in valued if value is not None]


def _check_fields(
    *,
    at: datetime,
    outcome: str,
    action: str,
    until: datetime | None,
    clauses: Sequence[PolicyClause],
    rationale: str,
    reason: str,
    confidence: str,
    cited: Sequence[Cited],
) -> None:
    def refuse_if(wrong: bool, message: str, pointer: str) -> None:
        if wrong:
            raise CannotDecide(message, pointer=pointer)

    violation = outcome == Outcome.VIOLATION
    restricts = bool(action) and action != Action.LIFT
    refuse_if(outcome not in Outcome.values, "Choose an outcome.", "outcome")
    refuse_if(confidence not in Confidence.values, "Say how sure you are.", "confidence")
    refuse_if(bool(action) and action not in Action.values, "Choose an action.", "action")
    refuse_if(
        restricts and not violation,
        "An account is restricted only for a violation. Choose that outcome, or no action.",
        "action",
    )
    refuse_if(
        action == Action.LIFT and violation,
        "A violation can't lift what stands. Choose another outcome or action.",
        "action",
    )
    refuse_if(violation and not clauses, "Name the rule that was violated.", "clauses")
    refuse_if(not violation and bool(clauses), "Only a violation names a rule.", "clauses")
    if action == Action.TEMPORARY_BAN:
        refuse_if(until is None, "Say when the temporary ban ends.", "until")
        assert until is not None
        refuse_if(until <= at, "A temporary ban ends in the future.", "until")
        refuse_if(
            until > at + LONGEST_TEMPORARY_BAN,
            "A temporary ban lasts at most 365 days.",
            "until",
        )
    else:
        refuse_if(until is not None, "Only a temporary ban has an end.", "until")
    refuse_if(not rationale.strip(), "Say why, in a line, for colleagues.", "rationale")
    refuse_if(bool(action) and not reason.strip(), "Write what the person is told.", "reason")
    for text, pointer in ((rationale, "rationale"), (reason, "reason")):
        refuse_if(len(text) > LONGEST_TEXT, f"At most {LONGEST_TEXT:,} characters.", pointer)
        refuse_if("\x00" in text, "Remove the NUL character.", pointer)
    refuse_if(len(cited) > MOST_CITED, f"Cite at most {MOST_CITED} items.", "cited")


def _maker(outcome: str, detections: Sequence[Detection]) -> Maker:
    """Partially automated where a person confirmed what a detector found."""
    confirmed = outcome == Outcome.VIOLATION and bool(detections)
    return Maker.PARTIALLY_AUTOMATED if confirmed else Maker.ANALYST


def _cite(decision: Decision, cited: Sequence[Cited]) -> None:
    wanted = sorted(set(cited), key=lambda item: (item[2], item[1]))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM unnest(%s::bigint[], %s::uuid[], %s::timestamptz[])
                AS wanted (source_id, id, occurred_at)
              JOIN cases_evidenceitem USING (source_id, id, occurred_at)
             WHERE account_id = %s
            """,
            [*map(list, zip(*wanted, strict=True)), decision.account_id]
            if wanted
            else [[], [], [], decision.account_id],
        )
        [found] = cursor.fetchone()
    if found != len(wanted):
        raise CannotDecide("A cited item is not evidence of this account.", pointer="cited")
    Citation.objects.bulk_create(
        Citation(
            id=uuid7(),
            decision=decision,
            evidence_source_id=source_id,
            evidence_id=evidence_id,
            occurred_at=occurred_at,
        )
        for source_id, evidence_id, occurred_at in wanted
    )


def _telling(
    detections: Sequence[Detection], labels: Sequence[tuple[Detection, LabelValue]]
) -> Detection | None:
    """The detection a report files the decision under: the newest it confirms, else the newest."""
    for detection, value in labels:
        if value == LabelValue.VIOLATION:
            return detection
    return detections[0] if detections else None


def _entry(
    decision: Decision,
    by: "User",
    clauses: Sequence[PolicyClause],
    detections: Sequence[Detection],
    labels: Sequence[tuple[Detection, LabelValue]],
) -> Entry:
    account, detection = decision.account, _telling(detections, labels)
    return Entry(
        kind="decision.made",
        actor=by.actor,
        happened_at=decision.decided_at,
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
        },
    )
