from datetime import timedelta

import pytest

from cases import claiming, deciding, escalating, leading
from cases.enums import CaseState, ClaimEnding, ReservedWhy
from cases.models import Case, Queue
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import make_case, verdict
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


def recorded(kind):
    return LedgerEntry.objects.get(kind=kind)


class TestTakingOff:
    """Ada holds a case and has gone home. Lena leads."""

    @pytest.fixture(autouse=True)
    def _case(self, ada):
        self.case = make_case()
        self.claim = claiming.take(case=self.case, by=ada, now=NOON)

    def take_off(self, by, **changed):
        given = {"case": self.case, "claim_id": self.claim.pk, "by": by, "at": NOON} | changed
        leading.take_off(**given)

    def test_gives_the_case_to_whoever_comes_next(self, lena, bo):
        self.take_off(lena)

        self.claim.refresh_from_db()
        assert (self.claim.ending, self.claim.ended_by) == (ClaimEnding.TAKEN_OFF, lena)
        assert claiming.take_next(by=bo, now=NOON).case == self.case

    def test_is_in_the_ledger_with_who_did_it_to_whom(self, ada, lena):
        self.take_off(lena)

        entry = recorded("claim.taken_off")
        assert (entry.actor, entry.case_ref) == (lena.actor, self.case.ref)
        assert entry.particulars == {"holder": ada.actor}

    def test_leaves_nothing_for_the_late_answer_of_the_former_holder(self, ada, lena):
        self.take_off(lena)

        with pytest.raises(deciding.CannotDecide, match="Lena took"):
            deciding.decide(case=self.case, by=ada, at=NOON, **verdict(self.case))

    def test_is_refused_once_the_hold_has_ended(self, lena, ada):
        self.take_off(lena)

        with pytest.raises(leading.NobodyHoldsIt):
            self.take_off(lena)
        assert LedgerEntry.objects.filter(kind="claim.taken_off").count() == 1

    def test_spares_a_later_hold_of_somebody_else(self, lena, ada, bo):
        claiming.give_back(case=self.case, by=ada, reason="OTHER", now=NOON)
        claiming.take(case=self.case, by=bo, now=NOON)

        with pytest.raises(leading.NobodyHoldsIt):
            self.take_off(lena)
        assert self.case.claims.held(now=NOON).get().analyst == bo

    def test_is_refused_where_the_lease_has_run_out(self, lena):
        with pytest.raises(leading.NobodyHoldsIt):
            self.take_off(lena, at=NOON + timedelta(hours=1))

    def test_is_not_how_one_gives_back_ones_own(self, ada):
        with pytest.raises(leading.CannotLead, match="Give it back instead"):
            self.take_off(ada)


