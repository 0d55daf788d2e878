from datetime import timedelta

import pytest

from cases import claiming, deciding
from cases.enums import GiveBackReason
from cases.models import Claim, Queue
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import NOON, make_case, verdict

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)


class TestTakingTheNextCase:
    """Two cases wait; the graver one came later. Ada and Bo are analysts, Omar audits."""

    @pytest.fixture(autouse=True)
    def _two_cases(self, db):
        self.mild = make_case(severity=10, at=NOON - timedelta(hours=1))
        self.grave = make_case(severity=30, at=NOON)

    def test_gives_the_one_with_the_most_points_first(self, ada):
        assert claiming.take_next(by=ada, now=NOON).case == self.grave

    def test_gives_each_case_to_one_person_only(self, ada, bo):
        first = claiming.take_next(by=ada, now=NOON)
        second = claiming.take_next(by=bo, now=NOON)

        assert {first.case, second.case} == {self.grave, self.mild}
        with pytest.raises(claiming.NothingToTake):
            claiming.take_next(by=ada, now=NOON)

    def test_lets_waiting_outweigh_points_in_the_end(self, ada):
        patient = make_case(severity=10, at=NOON - timedelta(hours=100))

        assert claiming.take_next(by=ada, now=NOON).case == patient

    def test_puts_what_is_due_first(self, ada):
        due = make_case(severity=1)
        due.due_at = NOON + timedelta(hours=3)
        due.due_tier = due.due_at.date()
        due.save()

        assert claiming.take_next(by=ada, now=NOON).case == due

    def test_does_not_offer_again_what_was_given_back(self, ada, bo):
        claim = claiming.take_next(by=ada, now=NOON)
        claiming.give_back(
            case=claim.case, by=ada, reason=GiveBackReason.NEEDS_OTHER_SKILL, now=NOON
        )

        assert claiming.take_next(by=ada, now=NOON).case == self.mild
        assert claiming.take_next(by=bo, now=NOON).case == self.grave

    def test_takes_over_what_lapsed_and_says_so_in_the_ledger(self, ada, bo):
        claiming.take_next(by=ada, now=NOON)

        assert claiming.take_next(by=bo, now=LATER).case == self.grave
        lapsed = LedgerEntry.objects.get(kind="claim.lapsed")
        assert (lapsed.actor, lapsed.case_ref) == (f"user:{ada.ref}", self.grave.ref)

    def test_gives_nothing_to_somebody_whose_role_works_no_queue(self, omar):
        with pytest.raises(claiming.NothingToTake):
            claiming.take_next(by=omar, now=NOON)

    def test_stops_at_a_handful_held_at_once(self, ada):
        for _ in range(claiming.HELD_AT_MOST):
            make_case()
        for _ in range(claiming.HELD_AT_MOST):
            claiming.take_next(by=ada, now=NOON)

        with pytest.raises(claiming.HoldsEnough):
            claiming.take_next(by=ada, now=NOON)


class TestHoldingACase:
    """Ada holds the case. Bo does not."""

    @pytest.fixture(autouse=True)
    def _held(self, ada):
        self.case = make_case()
        self.claim = claiming.take(case=self.case, by=ada, now=NOON)

    def test_is_refused_to_a_second_person_by_name(self, ada, bo):
        with pytest.raises(claiming.HeldByAnother, match=ada.name):
            claiming.take(case=self.case, by=bo, now=NOON)

    def test_is_renewed_by_its_holder(self, ada):
        before = self.claim.expires_at

        renewed = claiming.renew(case=self.case, by=ada, now=NOON + timedelta(minutes=5))

        assert renewed.expires_at == before + timedelta(minutes=5)

    def test_is_not_renewed_by_anybody_else(self, bo):
        with pytest.raises(claiming.HeldByAnother):
            claiming.renew(case=self.case, by=bo, now=NOON)

    def test_lapses_when_its_lease_runs_out(self):
        assert claiming.lapse(now=self.claim.expires_at - timedelta(seconds=1)) == 0
        assert claiming.lapse(now=self.claim.expires_at) == 1
        assert Claim.objects.get().ending == "LAPSED"

    def test_comes_back_to_its_last_holder_when_nobody_else_took_it(self, ada):
        claiming.lapse(now=LATER)

        assert claiming.renew(case=self.case, by=ada, now=LATER).expires_at > LATER

    def test_does_not_come_back_once_somebody_else_took_it(self, ada, bo):
        claiming.take(case=self.case, by=bo, now=LATER)

        with pytest.raises(claiming.HeldByAnother, match=bo.name):
            claiming.renew(case=self.case, by=ada, now=LATER)

    def test_can_be_given_back_once(self, ada):
        claiming.give_back(case=self.case, by=ada, reason=GiveBackReason.OTHER, now=NOON)

        with pytest.raises(claiming.NoLongerYours):
            claiming.give_back(case=self.case, by=ada, reason=GiveBackReason.OTHER, now=NOON)
        assert LedgerEntry.objects.get(kind="case.given_back").particulars == {"reason": "OTHER"}

    def test_ends_when_the_case_is_settled(self, ada, bo):
        deciding.decide(case=self.case, by=ada, at=NOON, **verdict(self.case))

        with pytest.raises(claiming.CaseIsSettled):
            claiming.take(case=self.case, by=bo, now=NOON)


class TestAHoldThatRanOut:
    """Ada took the case; her lease ran out, and nobody else came."""

    @pytest.fixture(autouse=True)
    def _ran_out(self, ada):
        self.case = make_case()
        claiming.take(case=self.case, by=ada, now=NOON)

    @pytest.fixture(params=["swept", "unswept"], autouse=True)
    def _swept(self, request, _ran_out):
        if request.param == "swept":
            claiming.lapse(now=LATER)

    def decide(self, by):
        return deciding.decide(case=self.case, by=by, at=LATER, **verdict(self.case))

    def test_is_had_again_by_deciding(self, ada):
        assert self.decide(ada).decided_by == ada

    def test_is_not_had_again_by_who_lost_the_roles(self, ada):
        ada.roles = ["AUDITOR"]
        ada.save()

        with pytest.raises(deciding.NotHeld, match=r"ran out.*which your roles do not work"):
            self.decide(ada)
        with pytest.raises(claiming.NoLongerYours):
            claiming.renew(case=self.case, by=ada, now=LATER)

    def test_is_not_had_again_by_who_may_not_sign_in(self, ada):
        ada.is_active = False
        ada.save()

        with pytest.raises(deciding.NotHeld, match="You may not work cases any more"):
            self.decide(ada)

    def test_is_not_had_again_once_their_roles_work_its_queue_no_more(self, ada):
        Queue.objects.filter(pk=self.case.queue_id).update(worked_by=["LEAD"])

        with pytest.raises(deciding.NotHeld, match="which your roles do not work"):
            self.decide(ada)
        assert not Claim.objects.held(now=LATER).exists()
