from datetime import timedelta

import pytest

from appeals import posting, writing
from appeals.enums import LetterKind
from appeals.models import Letter
from cases.delivering import Answer
from cases.platform import FakePlatform
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal
from tests.cases.factories import NOON, make_account

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(minutes=1)


class TestALetterInTheApp:
    @pytest.fixture(autouse=True)
    def _written(self) -> None:
        self.platform = FakePlatform()
        self.appeal = make_appeal(account=make_account(external_id="wa-1"))
        self.letter = self.write(LetterKind.ACKNOWLEDGEMENT, "We have received it.")

    def write(self, kind: LetterKind, text: str) -> Letter:
        [letter] = writing.request(
            ticket=self.appeal, kind=kind, subject="Yours", text=text, at=NOON, by="worker"
        )
        return letter

    def work(self, now=SOON) -> int:
        return posting.deliver_due(platform=self.platform, clock=lambda: now)

    def seen(self) -> Letter:
        return Letter.objects.get(pk=self.letter.pk)

    def test_reaches_the_person_once_however_often_the_worker_runs(self) -> None:
        assert [self.work(), self.work()] == [1, 0]

        [told] = self.platform.told["wa-1"]
        assert (told["notification"], told["text"]) == (self.letter.ref, "We have received it.")
        assert (self.seen().state, self.seen().sent_at) == ("SENT", SOON)
        assert LedgerEntry.objects.filter(kind="letter.sent").get().outcome == "SENT"

    def test_is_tried_again_with_the_very_same_body(self) -> None:
        """The platform knows a message by its key, and refuses another body under it."""
        self.platform.answers = [Answer(status=None)]
        self.work()
        assert self.seen().state == "RETRYING"

        self.work(SOON + timedelta(minutes=5))

        first, second = self.platform.received
        assert (first.key, first.body()) == (second.key, second.body())
        assert self.seen().state == "SENT"

    def test_goes_again_by_hand_where_the_platform_refused_it(self, lena: User) -> None:
        self.platform.answers = [Answer(status=422)]
        self.work()
        assert self.seen().detail == "The platform refused it with status 422."

        posting.resend(letter=self.letter, by=lena, at=SOON)
        self.work()

        assert self.seen().state == "SENT"
        assert self.letter.attempts.count() == 2

    def test_comes_after_what_was_written_before_it(self) -> None:
        answer = self.write(LetterKind.ANSWER, "It stays.")
        self.platform.answers = [Answer(status=503)]

        self.work()
        assert Letter.objects.get(pk=answer.pk).state == "REQUESTED"
        self.work(SOON + timedelta(minutes=5))

        assert [each["text"] for each in self.platform.told["wa-1"]] == [
            "We have received it.",
            "It stays.",
        ]
