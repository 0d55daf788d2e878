"""What automated systems report as done: a decision without a case, applied already."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cases import notifying, nudging
from cases.enums import EnforcementState, Maker, NotificationState, Outcome
from cases.intake.bulk import add_all
from cases.intake.knowing import Known
from cases.intake.sent import SentDetection
from cases.models import Decision, Enforcement, Notification, PolicyClause
from reviewapp.kernel.encryption import seal
from reviewapp.kernel.refs import next_refs
from reviewapp.ledger.recording import Entry

if TYPE_CHECKING:
    from reviewapp.staff.models import Source


@dataclass(frozen=True, slots=True)
class Report:
    """An ENFORCED detection that was kept, with the decision it already names."""

    sent: SentDetection
    account: Known
    decision_id: UUID
    clause: PolicyClause
    enforced_at: datetime


def record_automated(
    *, source: "Source", reports: Sequence[Report], sequences: dict[UUID, int], at: datetime
) -> tuple[dict[UUID, str], list[Entry]]:
    """Write each report's Decision, applied Enforcement and, where asked, Notification.

    What had reached its end before it was reported is EXPIRED at once: there is nothing to lift.
    `sequences` holds each account's last sequence number; its row is locked. Runs in the
    caller's transaction. Returns the enforcements' refs by decision, and the ledger's entries.
    """
    if not reports:
        return {}, []
    decisions = _decide(reports, at=at)
    enforcements = _apply(reports, sequences, at=at)
    told = [
        (report, enforcement)
        for report, enforcement in zip(reports, enforcements, strict=True)
        if report.sent.notify
    ]
    notifications = _tell(told, at=at)
    entries: list[Entry] = []
    for report, decision, enforcement in zip(reports, decisions, enforcements, strict=True):
        entries += _entries(report, decision, enforcement, source)
    for (report, enforcement), notification in zip(told, notifications, strict=True):
        entries.append(_told_entry(report, enforcement, notification, at))
    refs = {
        report.decision_id: enforcement.ref
        for report, enforcement in zip(reports, enforcements, strict=True)
    }
    return refs, entries


def _decide(reports: Sequence[Report], *, at: datetime) -> list[Decision]:
    refs = next_refs("D", len(reports))
    decisions = [
        Decision(
            id=report.decision_id,
            ref=ref,
            account_id=report.account.pk,
            maker=Maker.AUTOMATED,
            outcome=Outcome.VIOLATION,
            action=str(report.sent.action),
            until=report.sent.until,
            user_reports_before=report.sent.user_reports_before,
            decided_at=report.enforced_at,
            recorded_at=at,
        )
        for report, ref in zip(reports, refs, strict=True)
    ]
    add_all(decisions)
    cites = Decision.clauses.through
    add_all(
        [
            cites(decision_id=report.decision_id, policyclause_id=report.clause.pk)
            for report in reports
        ]
    )
    return decisions


def _apply(
    reports: Sequence[Report], sequences: dict[UUID, int], *, at: datetime
) -> list[Enforcement]:
    """Write the enforcements, each under the next sequence number of its account."""
    enforcements = []
    for report, ref in zip(reports, next_refs("E", len(reports)), strict=True):
        sequences[report.account.pk] += 1
        until = report.sent.until
        over = until is not None and until <= at
        enforcements.append(
            Enforcement(
                ref=ref,
                account_id=report.account.pk,
                decision_id=report.decision_id,
                sequence=sequences[report.account.pk],
                action=str(report.sent.action),
                policy=report.clause.code,
                until=until,
                state=EnforcementState.EXPIRED if over else EnforcementState.APPLIED,
                requested_at=report.enforced_at,
                acknowledged_at=report.enforced_at,
                applied_at=report.enforced_at,
                ended_at=until if over else None,
            )
        )
    add_all(enforcements)
    return enforcements


def _tell(told: Sequence[tuple[Report, Enforcement]], *, at: datetime) -> list[Notification]:
    """Promise to tell the people concerned; what they are told of is there already."""
    if not told:
        return []
    notifications = []
    for (report, enforcement), ref in zip(told, next_refs("N", len(told)), strict=True):
        language = notifying.language_of(report.account.locale)
        subject, text = notifying.compose(
            action=str(report.sent.action),
            since=report.enforced_at,
            until=report.sent.until,
            rule=report.clause.words_for(language),
            stages=[report.sent.stage.value],
            reason="",
            locale=language,
            maker=Maker.AUTOMATED,
        )
        notifications.append(
            Notification(
                ref=ref,
                account_id=report.account.pk,
                decision_id=report.decision_id,
                enforcement=enforcement,
                locale=language,
                subject=subject,
                text_sealed=seal(text, key=report.account.wrapped_key, context="notification.text"),
                state=NotificationState.REQUESTED,
                due_at=at,
                requested_at=at,
            )
        )
    add_all(notifications)
    nudging.on_commit()
    return notifications


def _entries(
    report: Report, decision: Decision, enforcement: Enforcement, source: "Source"
) -> Iterator[Entry]:
    """A decision made and an enforcement applied, both when the automated system did it, and the
    end of what is over."""
    sent, account = report.sent, report.account
    said: dict[str, Any] = {
        "actor": f"detector:{sent.detector}@{sent.version}",
        "happened_at": report.enforced_at,
        "account": account.ref,
        "country_prefix": account.country_prefix,
        "surface": account.surface,
        "stage": sent.stage.value,
        "detector": sent.detector,
        "detector_version": sent.version,
        "policy": sent.policy,
        "action": str(sent.action),
        "maker": Maker.AUTOMATED.value,
    }
    until = sent.until.isoformat() if sent.until else None
    yield Entry(
        kind="decision.made",
        outcome=Outcome.VIOLATION,
        **said,
        particulars={
            "decision": decision.ref,
            "clauses": [f"{report.clause.code}@{report.clause.version}"],
            "user_reports_before": sent.user_reports_before,
            "until": until,
            "source": source.name,
        },
    )
    particulars = {
        "enforcement": enforcement.ref,
        "decision": decision.ref,
        "sequence": enforcement.sequence,
        "until": until,
        "by": "report",
    }
    yield Entry(
        kind="enforcement.applied",
        outcome=EnforcementState.APPLIED,
        **said,
        particulars=particulars,
    )
    if enforcement.ended_at is not None:
        yield Entry(
            kind="enforcement.expired",
            outcome=EnforcementState.EXPIRED,
            **said | {"happened_at": enforcement.ended_at},
            particulars=particulars,
        )


def _told_entry(
    report: Report, enforcement: Enforcement, notification: Notification, at: datetime
) -> Entry:
    return Entry(
        kind="notification.requested",
        actor=f"detector:{report.sent.detector}@{report.sent.version}",
        happened_at=at,
        account=report.account.ref,
        country_prefix=report.account.country_prefix,
        surface=report.account.surface,
        action=str(report.sent.action),
        outcome=notification.state,
        maker=Maker.AUTOMATED,
        particulars={
            "notification": notification.ref,
            "enforcement": enforcement.ref,
            "locale": notification.locale,
        },
    )
