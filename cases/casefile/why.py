"""Why an account is here: what every detector found, and how far to trust it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from cases.casefile.counting import counted
from cases.casefile.lanes import Lane, lane_of_stage
from cases.casefile.records import Record, record_of, records_for
from cases.casefile.signals import DrawnSignal, drawn
from cases.enums import Verdict
from cases.models import Account, Case, Detection, PolicyClause
from reviewapp.kernel.encryption import Erased

# The newest, of which each version is told once: more than a person reads, and a bound.
_NEWEST = 100
# Detectors disagree when one is this sure and another this doubtful about the same account.
_SURE = 0.6
_DOUBTFUL = 0.4


@dataclass(frozen=True, slots=True)
class TellingDetection:
    """A detector's version firing on an account, as `components/_detection.html` wants it."""

    detector: str
    version: str
    url: str
    lane: Lane
    stage: str
    score: str
    score_words: str
    at: datetime
    enforced: bool
    joined: bool
    repeats: str
    policy: str
    reports: str
    reasons: list[str]
    signals: list[DrawnSignal]
    record: Record


def why_here(account: Account, *, case: Case | None) -> list[TellingDetection]:
    """Every version that named `account`, the surest first, its newest detection in full.

    Three queries.
    """
    detections = list(Detection.objects.filter(account=account).for_case_file()[:_NEWEST])
    records = records_for((d.detector_id, d.version) for d in detections)
    titles = clause_titles({d.policy for d in detections})
    newest: dict[tuple[int, str, str], list[Detection]] = {}
    for detection in detections:
        key = (detection.detector_id, detection.version, detection.policy)
        newest.setdefault(key, []).append(detection)
    surest = max((fired[0].score for fired in newest.values()), default=0.0)
    return [
        TellingDetection(
            detector=first.detector.name,
            version=first.version,
            url=f"{reverse('cases:detectors')}#{first.detector.name}-{first.version}",
            lane=lane_of_stage(first.stage),
            stage=first.get_stage_display(),
            score=f"{first.score:.2f}",
            score_words=_disagreement(first.score, surest),
            at=first.received_at,
            enforced=first.verdict == Verdict.ENFORCED,
            joined=case is not None and first.received_at > case.opened_at,
            repeats=_repeats(before),
            policy=titles.get(first.policy, first.policy),
            reports=_reports(first.user_reports_before),
            reasons=_reasons(first, account),
            signals=[drawn(signal) for signal in first.signal_values()],
            record=records.get((first.detector_id, first.version), record_of(0, 0)),
        )
        for first, *before in sorted(newest.values(), key=lambda fired: -fired[0].score)
    ]


def clause_titles(codes: set[str]) -> dict[str, str]:
    """What the newest version of each clause is called, by code."""
    clauses = PolicyClause.objects.filter(code__in=codes).order_by("code", "version")
    return {clause.code: clause.title for clause in clauses}


def _disagreement(score: float, surest: float) -> str:
    return "disagrees" if score < _DOUBTFUL and surest >= _SURE else ""


def _reports(before: int | None) -> str:
    """What the detector knew of reports; empty where it did not say."""
    if before is None:
        return ""
    return f"{counted(before, 'report') if before else 'no report'} by users when it fired"


def _repeats(before: list[Detection]) -> str:
    if not before:
        return ""
    scores = [detection.score for detection in before]
    times = counted(len(before), "time")
    if len(before) == 1:
        return f"Fired once before, at {scores[0]:.2f}"
    return f"Fired {times} before, at {min(scores):.2f} to {max(scores):.2f}"


def _reasons(detection: Detection, account: Account) -> list[str]:
    # The account is loaded already, with its key.
    detection.account = account
    try:
        return detection.reasons()
    except Erased:
        return []


def origin_words(case: Case, opener: Any) -> str:
    """Why a person opened the case; empty where a detector did."""
    if opener is None:
        return ""
    try:
        reason = case.opening_reason()
    except Erased:
        reason = ""
    return f"Opened by {opener.name}" + (f": {reason}" if reason else "")
