"""Mail that comes in by the command, from Meena, who has written before or has not."""

import io
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from appeals import asking, claiming, writing
from appeals.enums import GrievanceCategory, LetterKind, LetterState, MailFate, StatementKind
from appeals.limiting import MAILS_OF_SENDER
from appeals.mailing.originals import FOLDER
from appeals.models import Appeal, Attachment, Grievance, InboundMail, Letter, Statement
from appeals.posting.mail import message_id_of
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance
from tests.appeals.mailing.mails import bounce, mail, mailbox
from tests.appeals.screening.files import picture, program
from tests.cases.factories import make_account, make_enforcement
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
MEENA = "meena@example.in"
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _an_hour_past_noon() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., list[str]]:
    """Gives the command a file; answers with the lines that it printed."""

    def give(data: bytes, *words: str, fails: bool = False) -> list[str]:
        path = tmp_path / "mail"
        path.write_bytes(data)
        printed, failed = io.StringIO(), False
        try:
            call_command("receive_mail", str(path), *words, stdout=printed, stderr=printed)
        except CommandError:
            failed = True
        assert failed is fails, printed.getvalue()
        return printed.getvalue().splitlines()

    return give


def originals() -> list[str]:
    """The names of everything that storage holds of mails."""
    if not default_storage.exists(FOLDER):
        return []
    days = default_storage.listdir(FOLDER)[0]
    return [f"{FOLDER}/{d}/{n}" for d in days for n in default_storage.listdir(f"{FOLDER}/{d}")[1]]


class TestANewMail:
    """Meena has never written before."""

    def test_opens_a_grievance_that_has_its_words_and_her_address(self, command) -> None:
        lines = command(mail("I cannot sign in.", subject="Sign in"))

        grievance = Grievance.objects.get()
        assert (grievance.channel, grievance.category) == ("EMAIL", "OTHER_SUPPORT")
        assert grievance.contact() == MEENA
        statement = grievance.statements.get()
        assert (statement.kind, statement.text()) == ("FILED", "Sign in\n\nI cannot sign in.")
        assert lines == [f"1: opened a ticket {grievance.ref}", "1 mail: 1 opened a ticket."]

    def test_is_kept_as_it_came(self, command) -> None:
        command(mail())

        kept = InboundMail.objects.get()
        assert (kept.message_id, kept.fate) == ("<1@example.in>", MailFate.OPENED)
        assert kept.statement == Statement.objects.get()
        with default_storage.open(kept.storage_name) as file:
            assert file.read() == mail()
        assert originals() == [kept.storage_name]

    def test_is_told_to_the_ledger_without_its_words(self, command) -> None:
        command(mail())

        entry = LedgerEntry.objects.get(kind="mail.received")
        grievance = Grievance.objects.get()
        assert (entry.actor, entry.outcome) == ("mail", "OPENED")
        assert entry.particulars["ticket"] == grievance.ref
        assert "meena" not in str(entry.particulars)

    def test_is_of_the_moment_in_which_it_reached_the_mail_server(self, command) -> None:
        arrived = b"Received: by mx.example.org; Tue, 10 Mar 2026 09:00:00 +0000\n"
        command(arrived + mail())

        assert Grievance.objects.get().received_at == NOON - timedelta(hours=3)

    @pytest.mark.parametrize("said", [b"Tue, 10 Mar 2030 09:00:00", b"Tue, 10 Mar 2020", b"x"])
    def test_is_of_now_where_that_moment_makes_no_sense(self, command, said: bytes) -> None:
        command(b"Received: by mx.example.org; " + said + b"\n" + mail())

        assert Grievance.objects.get().received_at == LATER

    @pytest.mark.parametrize(
        "text", ["My account was banned", "मेरा खाता बंद है", "Minha conta foi banida", "suspendida"]
    )
    def test_is_about_a_ban_where_it_says_so(self, command, text: str) -> None:
        command(mail(text))

        assert Grievance.objects.get().category == GrievanceCategory.BAN_APPEAL

    def test_opens_the_appeal_of_the_account_that_it_names(self, command) -> None:
        account = make_account(phone="+919876543210")
        make_enforcement(account=account, at=NOON)

        command(mail("Please unban +91 98765 43210.", files={"shot.png": picture("PNG")}))

        grievance = Grievance.objects.get()
        assert (grievance.account, grievance.state) == (account, "IN_APPEAL")
        assert grievance.appeal == Appeal.objects.get()
        # That it is theirs was not shown: the appeal's answer goes to the account.
        assert grievance.appeal.contact() == ""
        assert Attachment.objects.get().statement.appeal == grievance.appeal

    def test_keeps_files_that_may_be_kept_and_notes_the_others(self, command) -> None:
        command(mail("See these.", files={"shot.png": picture("PNG"), "run.exe": program()}))

        attachment = Attachment.objects.get()
        assert (attachment.name(), attachment.media_type) == ("shot.png", "image/png")
        text = Statement.objects.get().text()
        assert text.endswith("[Not kept of this mail: run.exe (program-file)]")

    def test_may_be_longer_than_a_text_may_be(self, command) -> None:
        command(mail("word " * 3_000))

        text = Statement.objects.get().text()
        assert len(text) <= 5_000
        assert text.endswith("its original has all of it.]")

    @pytest.mark.parametrize("sender", ["", "nobody", "undisclosed:;"])
    def test_may_be_from_nowhere(self, command, sender: str) -> None:
        command(mail(sender="x@example.in").replace(b"x@example.in", sender.encode(), 1))

        assert Grievance.objects.get().contact() == ""

    def test_is_read_from_standard_input_where_no_file_is_named(self, monkeypatch) -> None:
        handed = io.TextIOWrapper(io.BytesIO(mail()))
        monkeypatch.setattr(sys, "stdin", handed)

        call_command("receive_mail", stdout=io.StringIO())

        assert Grievance.objects.count() == 1


