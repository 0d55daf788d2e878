"""Reviewers at once on appeals, grievances and orders: real threads on real connections."""

from collections import Counter
from threading import Event

import pytest

from appeals import asking, claiming, proposing, reviewing, withdrawing
from appeals.models import Appeal, AppealDecision, Grievance, Letter
from cases.delivering import Answer
from cases.enforcing import EnforcementErrand
from cases.models import Decision, Enforcement
from cases.platform import FakePlatform
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance
from tests.appeals.reviewed import answer, ask_for_a_second_person, ban, deliver, held, upheld
from tests.cases.factories import NOON
from tests.races.test_cases import at_once, make_analysts
from tests.races.test_undoing import make_leads

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


class TestDecidersAtOnce:
    def test_decide_once_however_often_the_button_is_pressed(self):
        [ada], [noor] = make_analysts(1), make_reviewers(1)
        for _ in range(4):
            original = ban(ada)
            appeal = held(original, noor)

            results = at_once(
                *(
                    lambda a=appeal: reviewing.decide(appeal=a, by=noor, at=LATER, **answer(a))
                    for _ in range(4)
                )
            )

            assert Counter(map(type, results)) == {AppealDecision: 1, reviewing.AlreadyAnswered: 3}
            assert Decision.objects.filter(undoes=original).count() == 1

    def test_of_whom_one_holds_it_leave_one_answer(self):
        """One lost the hold, and decides from the page that is still open."""
        [ada], [noor, ravi] = make_analysts(1), make_reviewers(2)
        for _ in range(6):
            appeal = held(ban(ada), noor)
            late = LATER + claiming.HELD_FOR

            results = at_once(
                lambda a=appeal, at=late: reviewing.decide(appeal=a, by=noor, at=at, **upheld(a)),
                lambda a=appeal, at=late: claiming.take(ticket=a, by=ravi, at=at),
                lambda at=late: claiming.lapse(at=at),
            )

            decided = isinstance(results[0], AppealDecision)
            assert decided is isinstance(results[1], Refused)
            appeal.refresh_from_db()
            assert appeal.held_by == (None if decided else ravi)
            if not decided:
                claiming.give_back(ticket=appeal, by=ravi, at=late)

    def test_and_a_person_who_takes_it_back_leave_one_end(self):
        [ada], [noor] = make_analysts(1), make_reviewers(1)
        for _ in range(8):
            original = ban(ada)
            appeal = held(original, noor)

            [decided, withdrawn, _] = at_once(
                lambda a=appeal: reviewing.decide(appeal=a, by=noor, at=LATER, **answer(a)),
                lambda a=appeal: withdrawing.withdraw(
                    appeal=a, channel="IN_APP", at=LATER, by="person"
                ),
                lambda: deliver(FakePlatform(), LATER),
            )

            appeal.refresh_from_db()
            won = isinstance(decided, AppealDecision)
            assert won is isinstance(withdrawn, withdrawing.ClosedAlready)
            assert appeal.state == ("DECIDED" if won else "WITHDRAWN")
            assert Decision.objects.filter(undoes=original).exists() is won
            ends = appeal.clocks.get(name="RESOLVE")
            assert (ends.met_at is not None, ends.stopped_at is not None) == (won, not won)

    def test_two_who_approve_decide_once(self):
        [ada], [noor], leads = make_analysts(1), make_reviewers(1), make_leads(2)
        ask_for_a_second_person()
        for _ in range(4):
            appeal = held(ban(ada), noor)
            proposal = proposing.propose(appeal=appeal, by=noor, at=LATER, **answer(appeal))
            appeal.refresh_from_db()

            def approve(lead, p=proposal, version=appeal.version):
                return proposing.approve(proposal=p, by=lead, at=LATER, seen_version=version)

            results = at_once(
                *(lambda each=lead: approve(each) for lead in leads),
                lambda p=proposal: proposing.withdraw(proposal=p, by=noor, at=LATER),
            )

            assert sum(isinstance(each, Refused) for each in results) == 2
            appeal.refresh_from_db()
            withdrawn = isinstance(results[2], Appeal)
            assert appeal.state == ("OPEN" if withdrawn else "DECIDED")
            if withdrawn:
                claiming.give_back(ticket=appeal, by=noor, at=LATER)


class Hanging(FakePlatform):
    """Takes its time over every ban: it obeys, and answers only when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.go_on = Event(), Event()

    def send(self, message):
        if message.type == "enforcement.requested":
            self.reached.set()
            assert self.go_on.wait(30)
        return super().send(message)


class TestAReversal:
    """Ada's ban is on its way; Noor finds that it was wrong. The account ends free of it."""

    @pytest.fixture(autouse=True)
    def _people(self, db):
        [self.ada], [self.noor] = make_analysts(1), make_reviewers(1)

    def reverse(self, appeal):
        return reviewing.decide(appeal=appeal, by=self.noor, at=LATER, **answer(appeal))

    def assert_free(self, platform, original):
        for hours in range(1, 4):
            deliver(platform, LATER + hours * claiming.HELD_FOR)
        assert platform.standing.get(original.account.external_id, []) == []
        standing = Enforcement.objects.filter(account=original.account_id).standing()
        assert not standing.exists()

    def test_of_a_ban_that_a_worker_is_just_taking_frees_the_account(self):
        for _ in range(8):
            original, platform = ban(self.ada), FakePlatform()
            appeal = held(original, self.noor)

            [made, *_] = at_once(
                lambda a=appeal: self.reverse(a),
                lambda p=platform: deliver(p, LATER),
                lambda p=platform: deliver(p, LATER),
            )

            assert isinstance(made, AppealDecision)
            self.assert_free(platform, original)

    def test_of_a_ban_that_hangs_at_the_platform_frees_the_account(self):
        for _ in range(3):
            original, platform = ban(self.ada), Hanging()
            appeal = held(original, self.noor)

            def reverse_meanwhile(a=appeal, p=platform):
                assert p.reached.wait(30)
                try:
                    return self.reverse(a)
                finally:
                    p.go_on.set()

            [made, _] = at_once(reverse_meanwhile, lambda p=platform: deliver(p, NOON))

            assert isinstance(made, AppealDecision)
            self.assert_free(platform, original)

    def test_of_a_ban_whose_worker_died_frees_the_account(self):
        """Leased, perhaps sent, never marked."""
        original, platform = ban(self.ada), FakePlatform()
        [leased] = EnforcementErrand().lease(now=NOON, limit=1)
        platform.send(EnforcementErrand().message(leased))
        appeal = held(original, self.noor)

        self.reverse(appeal)

        self.assert_free(platform, original)

    def test_of_a_ban_that_is_tried_again_and_again_frees_the_account(self):
        original = ban(self.ada)
        platform = FakePlatform(answers=[Answer(status=503)])
        deliver(platform, NOON)
        appeal = held(original, self.noor)

        self.reverse(appeal)

        self.assert_free(platform, original)

    def test_tells_the_person_once_it_is_so(self):
        original, platform = ban(self.ada), FakePlatform()
        appeal = held(original, self.noor)
        self.reverse(appeal)

        letter = Letter.objects.get(via="EMAIL")
        # The ban was never sent: nothing is waited for.
        assert letter.state == "REQUESTED"
        self.assert_free(platform, original)
