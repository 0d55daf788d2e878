"""How much a case matters, in points that add up and can be seen.

Each part is a plain formula over what is known, never falls while a case is open, and is stored
on the case by itself; the queue's order is made of their sum and the waiting time.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cases.models import Case

MOST_UNCERTAINTY = 20
MOST_REACH = 20
MOST_FEEDBACK = 20
REACH_DAYS = 30

_REACH_PER_TENFOLD = 5
_FEEDBACK_PER_TENFOLD = 10
_REPORT_IN_BLOCKS = 2
_JOINED_PER_DOUBLING = 4


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a priority, in points."""

    severity: float = 0
    uncertainty: float = 0
    reach: float = 0
    feedback: float = 0
    joined: float = 0

    @classmethod
    def of(cls, case: "Case") -> "Parts":
        return cls(
            case.severity_points,
            case.uncertainty_points,
            case.reach_points,
            case.feedback_points,
            case.joined_points,
        )

    def at_least(self, other: "Parts") -> "Parts":
        """The higher of both, part by part: what was once a reason to hurry stays one."""
        return Parts(
            max(self.severity, other.severity),
            max(self.uncertainty, other.uncertainty),
            max(self.reach, other.reach),
            max(self.feedback, other.feedback),
            max(self.joined, other.joined),
        )

    def put_on(self, case: "Case") -> None:
        case.severity_points = self.severity
        case.uncertainty_points = self.uncertainty
        case.reach_points = self.reach
        case.feedback_points = self.feedback
        case.joined_points = self.joined
        case.reprice()


def severity(clause_severities: Iterable[int]) -> float:
    """The gravest clause that a detection names: 0 to 40."""
    return float(max(clause_severities, default=0))


def uncertainty(scores: Iterable[float]) -> float:
    """How much a person's look is worth: 0 to 20.

    20 × the greater of how near a score comes to one half (1 at .5, 0 at 0 and 1) and how far
    the highest score lies from the lowest. A detection more never makes it less.
    """
    scores = list(scores)
    if not scores:
        return 0.0
    nearest = max(1 - abs(2 * score - 1) for score in scores)
    return MOST_UNCERTAINTY * max(nearest, max(scores) - min(scores))


def reach(recipients: int) -> float:
    """People written to, called or added in 30 days: 5 × log₁₀(1 + n), at most 20."""
    return min(MOST_REACH, _REACH_PER_TENFOLD * math.log10(1 + max(0, recipients)))


def feedback(*, reports: int, blocks: int) -> float:
    """What others said in 30 days: 10 × log₁₀(1 + 2 × reports + blocks), at most 20."""
    voices = _REPORT_IN_BLOCKS * max(0, reports) + max(0, blocks)
    return min(MOST_FEEDBACK, _FEEDBACK_PER_TENFOLD * math.log10(1 + voices))


def joined(further: int) -> float:
    """Detections after the first: 4 × log₂(1 + n). It has no limit, so each one counts."""
    return _JOINED_PER_DOUBLING * math.log2(1 + max(0, further))


class Explained(NamedTuple):
    """A part of a case's priority as it counts in the case's queue, and why it is what it is."""

    label: str
    points: float
    why: str


def explain(case: "Case") -> list[Explained]:
    """The parts that the case's priority is the sum of. Needs `queue` loaded."""
    detections = case.detection_count
    return [
        _part(case, "severity", "Severity", "The gravest of the rules it was detected under."),
        _part(
            case,
            "uncertainty",
            "Uncertainty",
            "Scores near one half, or detections that disagree, need a person most.",
        ),
        _part(case, "reach", "Reach", _reach_sentence(case.reach_points)),
        _part(
            case,
            "feedback",
            "Reports and blocks",
            f"Within {REACH_DAYS} days, whoever they came from; a report counts as two blocks."
            if case.feedback_points
            else f"Nobody reported or blocked it within {REACH_DAYS} days.",
        ),
        _part(
            case,
            "joined",
            "Joined",
            "One detection so far." if detections == 1 else f"{detections} detections so far.",
        ),
    ]


def _part(case: "Case", name: str, label: str, why: str) -> Explained:
    weight, points = case.queue.weight_of(name), getattr(case, f"{name}_points")
    if weight != 1:
        why += f" Its queue counts {points:.1f} points {weight:g} times."
    return Explained(label, weight * points, why)


def people_reached(points: float) -> int:
    """How many people `points` of reach stand for; at the most points, that many or more."""
    return round(10 ** (points / _REACH_PER_TENFOLD) - 1)


def _reach_sentence(points: float) -> str:
    people = people_reached(points)
    if points >= MOST_REACH:
        return f"It reached {people:,} people or more within {REACH_DAYS} days."
    if people == 0:
        return f"It reached nobody that we know of within {REACH_DAYS} days."
    return f"It reached {people:,} people within {REACH_DAYS} days, counted with repeats."
