"""Reviewers at once on appeals, grievances and orders: real threads on real connections."""

from collections import Counter

import pytest

from appeals import asking, claiming
from appeals.models import Appeal, Grievance
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance
from tests.cases.factories import NOON
from tests.races.test_cases import at_once

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + claiming.HELD_FOR


def make_reviewers(count: int) -> list[User]:
    roles = ["APPEALS", "GRIEVANCE_OFFICER"]
    return [
        User.objects.create_user(f"noor{n}@example.org", None, name=f"Noor {n}", roles=roles)
        for n in range(count)
    ]


class TestReviewersAtOnce:
    def test_never_take_the_same_appeal(self):
        for _ in range(20):
            make_appeal()

        def take_three(person: User) -> list[Appeal]:
            return [claiming.take_next(kind=Appeal, by=person, at=NOON) for _ in range(3)]

        taken = at_once(*(lambda p=p: take_three(p) for p in make_reviewers(6)))

        held = Counter(appeal.pk for appeals in taken for appeal in appeals)
        assert len(held) == 18
        assert set(held.values()) == {1}

    def test_never_hold_more_than_one_person_may(self):
        """One person, in as many windows, of two kinds, by either way to take."""
        appeals = [make_appeal() for _ in range(8)]
        grievances = [make_grievance() for _ in range(8)]
        [noor] = make_reviewers(1)
        for each in (*appeals[:2], *grievances[:2]):
            claiming.take(ticket=each, by=noor, at=NOON)

        results = at_once(
            lambda: claiming.take_next(kind=Appeal, by=noor, at=NOON),
            lambda: claiming.take_next(kind=Grievance, by=noor, at=NOON),
            *(
                lambda t=t: claiming.take(ticket=t, by=noor, at=NOON)
                for t in (*appeals[-2:], *grievances[-2:])
            ),
        )

        held = [
            *claiming.held_by(noor, kind=Appeal, at=NOON),
            *claiming.held_by(noor, kind=Grievance, at=NOON),
        ]
        assert len(held) == claiming.HELD_AT_MOST
        assert sum(isinstance(each, claiming.HoldsEnough) for each in results) == 5

    def test_never_take_over_the_same_lapsed_one(self):
        appeal = make_appeal()
        first, *others = make_reviewers(5)
        for _ in range(4):
            claiming.take(ticket=appeal, by=first, at=NOON)

            results = at_once(
                *(lambda p=p: claiming.take(ticket=appeal, by=p, at=LATER) for p in others[:2]),
                *(lambda p=p: claiming.take_next(kind=Appeal, by=p, at=LATER) for p in others[2:]),
                lambda: claiming.renew(ticket=appeal, by=first, at=LATER),
                lambda: claiming.lapse(at=LATER),
            )

            assert sum(isinstance(each, Appeal) for each in results) == 1
            appeal.refresh_from_db()
            claiming.give_back(ticket=appeal, by=appeal.held_by, at=LATER)
            Appeal.objects.update(given_back_by=[])

    def test_give_back_once(self):
        appeal = make_appeal()
        [noor] = make_reviewers(1)
        claiming.take(ticket=appeal, by=noor, at=NOON)

        results = at_once(
            *(lambda: claiming.give_back(ticket=appeal, by=noor, at=NOON) for _ in range(5))
        )

        assert sum(isinstance(each, claiming.NoLongerYours) for each in results) == 4


class TestAnAnswerAtOnce:
    def test_with_the_end_of_the_wait_and_another_answer_loses_nothing(self):
        [noor] = make_reviewers(1)
        for _ in range(6):
            appeal = claiming.take(ticket=make_appeal(), by=noor, at=NOON)
            asking.ask(ticket=appeal, by=noor, text="To whom did you write?", at=NOON)
            appeal.refresh_from_db()
            late = appeal.answer_by

            def say(text: str, a=appeal, at=late):
                return asking.answer(
                    ticket=a, text=text, files=[], channel="IN_APP", at=at, by="person"
                )

            results = at_once(
                lambda: say("My customers."),
                lambda: say("And my aunt."),
                lambda at=late: asking.end_waits(at=at),
                lambda a=appeal, at=late: asking.go_on(ticket=a, by=noor, at=at),
            )

            assert not any(isinstance(each, Refused) for each in results)
            said = {each.text() for each in appeal.statements.filter(kind="ANSWER")}
            assert said == {"My customers.", "And my aunt."}
            appeal.refresh_from_db()
            assert (appeal.state, appeal.answer_by) == ("OPEN", None)
            assert appeal.held_by == noor
            claiming.give_back(ticket=appeal, by=noor, at=late)