class TestReassigning:
    """A case that Ada holds. Lena gives it to Bo."""

    @pytest.fixture(autouse=True)
    def _case(self, ada):
        self.case = make_case()
        claiming.take(case=self.case, by=ada, now=NOON)

    def reassign(self, to, by, at=NOON):
        leading.reassign(case=self.case, to=to, by=by, at=at)
        self.case.refresh_from_db()

    def test_keeps_the_case_for_them_for_a_day(self, ada, bo, lena):
        self.reassign(bo, lena)

        assert self.case.reserved_for == bo
        assert self.case.reserved_why == ReservedWhy.REASSIGNED
        assert self.case.reserved_until == NOON + timedelta(hours=24)
        assert self.case.claims.get().ending == ClaimEnding.TAKEN_OFF
        with pytest.raises(claiming.NothingToTake):
            claiming.take_next(by=ada, now=NOON)
        assert claiming.take_next(by=bo, now=NOON).case == self.case

    def test_offers_it_to_everybody_after_that(self, ada, bo, lena):
        self.reassign(bo, lena)

        later = NOON + timedelta(hours=24, minutes=1)
        assert claiming.take_next(by=ada, now=later).case == self.case

    def test_is_in_the_ledger(self, ada, bo, lena):
        self.reassign(bo, lena)

        assert recorded("case.reassigned").particulars["to"] == bo.actor
        assert recorded("claim.taken_off").particulars["holder"] == ada.actor

    def test_ends_a_hold_that_ran_out_but_could_have_been_claimed_again(self, ada, bo, lena):
        later = NOON + timedelta(hours=1)
        self.reassign(bo, lena, at=later)

        with pytest.raises(deciding.CannotDecide):
            deciding.decide(case=self.case, by=ada, at=later, **verdict(self.case))

    def test_brings_an_escalated_case_down_to_who_does_not_lead(self, ada, bo, lena):
        escalating.escalate(case=self.case, by=ada, words="Over my head.", at=NOON)

        self.reassign(bo, lena)

        assert self.case.state == CaseState.OPEN
        assert claiming.take_next(by=bo, now=NOON).case == self.case

    def test_leaves_an_escalated_case_with_the_leads_if_one_gets_it(self, ada, lena):
        escalating.escalate(case=self.case, by=ada, words="Over my head.", at=NOON)

        self.reassign(lena, lena)

        assert (self.case.state, self.case.reserved_for) == (CaseState.ESCALATED, lena)

    def test_is_refused_for_who_does_not_work_the_queue(self, omar, lena):
        with pytest.raises(leading.CannotWorkIt) as refused:
            self.reassign(omar, lena)
        assert refused.value.pointer == "person"

    def test_is_refused_for_who_holds_it(self, ada, lena):
        with pytest.raises(leading.CannotLead, match="Ada holds"):
            self.reassign(ada, lena)
        assert self.case.claims.held(now=NOON).exists()

    def test_is_refused_once_it_is_settled(self, ada, bo, lena):
        deciding.decide(case=self.case, by=ada, at=NOON, **verdict(self.case))

        with pytest.raises(leading.CannotLead, match="settled"):
            self.reassign(bo, lena)


class TestMoving:
    """A case of the bulk queue. Lena moves it."""

    @pytest.fixture(autouse=True)
    def _case(self):
        self.bulk = Queue.objects.get(slug="automation-and-bulk")
        self.case = make_case(queue=self.bulk)

    def move(self, slug, by, at=NOON):
        leading.move(case=self.case, queue=Queue.objects.get(slug=slug), by=by, at=at)
        self.case.refresh_from_db()

    def test_has_it_wait_there_due_and_priced_as_it_is_there(self, lena):
        Queue.objects.filter(slug="takeover-and-scams").update(weights={"severity": 2.0})

        self.move("takeover-and-scams", lena)

        assert self.case.queue.slug == "takeover-and-scams"
        assert self.case.due_at == NOON + timedelta(hours=24)
        assert self.case.priority == 2 * self.case.severity_points
        told = recorded("case.moved").particulars
        assert told == {"from": "automation-and-bulk", "to": "takeover-and-scams", "why": "BY_HAND"}

    def test_never_makes_a_due_date_later(self, lena):
        due = NOON + timedelta(hours=2)
        Case.objects.filter(pk=self.case.pk).update(due_at=due, due_tier=due.date())

        self.move("channels", lena)

        assert self.case.due_at == due

    def test_lets_go_of_a_reservation_for_who_does_not_work_there(self, ada, lena):
        leading.reassign(case=self.case, to=ada, by=lena, at=NOON)

        self.move("child-safety", lena)

        assert self.case.reserved_for is None

    def test_keeps_a_reservation_for_who_works_there_too(self, ada, lena):
        leading.reassign(case=self.case, to=ada, by=lena, at=NOON)

        self.move("general", lena)

        assert self.case.reserved_for == ada

    def test_is_refused_while_somebody_holds_it(self, ada, lena):
        claiming.take(case=self.case, by=ada, now=NOON)

        with pytest.raises(leading.SomebodyHoldsIt, match="Ada holds"):
            self.move("general", lena)
        assert self.case.queue == self.bulk

    def test_is_refused_to_a_queue_that_is_not_in_use(self, lena):
        Queue.objects.filter(slug="general").update(active=False)

        with pytest.raises(leading.CannotLead, match="not in use"):
            self.move("general", lena)

    def test_is_refused_to_where_it_is(self, lena):
        with pytest.raises(leading.CannotLead, match="already"):
            self.move("automation-and-bulk", lena)