class TestTheSameMail:
    def test_changes_nothing_when_its_mailbox_is_given_again(self, command) -> None:
        box = mailbox(mail(), mail("Another", message_id="<2@example.in>"), bounce())
        command(box, "--mbox")
        before = rows()

        lines = command(box, "--mbox")

        assert rows() == before
        assert lines[-1] == "3 mails: 3 known."
        assert lines[0].startswith("1: known: opened a ticket G-")

    def test_is_known_though_it_came_by_another_way(self, command) -> None:
        command(mail())
        command(b"Received: by mx2; Tue, 10 Mar 2026 12:30:00 +0000\nX-Spam: no\n" + mail())

        assert Grievance.objects.count() == InboundMail.objects.count() == len(originals()) == 1

    def test_is_another_where_it_only_has_the_same_id(self, command) -> None:
        command(mail("one"))
        command(mail("two"))

        assert Grievance.objects.count() == 2

    def test_is_known_where_it_was_refused(self, command) -> None:
        command(b"no mail", fails=True)

        assert command(b"no mail") == ["1: known: refused (not-a-mail)", "1 mail: 1 known."]


def rows() -> list[int]:
    kinds = (Grievance, Statement, InboundMail, Letter, Attachment, LedgerEntry)
    return [kind.objects.count() for kind in kinds] + [len(originals())]


@pytest.fixture
def appeal() -> Appeal:
    return make_appeal(contact=MEENA, identity_checked_at=NOON)


@pytest.fixture
def grievance() -> Grievance:
    return make_grievance(contact=MEENA)


@pytest.fixture(params=["appeal", "grievance"])
def ticket(request: pytest.FixtureRequest) -> Appeal | Grievance:
    """An open one of Meena's."""
    return request.getfixturevalue(request.param)


