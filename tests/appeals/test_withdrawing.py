import pytest

from appeals import acknowledging, asking, claiming, timing, withdrawing
from appeals.enums import (
    APPEAL_ENDS,
    AppealState,
    Channel,
    GrievanceState,
    LetterKind,
    StatementKind,
)
from appeals.models import Clock, Proposal
from appeals.withdrawing import ClosedAlready
from reviewapp.ledger.models import LedgerEntry
from tests.appeals.factories import make_appeal, make_grievance
from tests.cases.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def appeal(db):
    return make_appeal(identity_checked_at=NOON)


def withdraw(appeal):
    return withdrawing.withdraw(appeal=appeal, channel=Channel.WEB_FORM, at=NOON, by="person")


class TestAnAppealTakenBack:
    def test_is_closed_and_its_decision_stays(self, appeal) -> None:
        withdraw(appeal)

        appeal.refresh_from_db()
        assert (appeal.state, appeal.closed_at) == (AppealState.WITHDRAWN, NOON)
        assert appeal.enforcement.state == "APPLIED"
        assert appeal.statements.filter(kind=StatementKind.WITHDRAWAL).count() == 1
        assert LedgerEntry.objects.get(kind="appeal.withdrawn").account == appeal.account.ref

    def test_is_owed_nothing_more(self, appeal) -> None:
        withdraw(appeal)

        assert Clock.objects.running().count() == 0

    def test_is_confirmed_by_letter(self, appeal) -> None:
        withdraw(appeal)

        letter = appeal.letters.get()
        assert letter.kind == LetterKind.WITHDRAWN
        assert appeal.ref in letter.subject

    def test_is_taken_off_whoever_holds_it(self, appeal, noor) -> None:
        claiming.take(ticket=appeal, by=noor, at=NOON)

        assert withdraw(appeal).held_by is None

    def test_needs_nobody_to_approve_what_was_proposed(self, appeal, noor) -> None:
        Proposal.objects.create(
            appeal=appeal, outcome="REVERSED", cause="DETECTOR_ERROR", asked_by=noor, asked_at=NOON,
            reason_sealed=b"",
        )  # fmt: skip
        type(appeal).objects.update(state=AppealState.AWAITING_APPROVAL)

        withdraw(appeal)

        assert Proposal.objects.waiting().count() == 0

    def test_gives_a_grievance_that_contains_it_back_to_us(self, appeal) -> None:
        grievance = make_grievance(account=appeal.account, appeal=appeal, state="IN_APPEAL")

        withdraw(appeal)

        grievance.refresh_from_db()
        assert grievance.state == GrievanceState.OPEN
        assert timing.Clock.objects.running().filter(grievance=grievance).exists()
        assert LedgerEntry.objects.filter(kind="grievance.reopened").count() == 1

    def test_is_so_once(self, appeal) -> None:
        withdraw(appeal)

        with pytest.raises(ClosedAlready):
            withdraw(appeal)
        assert appeal.letters.count() == 1

    @pytest.mark.parametrize("state", ["DECIDED", "INADMISSIBLE"])
    def test_is_not_one_that_was_answered(self, state) -> None:
        appeal = make_appeal(state=state, closed_at=NOON)

        with pytest.raises(ClosedAlready):
            withdraw(appeal)


class TestItsLetters:
    """Noor has asked about it, and one letter with the question is on its way."""

    def test_are_cancelled_where_nobody_has_begun_to_send_them(self, noor) -> None:
        appeal = make_appeal(identity_checked_at=NOON, contact="meera@example.org")
        acknowledging.acknowledge_due(at=NOON)
        appeal = claiming.take(ticket=appeal, by=noor, at=NOON)
        asking.ask(ticket=appeal, by=noor, text="Whom did you write to?", at=NOON)
        appeal.letters.filter(kind=LetterKind.QUESTION, via="EMAIL").update(
            state="SENDING", leased_until=NOON
        )

        withdraw(appeal)

        assert {(each.kind, each.via): each.state for each in appeal.letters.all()} == {
            ("ACKNOWLEDGEMENT", "PLATFORM"): "REQUESTED",
            ("ACKNOWLEDGEMENT", "EMAIL"): "REQUESTED",
            ("QUESTION", "PLATFORM"): "CANCELLED",
            ("QUESTION", "EMAIL"): "SENDING",
            ("WITHDRAWN", "PLATFORM"): "REQUESTED",
            ("WITHDRAWN", "EMAIL"): "REQUESTED",
        }
        [cancelled] = LedgerEntry.objects.filter(kind="letter.cancelled")
        assert cancelled.particulars["via"] == "PLATFORM"


def test_an_appeal_is_taken_back_from_wherever_it_is(db) -> None:
    for state in set(AppealState) - set(APPEAL_ENDS):
        appeal = make_appeal(state=state)
        withdraw(appeal)
        appeal.refresh_from_db()
        assert appeal.state == AppealState.WITHDRAWN
