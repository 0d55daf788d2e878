from datetime import timedelta
from itertools import product

import pytest

from cases.enums import CaseState
from cases.models import Case
from cases.models.cases import MOVES, SETTLED, CannotMove
from tests.cases.factories import make_case
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
ALLOWED = [(here, there) for here, theres in MOVES.items() for there in sorted(theres)]
REFUSED = sorted(set(product(CaseState, CaseState)) - set(ALLOWED))


def case_in(state: CaseState) -> Case:
    case = make_case()
    case.state, case.settled_at = state, NOON if state in SETTLED else None
    beside(case, state)
    case.save()
    return case


def beside(case: Case, state: CaseState) -> None:
    """What a journey writes with such a state."""
    if state == CaseState.MERGED:
        case.merged_into = make_case()
    if state == CaseState.AWAITING_INFO:
        case.wakes_at = NOON + timedelta(days=1)


class TestTheTableOfMoves:
    def test_speaks_of_every_state(self) -> None:
        assert set(MOVES) == set(CaseState)

    def test_leads_back_from_a_settled_state_only_to_an_open_one(self) -> None:
        """A decision withdrawn in its grace, a merging taken apart."""
        assert all(MOVES[state] == {CaseState.OPEN} for state in SETTLED)

    @pytest.mark.parametrize(("here", "there"), ALLOWED)
    def test_is_walked_and_kept_by_the_database(self, here: CaseState, there: CaseState) -> None:
        case = case_in(here)

        case.move_to(CaseState(there), at=NOON)
        beside(case, there)
        case.save()

        case.refresh_from_db()
        assert case.state == there
        assert (case.settled_at is not None) == (there in SETTLED)

    @pytest.mark.parametrize(("here", "there"), REFUSED)
    def test_refuses_every_other_move(self, here: CaseState, there: CaseState) -> None:
        case = case_in(CaseState(here))

        with pytest.raises(CannotMove):
            case.move_to(CaseState(there), at=NOON)

        assert case.state == here

    def test_leads_from_every_open_state_to_a_settled_one(self) -> None:
        for state in set(CaseState) - set(SETTLED):
            reached, waiting = set(), [state]
            while waiting:
                here = waiting.pop()
                if here not in reached:
                    reached.add(here)
                    waiting += MOVES[here]
            assert CaseState.DECIDED in reached
