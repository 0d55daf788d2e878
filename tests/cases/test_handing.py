from datetime import timedelta

import pytest

from cases import claiming, deciding, handing, noting
from cases.enums import CaseState
from cases.models import Note
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import NOON, make_case, verdict
from tests.factories import create_user

pytestmark = pytest.mark.django_db


class TestHandingOver:
    """Ada holds a case and hands it to Bo, who works the same queue. Lena leads, Omar audits."""

    @pytest.fixture(autouse=True)
    def _held(self, ada):
        self.case = make_case()
        claiming.take(case=self.case, by=ada, now=NOON)

    def hand_over(self, ada, to, *, words="You speak Telugu.", at=NOON) -> None:
        handing.hand_over(case=self.case, by=ada, to=to, words=words, at=at)
        self.case.refresh_from_db()

    def test_ends_the_hold_and_keeps_it_for_the_colleague_for_a_day(self, ada, bo):
        self.hand_over(ada, bo)

        assert self.case.claims.get().ending == "HANDED_OVER"
        assert self.case.reserved_for == bo
        assert self.case.reserved_why == "HANDED_OVER"
        assert self.case.reserved_until == NOON + timedelta(hours=24)
        assert claiming.take_next(by=bo, now=NOON).case == self.case

    def test_leaves_the_words_as_a_note_and_names_both_in_the_ledger(self, ada, bo):
        self.hand_over(ada, bo)

        note = Note.objects.get()
        assert (note.kind, note.author, note.text()) == ("HAND_OVER", ada, "You speak Telugu.")
        line = LedgerEntry.objects.get(kind="case.handed_over")
        assert line.actor == ada.actor
        assert line.particulars == {"to": bo.actor, "note": str(note.pk)}

    def test_is_over_for_who_handed_it(self, ada, bo):
        self.hand_over(ada, bo)

        with pytest.raises(deciding.NotHeld, match="You handed"):
            deciding.decide(case=self.case, by=ada, at=NOON, **verdict(self.case))

    def test_is_possible_after_the_hold_lapsed_if_nobody_took_it(self, ada, bo, lena):
        later = NOON + timedelta(hours=2)
        claiming.lapse(now=later)

        self.hand_over(ada, bo, at=later)

        assert self.case.reserved_for == bo
        with pytest.raises(claiming.NoLongerYours):
            claiming.take_again(case=self.case, by=ada, now=later)

    def test_is_refused_to_who_does_not_hold_it(self, ada, bo, lena):
        with pytest.raises(claiming.HeldByAnother, match="Ada holds"):
            handing.hand_over(case=self.case, by=lena, to=bo, words="Take it.", at=NOON)

    def test_is_refused_without_words(self, ada, bo):
        with pytest.raises(noting.CannotNote) as refused:
            self.hand_over(ada, bo, words=" ")

        assert refused.value.pointer == "words"
        assert self.case.claims.get().released_at is None

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"roles": ["AUDITOR"]}, "does not work"),
            ({"roles": ["ANALYST"], "is_active": False}, "does not work"),
        ],
    )
    def test_is_refused_for_somebody_who_cannot_work_it(self, ada, fields, words):
        other = create_user(name="Kim", **fields)

        with pytest.raises(handing.CannotHandOver, match=f"Kim {words}") as refused:
            self.hand_over(ada, other)

        assert refused.value.pointer == "to"
        assert other not in handing.colleagues(self.case, but=ada)

    def test_is_refused_for_oneself(self, ada, bo, lena):
        with pytest.raises(handing.CannotHandOver, match="somebody else"):
            self.hand_over(ada, ada)
        assert list(handing.colleagues(self.case, but=ada)) == [bo, lena]

    @pytest.mark.parametrize("reason", ["CONFLICT_OF_INTEREST", "DISTRESSING", "OTHER"])
    def test_is_refused_for_who_gave_it_back_before(self, ada, bo, reason):
        self.give_back_and_take(bo, reason, then=ada)

        with pytest.raises(handing.CannotHandOver, match="Bo gave"):
            self.hand_over(ada, bo)

    def test_is_possible_to_who_gave_it_back_at_the_end_of_a_shift(self, ada, bo):
        self.give_back_and_take(bo, "END_OF_SHIFT", then=ada)

        self.hand_over(ada, bo)

        assert self.case.reserved_for == bo

    def give_back_and_take(self, user, reason, *, then) -> None:
        self.case = make_case()
        claiming.take(case=self.case, by=user, now=NOON)
        claiming.give_back(case=self.case, by=user, reason=reason, now=NOON)
        claiming.take(case=self.case, by=then, now=NOON)

    def test_of_an_escalated_case_goes_to_leads_alone(self, ada, bo, lena):
        claiming.give_back(case=self.case, by=ada, reason="OTHER", now=NOON)
        self.case.move_to(CaseState.ESCALATED, at=NOON)
        self.case.save()
        claiming.take(case=self.case, by=lena, now=NOON)
        lou = create_user(name="Lou", roles=["LEAD"])

        with pytest.raises(handing.CannotHandOver, match="no lead"):
            self.hand_over(lena, bo)
        assert list(handing.colleagues(self.case, but=lena)) == [lou]
        self.hand_over(lena, lou)

        assert (self.case.state, self.case.reserved_for) == ("ESCALATED", lou)


class TestTakingBackWhatWasHandedOver:
    """Ada handed her case to Bo."""

    @pytest.fixture(autouse=True)
    def _handed(self, ada, bo):
        self.case = make_case()
        claiming.take(case=self.case, by=ada, now=NOON)
        handing.hand_over(case=self.case, by=ada, to=bo, words="Yours.", at=NOON)
        self.case.refresh_from_db()

    def test_gives_it_back_while_it_waits(self, ada):
        claim = handing.take_back(case=self.case, by=ada, at=NOON)

        claim.case.refresh_from_db()
        assert (claim.analyst, claim.case.reserved_for) == (ada, None)

    def test_is_too_late_once_it_was_taken(self, ada, bo):
        claiming.take(case=self.case, by=bo, now=NOON)

        with pytest.raises(handing.CannotTakeBack):
            handing.take_back(case=self.case, by=ada, at=NOON)

    def test_is_for_who_handed_it_over_alone(self, bo):
        cleo = create_user(name="Cleo", roles=["ANALYST"])

        with pytest.raises(handing.CannotTakeBack):
            handing.take_back(case=self.case, by=cleo, at=NOON)
