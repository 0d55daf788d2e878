import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from appeals import posting, writing
from appeals.enums import LetterKind, Via
from appeals.models import Appeal, InboundMail, Letter
from cases.telling import NothingToResend
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance
from tests.appeals.posting.smtpserver import HANG_UP, MailServer
from tests.cases.factories import NOON
from tests.conftest import this_database

pytestmark = pytest.mark.django_db
ADDRESS = "meera@example.org"
SOON = NOON + timedelta(minutes=1)


def write(ticket=None, *, kind: str = LetterKind.ACKNOWLEDGEMENT, subject: str = "") -> Letter:
    """A letter by mail about a new appeal, or about `ticket`."""
    ticket = ticket or make_appeal(contact=ADDRESS, identity_checked_at=NOON)
    letters = writing.request(
        ticket=ticket, kind=LetterKind(kind), at=NOON, by="worker",
        subject=subject or f"We have it ({ticket.ref})", text="We have received it. धन्यवाद।",
    )  # fmt: skip
    return letters[-1]


def post(now: datetime = SOON) -> int:
    with posting.MailServer() as server:
        return posting.send_due(server=server, clock=lambda: now)


def seen(letter: Letter) -> Letter:
    return Letter.objects.get(pk=letter.pk)


class TestALetterByMail:
    """Due, to somebody who gave their address."""

    def test_is_handed_to_the_mail_server_once(self, smtp: MailServer) -> None:
        letter = write()

        assert [post(), post()] == [1, 0]

        assert [mail["To"] for mail in smtp.took] == [ADDRESS]
        assert (seen(letter).state, seen(letter).sent_at) == ("SENT", SOON)
        attempt = letter.attempts.get()
        assert (attempt.number, attempt.status, attempt.result) == (1, 250, "ACKNOWLEDGED")

    def test_is_plain_text_that_names_its_ticket_and_its_sender(
        self, smtp: MailServer, settings
    ) -> None:
        settings.DEFAULT_FROM_EMAIL = "Review <review@example.org>"
        settings.EMAIL_REPLY_TO = "grievances@example.org"
        letter = write(subject="We have it")
        post()

        [mail] = smtp.took
        assert mail["Subject"] == f"We have it ({letter.appeal.ref})"
        assert mail["From"] == "Review <review@example.org>"
        assert mail["Reply-To"] == "grievances@example.org"
        assert mail["Message-ID"] == f"<letter.{letter.key}@example.org>"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["In-Reply-To"] is None
        assert mail.get_content_type() == "text/plain"
        assert mail.get_content_charset() == "utf-8"
        assert mail.get_content().strip() == "We have received it. धन्यवाद।"

    def test_answers_the_mail_that_it_is_about(self, smtp: MailServer) -> None:
        appeal = make_appeal(contact=ADDRESS)
        came_in(appeal, "<first@their.example>", at=NOON - timedelta(hours=1))
        came_in(appeal, "<second@their.example>", at=NOON)
        write(appeal)
        post()

        [mail] = smtp.took
        assert mail["In-Reply-To"] == mail["References"] == "<second@their.example>"
        assert mail["Auto-Submitted"] == "auto-replied"

    @pytest.mark.parametrize(
        "hostile", ["<a@b>\r\nBcc: x@y", "<a@b> <c@d>", "no brackets", "<" + "a" * 999 + ">"]
    )
    def test_repeats_no_header_that_somebody_made_up(self, smtp: MailServer, hostile: str) -> None:
        appeal = make_appeal(contact=ADDRESS)
        came_in(appeal, hostile, at=NOON)
        write(appeal)
        post()

        [mail] = smtp.took
        assert mail["In-Reply-To"] is None
        assert mail["Bcc"] is None

    def test_that_would_begin_another_header_is_not_sent(self, smtp: MailServer) -> None:
        letter = write(subject="We have it\nBcc: all@example.org")
        post()

        assert smtp.took == []
        assert seen(letter).state == "FAILED"

    def test_shares_one_connection_with_the_others(self, smtp: MailServer) -> None:
        for _ in range(3):
            write()
        post()

        assert (len(smtp.took), smtp.connections) == (3, 1)

    def test_is_sent_by_a_new_connection_where_the_server_has_closed_the_old(
        self, smtp: MailServer
    ) -> None:
        smtp.said = {"NOOP": ["250 here", HANG_UP]}
        letters = [write(), write()]
        post()

        assert [seen(each).state for each in letters] == ["SENT", "SENT"]
        assert (len(smtp.took), smtp.connections) == (2, 2)

    def test_comes_after_what_was_written_before_it(self, smtp: MailServer) -> None:
        appeal = make_appeal(contact=ADDRESS, identity_checked_at=NOON)
        smtp.said = {"RCPT": ["451 try later"]}
        first, second = write(appeal), write(appeal, kind=LetterKind.ANSWER)
        post()
        assert (seen(first).state, seen(second).state) == ("RETRYING", "REQUESTED")

        post(SOON + timedelta(hours=1))

        assert [seen(first).state, seen(second).state] == ["SENT", "SENT"]

    def test_about_what_was_erased_meanwhile_is_not_sent(self, smtp: MailServer) -> None:
        grievance = make_grievance(contact=ADDRESS)
        letter = write(grievance)
        type(grievance).objects.filter(pk=grievance.pk).update(wrapped_key=b"")
        post()

        assert (seen(letter).state, smtp.took) == ("FAILED", [])
        assert "erased" in seen(letter).detail

    def test_can_be_written_to_a_folder_instead(self, settings, tmp_path: Path) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
        letter = write()
        post()

        [file] = (tmp_path / "mail").iterdir()
        assert letter.appeal.ref in file.read_text()


