from datetime import timedelta

import pytest

from cases import claiming
from cases.enums import CaseState, ReservedWhy
from cases.models import Case, Preferences
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import NOON, make_case
from tests.factories import create_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def reserve(case: Case, whom, *, until=NOON + DAY, why=ReservedWhy.HANDED_OVER) -> None:
    case.reserve(whom=whom, why=why, until=until)
    case.save()


def put_into(case: Case, state: CaseState) -> None:
    case.move_to(state, at=NOON)
    if state == CaseState.AWAITING_INFO:
        case.wakes_at = NOON + DAY
    case.save()


class TestTheNextCase:
    """Two cases wait: one urgent, one not. Ada and Bo are analysts."""

    @pytest.fixture(autouse=True)
    def _cases(self, db):
        self.urgent = make_case(severity=40, policy="CHILD_SAFETY")
        self.mild = make_case(severity=1)

    def next_of(self, user, *, now=NOON) -> Case | None:
        try:
            return claiming.take_next(by=user, now=now).case
        except claiming.NothingToTake:
            return None

    def test_is_what_was_kept_for_somebody_before_anything_urgent(self, ada):
        reserve(self.mild, ada)

        assert self.next_of(ada) == self.mild

    def test_is_not_what_is_kept_for_somebody_else_until_its_time_is_over(self, ada, bo):
        reserve(self.urgent, bo)
        reserve(self.mild, bo)

        assert self.next_of(ada, now=NOON + DAY - timedelta(seconds=1)) is None
        assert self.next_of(ada, now=NOON + DAY) == self.urgent

    def test_comes_with_nothing_kept_any_more(self, ada, bo):
        reserve(self.mild, ada)
        reserve(self.urgent, bo, until=NOON - DAY)

        assert {self.next_of(ada), self.next_of(ada)} == {self.urgent, self.mild}

        for case in (self.urgent, self.mild):
            case.refresh_from_db()
            assert (case.reserved_for, case.reserved_until, case.reserved_why) == (None, None, "")

    def test_is_what_was_kept_for_somebody_although_they_once_gave_it_back(self, ada):
        claiming.take(case=self.mild, by=ada, now=NOON)
        claiming.give_back(case=self.mild, by=ada, reason="END_OF_SHIFT", now=NOON)
        reserve(self.mild, ada)

        assert self.next_of(ada) == self.mild

    def test_is_not_of_a_policy_that_somebody_opted_out_of(self, ada, bo):
        Preferences.objects.create(user=ada, opted_out=["CHILD_SAFETY", "TERRORISM"])
        Preferences.objects.create(user=bo, opted_out=[])

        assert self.next_of(ada) == self.mild
        assert self.next_of(ada) is None
        assert self.next_of(bo) == self.urgent

    def test_is_not_of_such_a_policy_even_when_kept(self, ada):
        Preferences.objects.create(user=ada, opted_out=["CHILD_SAFETY"])
        reserve(self.urgent, ada)

        assert self.next_of(ada) == self.mild

    def test_keeps_to_the_queues_that_were_named(self, ada):
        reserve(self.mild, ada)

        with pytest.raises(claiming.NothingToTake):
            claiming.take_next(by=ada, now=NOON, queues=[])

    @pytest.mark.parametrize(
        "state", [CaseState.ESCALATED, CaseState.AWAITING_INFO, CaseState.AWAITING_APPROVAL]
    )
    def test_is_an_open_one_whoever_asks(self, ada, lena, state):
        reserve(self.urgent, lena)
        put_into(self.urgent, state)

        assert self.next_of(lena) == self.mild
        assert self.next_of(ada) is None


class TestTakingThisCase:
    """A case that is kept, set aside or passed up. Ada and Bo are analysts, Lena leads."""

    @pytest.fixture(autouse=True)
    def _case(self, db):
        self.case = make_case()

    def take(self, user) -> Case:
        return claiming.take(case=self.case, by=user, now=NOON).case

    def test_that_is_kept_is_for_who_it_is_kept_for_and_for_leads(self, ada, bo, lena):
        reserve(self.case, bo)

        with pytest.raises(claiming.Refused, match=r"kept for Bo until 11 Mar 12:00 UTC"):
            self.take(ada)
        claiming.end(claiming.take(case=self.case, by=lena, now=NOON), "SET_ASIDE", at=NOON)
        reserve(self.case, bo)
        assert self.take(bo).reserved_for is None

    def test_that_is_kept_no_longer_is_for_anybody(self, ada, bo):
        reserve(self.case, bo, until=NOON)

        assert self.take(ada).reserved_for is None

    def test_that_waits_for_information_is_for_who_asked(self, ada, bo):
        reserve(self.case, bo, why=ReservedWhy.ASKED, until=None)
        put_into(self.case, CaseState.AWAITING_INFO)

        with pytest.raises(claiming.Refused, match="Bo asked for information"):
            self.take(ada)
        taken = self.take(bo)

        taken.refresh_from_db()
        assert (taken.state, taken.wakes_at, taken.reserved_for) == ("OPEN", None, None)
        woken = LedgerEntry.objects.get(kind="case.woken")
        assert (woken.actor, woken.particulars) == (bo.actor, {"why": "TAKEN"})

    def test_that_waits_for_information_is_for_leads_too(self, bo, lena):
        reserve(self.case, bo, why=ReservedWhy.ASKED, until=None)
        put_into(self.case, CaseState.AWAITING_INFO)

        assert self.take(lena).state == "OPEN"

    def test_that_was_escalated_is_for_leads_and_stays_so(self, ada, lena):
        put_into(self.case, CaseState.ESCALATED)

        with pytest.raises(claiming.Refused, match="a lead decides it"):
            self.take(ada)
        assert self.take(lena).state == "ESCALATED"

    def test_that_waits_for_approval_is_for_nobody(self, ada, lena):
        put_into(self.case, CaseState.AWAITING_APPROVAL)

        for user in (ada, lena):
            with pytest.raises(claiming.Refused, match="second person"):
                self.take(user)

    def test_of_a_queue_one_does_not_work_is_refused_unless_it_was_escalated(self, ada):
        self.case.queue.worked_by = ["ANALYST"]
        self.case.queue.save()
        lead = create_user(name="Lou", roles=["LEAD"])

        with pytest.raises(claiming.Refused, match="your roles do not work"):
            self.take(lead)
        put_into(self.case, CaseState.ESCALATED)
        assert self.take(lead)
