"""Why an account is here: what every detector found, and how far to trust it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from django.urls import reverse

from cases.casefile.address import Address
from cases.casefile.counting import counted
from cases.casefile.lanes import Lane, lane_of_stage
from cases.casefile.moments import observed_at
from cases.casefile.records import Record, record_of, records_for
from cases.casefile.sealed import words_of
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
class Fired:
    """A detection of a version that fired more than once."""

    at: datetime
    score: str
    url: str


@dataclass(frozen=True, slots=True)
class TellingDetection:
    """A detector's version firing on an account, as `components/_detection.html` wants it."""

    detector: str
    version: str
    url: str
    lane: Lane
    stage: str
    score: str
    # Of a gauge, in percent.
    fill: float
    sure: bool
    doubtful: bool
    at: datetime
    # Where it stands on the timeline.
    moment_url: str
    enforced: bool
    joined: bool
    repeats: str
    repeated: list[Fired]
    policy: str
    reports: str
    reasons: list[str]
    signals: list[DrawnSignal]
    record: Record
    # Because of which clearing it opened no case, in words; empty where of none.
    held_back: str


@dataclass(frozen=True, slots=True)
class Why:
    """What detectors found: for the case that is looked at, and apart from it."""

    detections: list[TellingDetection]
    # Of earlier cases, of automation alone, or held back.
    others: list[TellingDetection] = field(default_factory=list)
    # Those that are sure and those that doubt it, where there are both; else nothing.
    sure: list[TellingDetection] = field(default_factory=list)
    doubtful: list[TellingDetection] = field(default_factory=list)
    # Whether there are more, older than the newest.
    partial: bool = False
    # The code of the rule that the strongest detection of the case names.
    strongest: str = ""

    def context(self) -> dict[str, Any]:
        """As `cases/_why.html` wants it."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def why_here(account: Account, *, case: Case | None, address: Address) -> Why:
    """Every version that named `account`, the newest first, its newest detection in full.

    Three queries.
    """
    detections = list(
        Detection.objects.filter(account=account)
        .for_case_file()
        .select_related("clearing__made_by")[:_NEWEST]
    )
    records = records_for((d.detector_id, d.version) for d in detections)
    titles = clause_titles({d.policy for d in detections})
    groups: dict[tuple[Any, ...], list[Detection]] = {}
    for detection in detections:
        key = (
            _is_of(detection, case),
            detection.detector_id,
            detection.version,
            detection.policy,
            detection.clearing_id,
        )
        groups.setdefault(key, []).append(detection)
    alone = any(fired[0].verdict == Verdict.ENFORCED for fired in groups.values())
    told: dict[bool, list[TellingDetection]] = {True: [], False: []}
    for (here, detector_id, version, policy, _), fired in groups.items():
        told[here].append(
            _telling(
                fired,
                account,
                case,
                address,
                policy=titles.get(policy, policy),
                record=records.get((detector_id, version), record_of(0, 0)),
                doubt_below=_SURE if alone else _DOUBTFUL,
            )
        )
    # What somebody else is sure of says something about this case too.
    sure, doubtful = _sides([*told[True], *told[False]])
    return Why(
        detections=told[True],
        others=told[False],
        sure=sure,
        doubtful=doubtful,
        partial=len(detections) == _NEWEST,
        strongest=_strongest(each for each in detections if _is_of(each, case)),
    )


def told(
    detections: Sequence[Detection], *, account: Account, case: Case | None, address: Address
) -> list[TellingDetection]:
    """`detections` of one account as `why_here` tells them, each version once. Two queries.

    Newest first; need `detector` loaded.
    """
    records = records_for((each.detector_id, each.version) for each in detections)
    titles = clause_titles({each.policy for each in detections})
    groups: dict[tuple[int, str, str], list[Detection]] = {}
    for each in detections:
        groups.setdefault((each.detector_id, each.version, each.policy), []).append(each)
    return [
        _telling(
            fired,
            account,
            case,
            address,
            policy=titles.get(policy, policy),
            record=records.get((detector_id, version), record_of(0, 0)),
            doubt_below=_DOUBTFUL,
        )
        for (detector_id, version, policy), fired in groups.items()
    ]


def _strongest(detections: Iterable[Detection]) -> str:
    return max(((each.score, each.policy) for each in detections), default=(0.0, ""))[1]


def _is_of(detection: Detection, case: Case | None) -> bool:
    """Whether it is one of the reasons looked at: of the case, or of an account without one."""
    if detection.clearing_id:
        return False
    return case is None or detection.case_id == case.pk


def _telling(
    fired: Sequence[Detection],
    account: Account,
    case: Case | None,
    address: Address,
    *,
    policy: str,
    record: Record,
    doubt_below: float,
) -> TellingDetection:
    first, *before = fired
    enforced = first.verdict == Verdict.ENFORCED
    return TellingDetection(
        detector=first.detector.name,
        version=first.version,
        url=f"{reverse('cases:detectors')}#{first.detector.name}-{first.version}",
        lane=lane_of_stage(first.stage),
        stage=first.get_stage_display(),
        score=f"{first.score:.2f}",
        fill=round(first.score * 100, 1),
        sure=enforced or first.score >= _SURE,
        doubtful=not enforced and first.score < doubt_below,
        at=first.received_at,
        moment_url=str(address.to_moment(observed_at(first))),
        enforced=enforced,
        joined=case is not None and first.case_id == case.pk and first.received_at > case.opened_at,
        repeats=_repeats(before),
        repeated=[
            Fired(each.received_at, f"{each.score:.2f}", str(address.to_moment(observed_at(each))))
            for each in before
        ],
        policy=policy,
        reports=_reports(first.user_reports_before),
        reasons=_reasons(first, account),
        signals=[drawn(signal) for signal in first.signal_values()],
        record=record,
        held_back=_held_back(first),
    )


def _sides(
    detections: Sequence[TellingDetection],
) -> tuple[list[TellingDetection], list[TellingDetection]]:
    """Those that are sure and those that doubt, surest and most doubtful first; both or none."""
    sure = sorted((each for each in detections if each.sure), key=lambda each: -each.fill)
    doubtful = sorted((each for each in detections if each.doubtful), key=lambda each: each.fill)
    return (sure, doubtful) if sure and doubtful else ([], [])


def clause_titles(codes: set[str]) -> dict[str, str]:
    """What the newest version of each clause is called, by code."""
    clauses = PolicyClause.objects.filter(code__in=codes).order_by("code", "version")
    return {clause.code: clause.title for clause in clauses}


def _held_back(detection: Detection) -> str:
    clearing = detection.clearing
    if clearing is None:
        return ""
    what = "protected" if clearing.is_protection else "cleared"
    return f"held back: {what} by {clearing.made_by.name} until {clearing.until:%-d %b %Y}"


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
    reason = words_of(case.opening_reason)
    return f"Opened by {opener.name}" + (f": {reason}" if reason else "")
