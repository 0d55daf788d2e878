"""Plain makers of accounts, detections and cases, keyword-only; everything has a default."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from cases.enums import Action, EnforcementState, Stage, Verdict
from cases.models import (
    Account,
    Case,
    Decision,
    Detection,
    Detector,
    Enforcement,
    EvidenceItem,
    PolicyClause,
    Queue,
)
from reviewapp.kernel import encryption
from reviewapp.kernel.ids import evidence_id
from reviewapp.kernel.refs import next_refs
from reviewapp.staff.models import Source

NOON = datetime.fromisoformat("2026-03-10T12:00:00+00:00")
SIGNAL = {"name": "MSG_BURST_MAX_15S", "value": 38, "threshold": 30, "unit": "messages"}
_numbers = count(1)


def make_source(*, name: str = "test-detectors") -> Source:
    return Source.objects.get_or_create(name=name, defaults={"created_at": NOON})[0]


def make_account(
    *,
    external_id: str = "",
    phone: str = "",
    country: str = "IN",
    locale: str = "en",
    at: datetime = NOON,
    **fields: Any,
) -> Account:
    number = next(_numbers)
    phone = phone or f"+9198765{number:05}"
    account = Account(
        ref=next_refs("A")[0],
        external_id=external_id or f"acc-{number}",
        wrapped_key=encryption.new_key(),
        country=country,
        country_prefix="+91" if country == "IN" else "",
        locale=locale,
        registered_at=at - timedelta(days=30),
        created_at=at,
        changed_at=at,
        **fields,
    )
    account.phone_sealed = account.seal(phone, context="account.phone")
    account.phone_index = encryption.blind_index(phone, purpose="account.phone")
    account.save(force_insert=True)
    return account


def make_case(
    *,
    account: Account | None = None,
    queue: Queue | None = None,
    at: datetime = NOON,
    severity: float = 20,
    detections: int = 1,
    policy: str = "BULK_MESSAGING",
    detector: str = "message-burst",
) -> Case:
    """An open case with its detections, in a queue where analysts decide alone unless told."""
    account = account or make_account(at=at)
    alone = Queue.objects.filter(worked_by__contains=["ANALYST"], approval_actions=[])
    queue = queue or alone.order_by("position")[0]
    case = Case(
        ref=next_refs("C")[0],
        account=account,
        queue=queue,
        opened_at=at,
        severity_points=severity,
        detection_count=detections,
        top_score=0.7 if detections else 0,
        stages=[Stage.MESSAGING],
        detectors=[detector],
        policies=[policy],
        country=account.country,
        surface=account.surface,
    )
    case.reprice()
    case.save(force_insert=True)
    for _ in range(detections):
        make_detection(account=account, case=case, policy=policy, detector=detector, at=at)
    return case


def make_detection(
    *,
    account: Account,
    case: Case | None = None,
    policy: str = "BULK_MESSAGING",
    detector: str = "message-burst",
    version: str = "1.0",
    score: float = 0.7,
    at: datetime = NOON,
    signals: Sequence[dict[str, Any]] = (SIGNAL,),
    user_reports_before: int | None = None,
    **fields: Any,
) -> Detection:
    source = make_source()
    named, _ = Detector.objects.get_or_create(
        name=detector, defaults={"source": source, "first_seen_at": at}
    )
    return Detection.objects.create(
        source=source,
        sender_id=f"det-{next(_numbers)}",
        digest=b"\0" * 16,
        account=account,
        detector=named,
        version=version,
        stage=fields.pop("stage", Stage.MESSAGING),
        score=score,
        policy=policy,
        verdict=fields.pop("verdict", Verdict.REVIEW),
        signals=list(signals),
        user_reports_before=user_reports_before,
        case=case,
        received_at=at,
        **fields,
    )


def make_evidence(
    *,
    account: Account,
    at: datetime = NOON,
    kind: str = "message.sent",
    stage: str = Stage.MESSAGING,
    **data: Any,
) -> EvidenceItem:
    source = make_source()
    sender_id = f"ev-{next(_numbers)}"
    return EvidenceItem.objects.create(
        id=evidence_id(occurred_at=at, source_id=source.pk, sender_id=sender_id),
        source=source,
        sender_id=sender_id,
        account=account,
        stage=stage,
        kind=kind,
        occurred_at=at,
        recorded_at=at,
        people=1,
        data=data,
        digest=b"\0" * 16,
    )


def verdict(case: Case, **changed: Any) -> dict[str, Any]:
    """The arguments of a plain decision on `case`: a warning for bulk messaging."""
    arguments: dict[str, Any] = {
        "seen_version": case.version,
        "outcome": "VIOLATION",
        "action": Action.WARN,
        "until": None,
        "clauses": [clause("BULK_MESSAGING")],
        "rationale": "Bursts to strangers.",
        "reason": "You wrote to many people who do not know you.",
        "locale": "en",
        "confidence": "HIGH",
        "cited": [],
    }
    return arguments | changed


def clause(code: str) -> PolicyClause:
    return PolicyClause.objects.current(at=NOON).get(code=code)


def make_enforcement(
    *,
    account: Account,
    action: str = Action.PERMANENT_BAN,
    state: str = EnforcementState.APPLIED,
    until: datetime | None = None,
    at: datetime = NOON,
) -> Enforcement:
    """An enforcement with an automated decision behind it."""
    decision = Decision.objects.create(
        ref=next_refs("D")[0],
        account=account,
        maker="AUTOMATED",
        outcome="VIOLATION",
        action=action,
        until=until,
        decided_at=at,
        recorded_at=at,
    )
    account.last_sequence += 1
    account.save(update_fields=["last_sequence"])
    applied = state == EnforcementState.APPLIED
    return Enforcement.objects.create(
        ref=next_refs("E")[0],
        account=account,
        decision=decision,
        sequence=account.last_sequence,
        action=action,
        until=until,
        state=state,
        requested_at=at,
        applied_at=at if applied else None,
        due_at=None if applied else at,
    )


def identity(item: EvidenceItem) -> tuple[int, UUID, datetime]:
    return (item.source_id, item.id, item.occurred_at)