class TestAMailServer:
    """That does not simply take what it is handed."""

    @pytest.mark.parametrize("command", ["RCPT", "DATA", "TEXT", "MAIL"])
    def test_that_is_busy_is_asked_again(self, smtp: MailServer, command: str) -> None:
        smtp.said = {command: ["452 no room today"]}
        letter = write()
        post()

        waiting = seen(letter)
        assert waiting.state == "RETRYING"
        assert SOON < waiting.due_at < SOON + timedelta(seconds=10)
        attempt = letter.attempts.get()
        assert (attempt.status, attempt.answer) == (452, "no room today")

        post(SOON + timedelta(minutes=1))
        assert (seen(letter).state, len(smtp.took)) == ("SENT", 1)

    @pytest.mark.parametrize("command", ["RCPT", "DATA", "TEXT"])
    def test_that_refuses_has_a_person_look(
        self, smtp: MailServer, lena: User, command: str
    ) -> None:
        smtp.said = {command: ["550 no such user"]}
        letter, other = write(), write()
        post()

        failed = seen(letter)
        assert (failed.state, failed.due_at) == ("FAILED", None)
        assert failed.detail == "The mail server refused it with status 550."
        assert failed in Letter.objects.needing_attention()
        assert seen(other).state == "SENT"

        posting.resend(letter=letter, by=lena, at=SOON)
        post()
        assert seen(letter).state == "SENT"
        assert [each.number for each in letter.attempts.order_by("number")] == [1, 2]

    def test_that_refuses_us_is_asked_again(self, smtp: MailServer) -> None:
        """Who we say that we are is ours to put right."""
        smtp.said = {"MAIL": ["550 not you"]}
        letter = write()
        post()

        assert seen(letter).state == "RETRYING"

    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    def test_that_hangs_up_before_it_has_the_text_is_asked_again(
        self, smtp: MailServer, command: str
    ) -> None:
        smtp.said = {command: [HANG_UP]}
        letter = write()
        post()

        expected = "UNCERTAIN" if command == "DATA" else "RETRYING"
        assert seen(letter).state == expected

    def test_that_hangs_up_on_the_whole_of_it_may_have_it(self, smtp: MailServer) -> None:
        smtp.said = {"TEXT": [HANG_UP]}
        letter, other = write(), write()
        post()

        assert (seen(letter).state, seen(letter).due_at) == ("UNCERTAIN", None)
        assert letter.attempts.get().result == "UNKNOWN"
        assert seen(other).state == "SENT"
        assert post(SOON + timedelta(days=9)) == 0

    def test_that_is_away_costs_one_letter_its_turn(self, smtp: MailServer, settings) -> None:
        settings.EMAIL_PORT = 1
        letters = [write(), write()]

        assert post() == 1

        assert sorted(seen(each).state for each in letters) == ["REQUESTED", "RETRYING"]
        assert {each.state for each in Letter.objects.filter(via=Via.EMAIL, attempts_made=0)} == {
            "REQUESTED"
        }

    def test_that_stays_away_is_given_up_on(self, smtp: MailServer, settings) -> None:
        settings.EMAIL_PORT = 1
        letter, now = write(), SOON
        while seen(letter).state != "FAILED":
            post(now)
            now = seen(letter).due_at or now

        assert timedelta(days=2) < now - SOON < timedelta(days=4)
        assert seen(letter).detail.startswith("The mail server did not take it")


