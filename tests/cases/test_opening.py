import pytest
from django.test import Client
from django.utils import timezone

from cases import opening
from cases.enums import CaseOrigin, CaseState
from cases.models import Account, Case, Queue
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.cases.factories import make_account
from tests.cases.sending import a_detection, send

pytestmark = pytest.mark.django_db


class TestOpeningByHand:
    """Ada finds an account that somebody should look at."""

    @pytest.fixture(autouse=True)
    def found(self, ada: User) -> None:
        self.ada = ada
        self.account = make_account(external_id="acc-1")
        self.queue = Queue.objects.get(slug="general")

    def open(self, *, reason: str = "Seen in a referral.", queue: Queue | None = None) -> Case:
        return opening.open_by_hand(
            account=self.account,
            by=self.ada,
            reason=reason,
            queue=queue or self.queue,
            at=timezone.now(),
        )

    def test_puts_a_case_in_the_queue_with_who_and_why(self) -> None:
        case = self.open()

        case.refresh_from_db()
        assert (case.state, case.origin) == (CaseState.OPEN, CaseOrigin.ANALYST_INITIATED)
        assert case.opened_by == self.ada
        assert case.opening_reason() == "Seen in a referral."
        assert case.queue == self.queue
        entry = LedgerEntry.objects.get(kind="case.opened")
        assert entry.actor == self.ada.actor
        assert entry.case_ref == case.ref
        assert "referral" not in str(entry.particulars)

    def test_is_refused_while_one_is_open_and_names_it(self) -> None:
        first = self.open()

        with pytest.raises(opening.AlreadyOpen, match=first.ref) as refusal:
            self.open()

        assert refusal.value.ref == first.ref

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 2_001, "a\x00b"])
    def test_needs_a_reason_that_can_be_kept(self, reason: str) -> None:
        with pytest.raises(opening.CannotOpen) as refusal:
            self.open(reason=reason)

        assert refusal.value.pointer == "reason"
        assert not Case.objects.exists()

    def test_needs_a_queue_that_is_in_use(self) -> None:
        Queue.objects.filter(pk=self.queue.pk).update(active=False)
        self.queue.refresh_from_db()

        with pytest.raises(opening.CannotOpen):
            self.open()

    def test_is_joined_by_the_next_detection_which_raises_it(self, api: Client) -> None:
        case = self.open()
        before = case.priority

        answer = send(api, "detections", a_detection(score=0.0, policy="UNOFFICIAL_CLIENT"))

        case.refresh_from_db()
        assert answer.json()["results"][0]["case"] == case.ref
        assert case.priority > before
        assert case.joined_points > 0
        assert Account.objects.get() == self.account
