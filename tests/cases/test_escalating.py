from datetime import timedelta

import pytest

from cases import claiming, deciding, escalating, noting
from cases.models import Note
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import NOON, make_case, verdict
from tests.factories import create_user

pytestmark = pytest.mark.django_db


class TestEscalating:
    """Ada holds a case and passes it up. Lena and Lou lead, Bo is an analyst."""

    @pytest.fixture(autouse=True)
    def _held(self, ada, lena):
        self.case = make_case()
        claiming.take(case=self.case, by=ada, now=NOON)
        self.lou = create_user(name="Lou", roles=["LEAD"])

    def escalate(self, ada, *, words="A journalist, I think.") -> None:
        escalating.escalate(case=self.case, by=ada, words=words, at=NOON)
        self.case.refresh_from_db()

    def test_ends_the_hold_and_leaves_it_to_the_leads(self, ada):
        self.escalate(ada)

        assert self.case.state == "ESCALATED"
        assert self.case.claims.get().ending == "ESCALATED"
        assert escalating.escalated_by(self.case) == ada
        note = Note.objects.get()
        assert (note.kind, note.text()) == ("ESCALATION", "A journalist, I think.")
        line = LedgerEntry.objects.get(kind="case.escalated")
        assert (line.actor, line.particulars) == (ada.actor, {"note": str(note.pk)})

    def test_is_refused_without_words_and_a_second_time(self, ada, lena):
        with pytest.raises(noting.CannotNote) as refused:
            self.escalate(ada, words="")
        assert refused.value.pointer == "words"

        self.escalate(ada)
        claiming.take(case=self.case, by=lena, now=NOON)
        with pytest.raises(escalating.CannotEscalate, match="already"):
            escalating.escalate(case=self.case, by=lena, words="Up.", at=NOON)

    def test_has_a_lead_decide_it_and_not_who_escalated_it(self, ada, lena):
        self.escalate(ada)
        with pytest.raises(deciding.NotHeld, match="a lead decides it"):
            deciding.decide(case=self.case, by=ada, at=NOON, **verdict(self.case))

        claiming.take(case=self.case, by=lena, now=NOON)

        assert deciding.decide(case=self.case, by=lena, at=NOON, **verdict(self.case))

    def test_can_be_answered_by_handing_it_back_down(self, ada, lena):
        self.escalate(ada)
        claiming.take(case=self.case, by=lena, now=NOON)

        escalating.hand_down(case=self.case, by=lena, words="No, a namesake.", at=NOON)

        self.case.refresh_from_db()
        assert (self.case.state, self.case.reserved_for) == ("OPEN", ada)
        assert self.case.reserved_until == NOON + timedelta(hours=24)
        assert self.case.claims.order_by("taken_at", "pk").last().ending == "HANDED_OVER"
        assert Note.objects.get(kind="HAND_OVER").text() == "No, a namesake."
        assert LedgerEntry.objects.get(kind="case.handed_down").actor == lena.actor
        assert claiming.take_next(by=ada, now=NOON).case == self.case

    def test_is_handed_down_by_leads_alone_and_not_from_under_another_s_hands(self, ada, bo, lena):
        self.escalate(ada)
        with pytest.raises(escalating.CannotHandDown, match="with the leads"):
            escalating.hand_down(case=self.case, by=bo, words="Down.", at=NOON)

        claiming.take(case=self.case, by=lena, now=NOON)
        with pytest.raises(escalating.CannotHandDown, match="Lena is looking"):
            escalating.hand_down(case=self.case, by=self.lou, words="Down.", at=NOON)
        with pytest.raises(noting.CannotNote):
            escalating.hand_down(case=self.case, by=lena, words=" ", at=NOON)

    def test_can_be_taken_back_while_no_lead_has_begun(self, ada, bo):
        self.escalate(ada)
        with pytest.raises(escalating.CannotHandDown):
            escalating.take_back(case=self.case, by=bo, at=NOON)

        claim = escalating.take_back(case=self.case, by=ada, at=NOON)

        claim.case.refresh_from_db()
        assert (claim.analyst, claim.case.state) == (ada, "OPEN")

    def test_is_too_late_to_take_back_once_a_lead_looks_at_it(self, ada, lena):
        self.escalate(ada)
        claiming.take(case=self.case, by=lena, now=NOON)

        with pytest.raises(escalating.CannotHandDown, match="Lena is looking"):
            escalating.take_back(case=self.case, by=ada, at=NOON)

    def test_is_not_undone_where_nothing_was_escalated(self, ada, lena):
        for undo in (
            lambda: escalating.take_back(case=self.case, by=ada, at=NOON),
            lambda: escalating.hand_down(case=self.case, by=lena, words="Down.", at=NOON),
        ):
            with pytest.raises(escalating.CannotHandDown, match="not with the leads"):
                undo()
