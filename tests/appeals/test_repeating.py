from datetime import timedelta

import pytest

from appeals.models import Grievance
from appeals.repeating import earlier_ones, saying_the_same
from tests.appeals.factories import make_grievance
from tests.cases.factories import NOON

pytestmark = pytest.mark.django_db
TEXT = "Since the update of last week I can't hear any voice message that is sent to me."


def complaint(text: str, *, days_ago: int = 0) -> Grievance:
    return make_grievance(text=text, contact="ravi@example.org", at=NOON - timedelta(days=days_ago))


class TestADuplicate:
    """Of the same person, who writes about more than one thing."""

    def test_is_likeliest_what_says_nearly_the_same(self) -> None:
        first = complaint(TEXT, days_ago=3)
        other = complaint("How do I change my number without losing anything?", days_ago=2)
        empty = complaint("", days_ago=1)
        again = complaint(TEXT.replace("last week", "this week") + " Please help!")

        assert earlier_ones(again) == [empty, other, first]
        assert saying_the_same(again, earlier_ones(again)) == [first]
        assert saying_the_same(empty, [first, other]) == []
