import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import priority
from cases.models import Case, Queue
from cases.priority import Parts
from tests.conftest import NOON

scores = st.floats(min_value=0, max_value=1)


class TestSeverity:
    """The gravest clause counts, however many lesser ones stand beside it."""

    def test_is_the_highest_of_the_clauses(self) -> None:
        assert priority.severity([20, 32, 12]) == 32

    def test_is_nothing_without_a_clause(self) -> None:
        assert priority.severity([]) == 0


class TestUncertainty:
    """A person's look is worth most where detectors are least sure."""

    @pytest.mark.parametrize(
        ("given_scores", "points"), [([0.5], 20), ([1.0], 0), ([0.0], 0), ([0.75], 10)]
    )
    def test_falls_from_one_half_to_either_end(
        self, given_scores: list[float], points: float
    ) -> None:
        assert priority.uncertainty(given_scores) == pytest.approx(points)

    def test_is_high_when_detections_disagree(self) -> None:
        assert priority.uncertainty([0.98, 0.02]) == pytest.approx(19.2)

    @given(st.lists(scores, min_size=1, max_size=8), scores)
    def test_never_falls_by_a_detection_more(self, earlier: list[float], further: float) -> None:
        assert priority.uncertainty([*earlier, further]) >= priority.uncertainty(earlier)

    @given(st.lists(scores, max_size=8))
    def test_stays_between_0_and_20(self, given_scores: list[float]) -> None:
        assert 0 <= priority.uncertainty(given_scores) <= priority.MOST_UNCERTAINTY


class TestReachAndFeedback:
    """Orders of magnitude, with an end."""

    def test_grow_with_every_tenfold(self) -> None:
        assert priority.reach(9) == pytest.approx(5)
        assert priority.reach(999) == pytest.approx(15)
        assert priority.feedback(reports=2, blocks=5) == pytest.approx(10)

    def test_end_at_20_points(self) -> None:
        assert priority.reach(10**9) == priority.MOST_REACH
        assert priority.feedback(reports=10**6, blocks=0) == priority.MOST_FEEDBACK

    def test_count_a_report_as_two_blocks(self) -> None:
        assert priority.feedback(reports=3, blocks=0) == priority.feedback(reports=0, blocks=6)


class TestJoined:
    """Each further detection counts, the thousandth too."""

    @given(st.integers(min_value=0, max_value=100_000))
    def test_strictly_grows(self, further: int) -> None:
        assert priority.joined(further + 1) > priority.joined(further)

    def test_is_nothing_for_the_first(self) -> None:
        assert priority.joined(0) == 0


class TestParts:
    def test_at_least_keeps_the_higher_of_each(self) -> None:
        before = Parts(severity=20, reach=8)
        now = Parts(severity=10, uncertainty=4, reach=9)

        assert now.at_least(before) == Parts(severity=20, uncertainty=4, reach=9)


class TestExplaining:
    def case(self, **parts: float) -> Case:
        return Case(queue=Queue(), **{f"{name}_points": value for name, value in parts.items()})

    def test_names_every_part_with_its_points(self) -> None:
        case = self.case(severity=20, uncertainty=12, reach=5, feedback=3, joined=4)
        case.detection_count = 2

        explained = priority.explain(case)

        assert [(label, points) for label, points, _ in explained] == [
            ("Severity", 20),
            ("Uncertainty", 12),
            ("Reach", 5),
            ("Reports and blocks", 3),
            ("Joined", 4),
        ]
        assert explained[4].why == "2 detections so far."

    def test_adds_up_to_the_priority_as_the_queue_weighs_it(self) -> None:
        case = self.case(severity=20, reach=5, joined=4)
        case.opened_at = NOON
        case.queue.weights = {"severity": 2, "reach": 0}
        case.reprice()

        explained = priority.explain(case)

        assert sum(part.points for part in explained) == case.priority == 44
        assert explained[0].why.endswith("Its queue counts 20.0 points 2 times.")

    @pytest.mark.parametrize("people", [1, 9, 250, 9_000])
    def test_tells_the_reach_in_people(self, people: int) -> None:
        sentence = priority.explain(self.case(reach=priority.reach(people)))[2][2]

        assert sentence.startswith(f"It reached {people:,} people within 30 days")

    def test_says_where_counting_ends(self) -> None:
        sentence = priority.explain(self.case(reach=priority.reach(10**7)))[2][2]

        assert "9,999 people or more" in sentence
        assert math.isclose(priority.reach(9_999), priority.MOST_REACH)
