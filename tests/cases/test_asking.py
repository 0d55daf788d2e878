from datetime import timedelta

import pytest

from cases import asking, claiming, deciding
from cases.models import Note
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import NOON, make_case, verdict

pytestmark = pytest.mark.django_db
THURSDAY = NOON + timedelta(days=2)


class TestAskingForInformation:
    """Ada holds a case and asks what the account was sold for."""

    @pytest.fixture(autouse=True)
    def _held(self, ada):
        self.case = make_case()
        claiming.take(case=self.case, by=ada, now=NOON)

    def ask(self, ada, **changed) -> None:
        given = {"question": "Sold for what?", "wakes_at": THURSDAY} | changed
        asking.ask(case=self.case, by=ada, at=NOON, **given)
        self.case.refresh_from_db()

    def test_sets_it_aside_until_the_date_for_who_asked(self, ada):
        self.ask(ada)

        assert (self.case.state, self.case.wakes_at) == ("AWAITING_INFO", THURSDAY)
        assert (self.case.reserved_for, self.case.reserved_why) == (ada, "ASKED")
        assert self.case.reserved_until is None
        assert self.case.claims.get().ending == "SET_ASIDE"

    def test_leaves_the_question_as_a_note_and_the_date_in_the_ledger(self, ada):
        self.ask(ada)

        note = Note.objects.get()
        assert (note.kind, note.text()) == ("QUESTION", "Sold for what?")
        assert LedgerEntry.objects.get(kind="case.set_aside").particulars == {
            "until": THURSDAY.isoformat(),
            "note": str(note.pk),
        }

    def test_makes_room_for_another_case(self, ada):
        self.ask(ada)

        with pytest.raises(claiming.NothingToTake):
            claiming.take_next(by=ada, now=NOON)
        with pytest.raises(deciding.NotHeld, match="You set"):
            deciding.decide(case=self.case, by=ada, at=NOON, **verdict(self.case))

    def test_ends_at_once_when_who_asked_takes_it(self, ada):
        self.ask(ada)

        assert claiming.take(case=self.case, by=ada, now=NOON).case.state == "OPEN"

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"wakes_at": NOON}, "wakes_at"),
            ({"wakes_at": NOON + timedelta(days=91)}, "wakes_at"),
            ({"question": "  "}, "question"),
            ({"question": "a\x00b"}, "question"),
        ],
    )
    def test_is_refused_beside_what_is_wrong(self, ada, changed, pointer):
        with pytest.raises(claiming.Refused) as refused:
            self.ask(ada, **changed)

        assert refused.value.pointer == pointer
        self.case.refresh_from_db()
        assert self.case.state == "OPEN"

    def test_is_refused_to_who_does_not_hold_it(self, bo):
        with pytest.raises(claiming.HeldByAnother):
            self.ask(bo)
