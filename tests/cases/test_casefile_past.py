from datetime import timedelta

import pytest

from cases import claiming, deciding, noting, withdrawing
from cases.casefile import Address, read_file
from cases.models import Clearing
from cases.models.enforcement import EnforcementAttempt
from reviewapp.ledger.kinds import KINDS
from reviewapp.ledger.recording import Entry, record
from tests.cases.factories import make_account, make_case, make_enforcement, verdict
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
BEFORE = NOON - timedelta(days=5)


def past(account, case=None):
    file = read_file(
        account, case=case, address=Address("/cases/C-1/"), now=NOON, revealed=False,
        may_replay=False,
    )  # fmt: skip
    return [*file.before.newest, *file.before.older]


class TestWhatCameBefore:
    """An account that was warned, noted, cleared and appealed before its case of today."""

    @pytest.fixture(autouse=True)
    def _account(self):
        self.account = make_account()

    def decided(self, by, *, at=BEFORE, **changed):
        case = make_case(account=self.account, at=at)
        claiming.take(case=case, by=by, now=at)
        return deciding.decide(case=case, by=by, at=at, **verdict(case, **changed))

    def test_tells_a_decision_with_who_made_it_and_what_came_of_it(self, ada):
        decision = self.decided(ada)

        [told] = past(self.account, make_case(account=self.account))

        assert (told.sort, told.at, told.by) == ("decision", BEFORE, "Ada")
        assert told.words == "Warning · Bulk messaging"
        assert told.url.endswith(f"{decision.case.ref}/")
        assert [step.state for step in told.steps] == ["Requested", "Waiting"]

    def test_tells_how_often_the_platform_had_to_be_asked(self):
        enforcement = make_enforcement(account=self.account, at=BEFORE)
        for number, status in ((1, 503), (2, 200)):
            EnforcementAttempt.objects.create(
                enforcement=enforcement,
                number=number,
                attempted_at=BEFORE + timedelta(minutes=number),
                status=status,
                took_ms=20,
            )

        [told] = past(self.account)

        [step] = told.steps
        assert (step.words, step.state) == ("Permanent ban, 2 attempts", "Applied")
        assert step.at == BEFORE + timedelta(minutes=2)
        assert told.by == "Automated"

    def test_says_that_a_decision_was_withdrawn(self, ada):
        decision = self.decided(ada, effective_at=BEFORE + timedelta(seconds=30))
        withdrawing.withdraw(decision=decision, by=ada, at=BEFORE + timedelta(seconds=9))

        told = [each for each in past(self.account) if each.sort == "decision"]

        assert [each.state for each in told] == ["withdrawn by Ada"]

    def test_tells_a_case_that_nobody_decided(self):
        case = make_case(account=self.account, at=BEFORE)

        [told] = past(self.account)

        assert told.words.startswith(f"{case.ref} opened")
        assert past(self.account, case) == []

    def test_tells_appeals_as_the_ledger_has_them(self, monkeypatch):
        monkeypatch.setitem(KINDS, "appeal.filed", "Appeal filed")
        entry = Entry(
            kind="appeal.filed", actor="source:messenger", happened_at=BEFORE,
            account=self.account.ref,
        )  # fmt: skip
        record(entry, at=BEFORE)

        [told] = past(self.account)

        assert (told.sort, told.words, told.by) == ("appeal", "Appeal filed", "messenger")

    def test_tells_notes_of_other_cases(self, ada):
        case = make_case(account=self.account, at=BEFORE)
        noting.write(case=case, by=ada, text="Ask the shop.", at=BEFORE)

        [told] = [each for each in past(self.account) if each.sort == "note"]

        assert (told.text, told.by) == ("Ask the shop.", "Ada")
        assert [each for each in past(self.account, case) if each.sort == "note"] == []

    @pytest.mark.parametrize(
        ("until", "revoked", "state"),
        [
            (30, False, "until 4 Apr 2026"),
            (3, False, "ended 8 Mar 2026"),
            (30, True, "ended by Bo"),
        ],
    )
    def test_tells_clearings_and_whether_they_stand(self, lena, bo, until, revoked, state):
        Clearing.objects.create(
            account=self.account, family="BULK", until=BEFORE + timedelta(days=until), margin=0.2,
            reason_sealed=self.account.seal("A pharmacy.", context="clearing.reason"),
            made_by=lena, made_at=BEFORE,
            revoked_by=bo if revoked else None, revoked_at=NOON if revoked else None,
        )  # fmt: skip

        [told] = past(self.account)

        assert (told.words, told.by, told.text) == ("Cleared · Bulk", "Lena", "A pharmacy.")
        assert told.state == state

    def test_comes_in_one_order_the_newest_first(self, ada):
        for days in (9, 3, 6):
            make_enforcement(account=self.account, at=NOON - timedelta(days=days))
        self.decided(ada, at=NOON - timedelta(days=4))

        assert [(NOON - each.at).days for each in past(self.account)] == [3, 4, 6, 9]

    def test_is_told_of_an_erased_person_without_their_words(self, ada):
        case = make_case(account=self.account, at=BEFORE)
        noting.write(case=case, by=ada, text="Ask the shop.", at=BEFORE)
        self.account.wrapped_key = b""
        self.account.save(update_fields=["wrapped_key"])

        [told] = [each for each in past(self.account) if each.sort == "note"]

        assert told.text == "erased"
