from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from appeals import writing
from appeals.enums import LetterKind, LetterState
from appeals.models import Letter, LetterAttempt
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance

pytestmark = pytest.mark.django_db
ADDRESS = "meena@example.org"
TEXT = "Words for Meena alone."
PATH = "/letters/"


class TestLetters:
    """Four letters that did not arrive, each in another way, and one that was sent."""

    @pytest.fixture(autouse=True)
    def _letters(self) -> None:
        now = timezone.now()
        for each in range(5):
            ticket = make_grievance(at=now - timedelta(hours=5 - each), contact=ADDRESS)
            writing.request(
                ticket=ticket, kind=LetterKind.QUESTION, subject=f"About {ticket.ref}", text=TEXT,
                at=now, by="worker",
            )  # fmt: skip
        self.failed, self.retrying, self.uncertain, self.bounced, self.sent = (
            Letter.objects.order_by("id")
        )
        for name, state in {
            "failed": LetterState.FAILED,
            "retrying": LetterState.RETRYING,
            "uncertain": LetterState.UNCERTAIN,
            "bounced": LetterState.BOUNCED,
            "sent": LetterState.SENT,
        }.items():
            letter = getattr(self, name)
            letter.state, letter.due_at = state, None
            letter.sent_at = now if state == LetterState.SENT else None
            letter.save()
        LetterAttempt.objects.create(
            letter=self.failed, number=1, attempted_at=now, took_ms=300, status=550,
            answer=f"5.1.1 <{ADDRESS}>: no such person", result="REFUSED",
        )  # fmt: skip

    def test_list_what_needs_somebody_and_what_to_do(self, noor: User, signed_in: Any) -> None:
        page = signed_in(noor).get(PATH)

        lines = {line.ref: line for line in page.context["letters"]}
        assert set(lines) == {
            each.ref for each in (self.failed, self.retrying, self.uncertain, self.bounced)
        }
        assert all(line.advice and line.resend_url for line in lines.values())
        assert "twice" in lines[self.uncertain.ref].advice
        assert lines[self.failed.ref].attempts[0].words == "answered 550 after 0.3 s"

    def test_say_nothing_of_what_they_say_or_to_whom(self, noor: User, signed_in: Any) -> None:
        page = signed_in(noor).get(PATH, {"show": "all"}).content.decode()

        assert self.sent.ref in page
        assert TEXT not in page
        assert ADDRESS not in page

    def test_are_sent_again_once(self, noor: User, signed_in: Any) -> None:
        client = signed_in(noor)
        first = client.post(f"{PATH}{self.bounced.ref}/resending/", follow=True)
        again = client.post(f"{PATH}{self.sent.ref}/resending/", follow=True)

        assert f"{self.bounced.ref} is sent again" in first.content.decode()
        assert "has not failed" in again.content.decode()
        self.bounced.refresh_from_db()
        assert self.bounced.state == LetterState.RETRYING
        assert LedgerEntry.objects.filter(kind="letter.replayed").count() == 1

    def test_are_only_read_by_whoever_may_not_resend(self, omar: User, signed_in: Any) -> None:
        client = signed_in(omar)

        lines = client.get(PATH).context["letters"]
        assert [line.resend_url for line in lines] == [""] * 4
        assert client.post(f"{PATH}{self.failed.ref}/resending/").status_code == 403

    def test_are_not_for_analysts(self, ada: User, signed_in: Any) -> None:
        assert signed_in(ada).get(PATH).status_code == 403

    def test_about_appeals_are_for_those_who_read_appeals(
        self, legal: User, noor: User, signed_in: Any
    ) -> None:
        appeal = make_appeal(at=timezone.now())
        writing.request(
            ticket=appeal, kind=LetterKind.QUESTION, subject="About it", text=TEXT,
            at=timezone.now(), by="worker",
        )  # fmt: skip

        shown = {
            user: {
                line.ticket for line in signed_in(user).get(f"{PATH}?show=all").context["letters"]
            }
            for user in (legal, noor)
        }

        assert appeal.ref in shown[noor]
        assert appeal.ref not in shown[legal]
        assert len(shown[legal]) == 5

    def test_come_alone_when_htmx_asks(self, noor: User, signed_in: Any) -> None:
        answer = signed_in(noor).get(PATH, headers={"HX-Request": "true"})

        assert "<html" not in answer.content.decode()
        assert self.failed.ref in answer.content.decode()
