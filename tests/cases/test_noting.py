import pytest

from cases import deciding, noting
from cases.claiming import take
from cases.models import Account, Note
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import NOON, make_case, verdict

pytestmark = pytest.mark.django_db


class TestANote:
    """Ada writes one on a case."""

    @pytest.fixture(autouse=True)
    def _case(self, db):
        self.case = make_case()

    def test_is_kept_sealed_with_who_and_when(self, ada):
        noting.write(case=self.case, by=ada, text="  Ask Bo, who knows them. ", at=NOON)

        note = Note.objects.get()
        assert (note.author, note.written_at, note.kind) == (ada, NOON, "NOTE")
        assert (note.case, note.account) == (self.case, self.case.account)
        assert note.text() == "Ask Bo, who knows them."
        assert b"Ask Bo" not in bytes(note.text_sealed)

    def test_leaves_a_line_without_its_words_in_the_ledger(self, ada):
        note = noting.write(case=self.case, by=ada, text="Ask Bo.", at=NOON)

        line = LedgerEntry.objects.get(kind="note.written")
        assert (line.actor, line.case_ref, line.account) == (
            ada.actor, self.case.ref, self.case.account.ref,
        )  # fmt: skip
        assert line.particulars == {"note": str(note.pk)}

    def test_can_be_written_on_a_case_that_is_settled(self, ada):
        take(case=self.case, by=ada, now=NOON)
        deciding.decide(case=self.case, by=ada, at=NOON, **verdict(self.case))

        assert noting.write(case=self.case, by=ada, text="An afterthought.", at=NOON)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (" \n", "Write a line"),
            ("x" * (noting.LONGEST_NOTE + 1), "At most 5,000 characters"),
            ("a\x00b", "Remove the NUL character"),
        ],
    )
    def test_is_refused_with_a_reason(self, ada, text, words):
        with pytest.raises(noting.CannotNote, match=words) as refused:
            noting.write(case=self.case, by=ada, text=text, at=NOON)

        assert refused.value.pointer == "text"
        assert not Note.objects.exists()
        assert not LedgerEntry.objects.filter(kind="note.written").exists()

    def test_about_somebody_who_was_erased_is_refused(self, ada):
        Account.objects.filter(pk=self.case.account_id).update(wrapped_key=b"")

        with pytest.raises(noting.CannotNote, match="erased"):
            noting.write(case=self.case, by=ada, text="Ask Bo.", at=NOON)