class TestAReply:
    """Meena has an open ticket."""

    def test_joins_the_ticket_that_its_subject_names(self, command, ticket) -> None:
        lines = command(mail("One more thing.", subject=f"Re: We have it ({ticket.ref})"))

        assert lines[0] == f"1: joined a ticket {ticket.ref}"
        said = ticket.statements.latest("id")
        assert (said.kind, said.text()) == (StatementKind.REPEATED, "One more thing.")
        assert InboundMail.objects.get().statement == said

    def test_joins_the_ticket_of_the_letter_that_it_answers(self, command, ticket) -> None:
        letter = send(ticket)

        command(mail("Thank you.", subject="Re: hello", answers=message_id_of(letter)))

        assert ticket.statements.count() == 2

    def test_joins_the_ticket_of_her_own_mail_before(self, command) -> None:
        command(mail("First.", message_id="<1@example.in>"))
        command(mail("Second.", message_id="<2@example.in>", answers="<1@example.in>"))

        assert Grievance.objects.get().statements.count() == 2

    def test_answers_what_she_was_asked(self, command, ticket, noor: User) -> None:
        claiming.take(ticket=ticket, by=noor, at=NOON)
        asking.ask(ticket=ticket, by=noor, text="To whom did you write?", at=NOON)

        command(
            mail(
                "My customers.\n\nOn 10 March, Desk <d@example.org> wrote:\n> To whom?",
                subject=f"Re: A question ({ticket.ref})",
                files={"list.txt": b"Bo, Lena"},
            )
        )

        ticket.refresh_from_db()
        assert ticket.state == "OPEN"
        said = ticket.statements.get(kind=StatementKind.ANSWER)
        assert said.text() == "My customers."
        assert said.attachments.get().name() == "list.txt"

    def test_is_found_however_her_address_is_written(self, command, ticket) -> None:
        command(mail(sender="Meena <MEENA@EXAMPLE.IN>", subject=ticket.ref))

        assert ticket.statements.count() == 2

    def test_is_kept_on_the_appeal_where_that_is_what_decides(self, command) -> None:
        account = make_account(phone="+919876543210")
        make_enforcement(account=account, at=NOON)
        command(mail("Please unban +91 98765 43210."))
        ref = Grievance.objects.get().ref

        lines = command(mail("One more thing.", subject=f"Re: {ref}", message_id="<2@example.in>"))

        appeal = Appeal.objects.get()
        assert lines[0] == f"1: joined a ticket {appeal.ref}"
        assert appeal.statements.latest("id").text() == "One more thing."
        assert appeal.repeats == 1

    def test_opens_another_where_it_is_not_from_her(self, command, ticket) -> None:
        command(mail("It is mine.", sender="eve@example.com", subject=f"Re: {ticket.ref}"))

        assert ticket.statements.count() == 1
        opened = InboundMail.objects.get()
        assert (opened.fate, opened.detail) == ("OPENED", f"another-address {ticket.ref}")
        assert opened.statement.ticket.contact() == "eve@example.com"

    def test_opens_another_where_hers_was_answered(self, command, grievance, noor) -> None:
        Grievance.objects.filter(pk=grievance.pk).update(
            state="RESOLVED", resolution="SUPPORT_GIVEN", closed_at=NOON
        )
        command(mail("Still not.", subject=f"Re: {grievance.ref}"))

        assert grievance.statements.count() == 1
        assert InboundMail.objects.get().detail == f"after-the-answer {grievance.ref}"

    def test_joins_what_its_ticket_repeats(self, command, grievance) -> None:
        double = make_grievance(contact=MEENA)
        Grievance.objects.filter(pk=double.pk).update(
            state="RESOLVED", resolution="DUPLICATE", duplicate_of=grievance, closed_at=NOON
        )

        command(mail("One more thing.", subject=f"Re: {double.ref}"))

        assert grievance.statements.count() == 2

    def test_opens_another_where_the_number_has_a_slip(self, command, ticket) -> None:
        slip = ticket.ref[:-1] + ("0" if ticket.ref[-1] != "0" else "1")
        command(mail(subject=slip))

        assert ticket.statements.count() == 1


def send(ticket: Appeal | Grievance) -> Letter:
    """A letter by mail that is out."""
    letter = writing.request(
        ticket=ticket, kind=LetterKind.ACKNOWLEDGEMENT, subject="We have it", text="Thank you.",
        at=NOON, by="worker",
    )[-1]  # fmt: skip
    Letter.objects.filter(pk=letter.pk).update(state=LetterState.SENT, sent_at=NOON, due_at=None)
    return letter


