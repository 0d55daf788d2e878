"""Why cases are there: the detectors that fired, in a few words each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cases.casefile.lanes import Lane, lane_of_stage
from cases.enums import CaseOrigin
from cases.models import Case, Detection


@dataclass(frozen=True, slots=True)
class Reason:
    """A detector's strongest detection of a case, or, without a detector, who opened it."""

    words: str
    lane: Lane
    stage: str
    detector: str = ""


def reasons_of(cases: Sequence[Case]) -> dict[UUID, Reason]:
    """The first reason of each of `cases`. One query."""
    return {pk: reasons[0] for pk, reasons in every_reason_of(cases).items()}


def every_reason_of(cases: Sequence[Case]) -> dict[UUID, list[Reason]]:
    """The reasons of each of `cases`, strongest first, and never none. One query."""
    found: dict[UUID, list[Detection]] = defaultdict(list)
    for detection in (
        Detection.objects.filter(case__in=[case.pk for case in cases])
        .select_related("detector")
        .only("case_id", "detector_id", "score", "stage", "version", "detector__name")
        .order_by("case_id", "detector_id", "-score", "-id")
        .distinct("case_id", "detector_id")
    ):
        found[detection.case_id].append(detection)
    return {
        case.pk: [_reason(each) for each in sorted(found[case.pk], key=lambda one: -one.score)]
        or [_opened(case)]
        for case in cases
    }


def _reason(detection: Detection) -> Reason:
    return Reason(
        f"{detection.detector.name} {detection.version} · {detection.score:.2f}",
        lane_of_stage(detection.stage),
        detection.get_stage_display(),
        detection.detector.name,
    )


def _opened(case: Case) -> Reason:
    words = "Opened by a colleague"
    if case.origin != CaseOrigin.ANALYST_INITIATED:
        words = case.get_origin_display()
    return Reason(words, Lane.HANDLING, "")