class TestAWorkerThatDies:
    def test_before_the_server_has_it_leaves_it_due(self, smtp: MailServer) -> None:
        letter = write()
        Letter.objects.filter(pk=letter.pk).update(leased_until=SOON)

        post(SOON + timedelta(seconds=1))

        assert (seen(letter).state, len(smtp.took)) == ("SENT", 1)

    def test_after_that_leaves_a_letter_that_nobody_sends_again_by_themselves(
        self, smtp: MailServer, lena: User
    ) -> None:
        letter = write()
        Letter.objects.filter(pk=letter.pk).update(state="SENDING", leased_until=SOON)
        post(SOON - timedelta(seconds=1))
        assert seen(letter).state == "SENDING"

        post(SOON)

        lost = seen(letter)
        assert (lost.state, lost.leased_until, smtp.took) == ("UNCERTAIN", None, [])
        assert lost in Letter.objects.needing_attention()
        assert LedgerEntry.objects.filter(kind="letter.uncertain").count() == 1
        assert post(SOON + timedelta(days=1)) == 0

        posting.resend(letter=letter, by=lena, at=SOON)
        post()
        assert (seen(letter).state, len(smtp.took)) == ("SENT", 1)

    def test_slowly_may_still_say_that_it_was_taken(self, smtp: MailServer) -> None:
        """Its time was up, and the answer came after all: then that is known."""
        letter = write()

        class Slow(posting.MailServer):
            def send(self, mail: EmailMessage):
                post(SOON + timedelta(minutes=11))
                assert seen(letter).state == "UNCERTAIN"
                return super().send(mail)

        with Slow() as server:
            posting.send_due(server=server, clock=lambda: SOON)

        assert (seen(letter).state, len(smtp.took)) == ("SENT", 1)


@pytest.mark.django_db(transaction=True)
class TestAWorkerThatIsKilled:
    """Truly: a process of its own, ended while the mail server had the text."""

    def test_has_mailed_it_once_at_most(self, smtp: MailServer, lena: User) -> None:
        smtp.holding = True
        letter = write()
        worker = subprocess.Popen(
            [sys.executable, "-c", SENDER],
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "DATABASE_URL": this_database(),
                "EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}",
            },
        )
        try:
            assert smtp.reached.wait(60)
        finally:
            worker.kill()
            worker.wait()
        assert seen(letter).state == "SENDING"

        smtp.holding = False
        now = timezone.now()
        assert post(now) == 0
        assert seen(letter).state == "SENDING"
        assert post(now + timedelta(minutes=11)) == 0
        assert (seen(letter).state, smtp.took) == ("UNCERTAIN", [])

        posting.resend(letter=letter, by=lena, at=now)
        post(now)
        assert (seen(letter).state, len(smtp.took)) == ("SENT", 1)


SENDER = """
import django
django.setup()
from django.utils import timezone
from appeals import posting
with posting.MailServer() as server:
    posting.send_due(server=server, clock=timezone.now)
"""


class TestAMailThatComesBack:
    @pytest.fixture(autouse=True)
    def _sent(self, smtp: MailServer) -> None:
        self.smtp = smtp
        self.letter = write()
        post()

    def test_is_found_by_what_it_was_called(self) -> None:
        [mail] = self.smtp.took

        assert posting.letter_of(mail["Message-ID"]) == self.letter
        for other in ("", "<x@y>", "<letter.nonsense@localhost>", "<letter." + "a" * 36 + "@x>"):
            assert posting.letter_of(other) is None

    def test_needs_attention_and_can_be_sent_again(self, lena: User) -> None:
        assert posting.bounced(letter=self.letter, status="5.1.1", at=SOON)

        back = seen(self.letter)
        assert (back.state, back.detail) == ("BOUNCED", "It came back, with status 5.1.1.")
        assert back in Letter.objects.needing_attention()
        line = LedgerEntry.objects.get(kind="letter.bounced")
        assert line.particulars["status"] == "5.1.1"

        posting.resend(letter=back, by=lena, at=SOON)
        post()
        assert (seen(self.letter).state, len(self.smtp.took)) == ("SENT", 2)

    def test_is_noted_once(self, lena: User) -> None:
        posting.bounced(letter=self.letter, status="5.1.1", at=SOON)

        assert not posting.bounced(letter=self.letter, status="5.1.1", at=SOON)
        posting.resend(letter=self.letter, by=lena, at=SOON)
        assert not posting.bounced(letter=self.letter, status="5.1.1", at=SOON)

    def test_is_not_sent_again_where_it_arrived(self, lena: User) -> None:
        with pytest.raises(NothingToResend, match="has not failed"):
            posting.resend(letter=self.letter, by=lena, at=SOON)

    def test_is_sent_again_once_however_often_it_is_asked_for(self, lena: User) -> None:
        posting.bounced(letter=self.letter, status="", at=SOON)
        posting.resend(letter=self.letter, by=lena, at=SOON)

        with pytest.raises(NothingToResend, match="on its way"), transaction.atomic():
            posting.resend(letter=self.letter, by=lena, at=SOON)


def came_in(appeal: Appeal, message_id: str, *, at: datetime) -> None:
    """A mail of the person about `appeal`."""
    InboundMail.objects.create(
        message_id=message_id, sha256=os.urandom(32), storage_name=f"mail/{message_id}", size=9,
        fate="THREADED", statement=appeal.statements.get(), received_at=at,
    )  # fmt: skip