class TestAMachine:
    def test_is_told_from_a_person_and_opens_nothing(self, command) -> None:
        away = mail("I am away.", message_id="<a@x>", Auto_Submitted="auto-replied")
        news = mail("Buy this.", message_id="<b@x>", Precedence="bulk")

        lines = command(mailbox(away, news), "--mbox")

        assert rows()[:4] == [0, 0, 2, 0]
        assert [each.detail for each in InboundMail.objects.order_by("id")] == ["automatic", "bulk"]
        assert lines[-1] == "2 mails: 2 was sent by a machine."

    def test_is_not_put_on_the_ticket_that_it_answers(self, command, ticket) -> None:
        command(mail(subject=f"Away: {ticket.ref}", Auto_Submitted="auto-replied"))

        assert ticket.statements.count() == 1

    def test_says_that_a_letter_came_back(self, command, ticket) -> None:
        letter = send(ticket)

        lines = command(bounce(message_id=message_id_of(letter), status="5.1.1"))

        letter.refresh_from_db()
        assert (letter.state, letter.detail) == ("BOUNCED", "It came back, with status 5.1.1.")
        assert InboundMail.objects.get().letter == letter
        assert lines[0] == "1: says that a letter came back"
        assert Grievance.objects.exclude(pk=ticket.pk).count() == 0

    def test_says_so_without_a_report(self, command, ticket) -> None:
        letter = send(ticket)

        command(mail("failed", sender="MAILER-DAEMON@x.example", answers=message_id_of(letter)))

        letter.refresh_from_db()
        assert letter.state == LetterState.BOUNCED

    def test_says_that_a_letter_is_late(self, command, ticket) -> None:
        letter = send(ticket)

        command(bounce(message_id=message_id_of(letter), action="delayed", status="4.4.1"))

        letter.refresh_from_db()
        assert letter.state == LetterState.SENT
        assert InboundMail.objects.get().letter == letter

    def test_may_speak_of_no_letter_of_ours(self, command) -> None:
        command(bounce())

        assert InboundMail.objects.get().detail == "no-letter-of-ours"


class TestWhateverComes:
    def test_is_accounted_for_a_mail_a_line(self, command) -> None:
        hostile = [
            b"Subject: \xff\0\x1b[2J =?utf-8?B?!!?=\n\n\0\xff",
            b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 10_000,
            b"Subject: x\nContent-Type: text/html\n\n<script>alert(1)</script>" + b"<" * 50_000,
            b"From: =?utf-8?Q?=00?= <a@b>\nMessage-ID: <\0>\nDate: x\n\n\xe2\x80\xae",
            b"Subject: x\nContent-Type: message/rfc822\n\n" * 3_000,
            mail("x", files={"\u202egpj.exe": program(), "": b"", "a/b": b"x" * 6_000_000}),
        ]

        lines = command(mailbox(*hostile), "--mbox", fails=True)

        assert len(lines) == len(hostile) + 1
        assert InboundMail.objects.count() == len(originals()) == len(hostile)


class TestWhatIsRefused:
    def test_is_kept_and_makes_the_command_fail(self, command) -> None:
        lines = command(mailbox(mail("one"), b"no mail\n"), "--mbox", fails=True)

        assert lines == [
            f"1: opened a ticket {Grievance.objects.get().ref}",
            "2: refused (not-a-mail)",
            "2 mails: 1 opened a ticket, 1 refused.",
        ]
        refused = InboundMail.objects.get(fate=MailFate.REFUSED)
        with default_storage.open(refused.storage_name) as file:
            assert file.read() == b"no mail\n"

    def test_is_what_comes_from_one_address_too_often(self, command) -> None:
        mails = [mail(f"Mail {n}", message_id=f"<{n}@x>") for n in range(MAILS_OF_SENDER + 2)]

        lines = command(mailbox(*mails), "--mbox", fails=True)

        assert lines[-2].endswith("refused (too-many-requests)")
        assert len(originals()) == MAILS_OF_SENDER + 2

    def test_is_what_is_too_large_of_which_the_beginning_is_kept(self, command) -> None:
        large = mail("x") + b"x\n" * 13_000_000

        assert command(large, fails=True)[0] == "1: refused (mail-too-large)"
        assert InboundMail.objects.get().size == len(large)

    def test_is_no_mailbox(self, command) -> None:
        assert command(mail(), "--mbox", fails=True) == []

    def test_is_a_file_that_is_not_there(self) -> None:
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("receive_mail", "/nowhere/at/all")
