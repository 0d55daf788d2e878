"""Workers and colleagues at once on letters, clocks and grievances: real threads."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from appeals import claiming, posting, repeating, resolving, warning, writing
from appeals.enums import LetterKind
from appeals.models import Clock, Grievance, Letter, Reminder
from appeals.resolving import Answer
from cases.platform import FakePlatform
from cases.telling import NothingToResend
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance
from tests.appeals.posting.smtpserver import MailServer, mail_server
from tests.cases.factories import NOON, make_enforcement
from tests.races.test_appeals import make_reviewers
from tests.races.test_cases import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "meera@example.org"
SOON = NOON + timedelta(minutes=1)


@pytest.fixture
def smtp(settings: Any):
    with mail_server() as server:
        settings.EMAIL_BACKEND = "reviewapp.kernel.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def write(**more: Any) -> Letter:
    ticket = make_appeal(contact=ADDRESS, identity_checked_at=NOON)
    return writing.request(
        ticket=ticket, kind=LetterKind.ANSWER, subject="Yours", text="It stays.", at=NOON,
        by="worker", **more,
    )[-1]  # fmt: skip


def post(now=SOON) -> int:
    with posting.MailServer() as server:
        return posting.send_due(server=server, clock=lambda: now)


class TestWorkersAtOnce:
    def test_mail_each_letter_once(self, smtp: MailServer) -> None:
        for _ in range(12):
            write()

        at_once(*[post] * 4)

        assert len(smtp.took) == len({mail["Message-ID"] for mail in smtp.took}) == 12
        assert set(Letter.objects.filter(via="EMAIL").values_list("state", flat=True)) == {"SENT"}

    def test_pass_each_letter_on_once(self) -> None:
        platform = FakePlatform()
        for _ in range(12):
            write()

        at_once(*[lambda: posting.deliver_due(platform=platform, clock=lambda: SOON)] * 4)

        assert set(platform.calls.values()) == {1}
        assert len(platform.calls) == 12

    def test_say_once_that_nobody_knows(self, smtp: MailServer) -> None:
        letter = write()
        Letter.objects.filter(pk=letter.pk).update(state="SENDING", leased_until=NOON)

        at_once(*[post] * 4)

        assert smtp.took == []
        assert LedgerEntry.objects.filter(kind="letter.uncertain").count() == 1

    def test_cancel_a_pointless_letter_once(self) -> None:
        ban = make_enforcement(account=make_appeal().account, state="CANCELLED")
        write(enforcement=ban)

        at_once(*[lambda: writing.release_waiting(now=SOON)] * 4)

        assert LedgerEntry.objects.filter(kind="letter.cancelled").count() == 2

    def test_tell_of_each_clock_once(self) -> None:
        make_reviewers(2)
        for _ in range(10):
            make_grievance()

        at_once(*[lambda: warning.warn(now=NOON + timedelta(days=9))] * 4)

        assert LedgerEntry.objects.filter(kind="clock.broken").count() == 20
        told = [pk for each in Reminder.objects.all() for pk in each.over]
        assert len(told) == 2 * Clock.objects.count()


class TestColleaguesAtOnce:
    def test_send_a_letter_again_once(self, smtp: MailServer) -> None:
        letter = write()
        Letter.objects.filter(pk=letter.pk).update(state="FAILED", due_at=None)

        results = at_once(
            *(lambda p=p: posting.resend(letter=letter, by=p, at=SOON) for p in make_reviewers(4))
        )
        post()

        assert sum(isinstance(each, NothingToResend) for each in results) == 3
        assert len(smtp.took) == 1

    def test_answer_a_grievance_once(self) -> None:
        grievance = make_grievance(contact=ADDRESS)
        [noor] = make_reviewers(1)

        results = at_once(*[lambda: answer(grievance, noor, resolution="NO_RESPONSE_POSSIBLE")] * 4)

        assert sum(isinstance(each, Grievance) for each in results) == 1
        assert Letter.objects.count() == 1

    def test_never_leave_a_chain_of_duplicates(self) -> None:
        people = make_reviewers(2)
        for _ in range(5):
            first, second, third = (
                make_grievance(contact=ADDRESS, at=NOON + each * timedelta(minutes=1))
                for each in range(3)
            )
            at_once(
                partial(repeat, third, of=second, by=people[0]),
                partial(repeat, second, of=first, by=people[1]),
            )

            assert set(first.duplicates.all()) == {second, third}

    def test_never_leave_a_loop_of_duplicates(self) -> None:
        people = make_reviewers(2)
        for _ in range(5):
            one, other = (make_grievance(contact=ADDRESS) for _ in range(2))
            results = at_once(
                partial(repeat, one, of=other, by=people[0]),
                partial(repeat, other, of=one, by=people[1]),
            )

            assert sum(isinstance(each, repeating.NotADuplicate) for each in results) == 1
            assert Grievance.objects.filter(duplicate_of__isnull=False).count() == 1
            Grievance.objects.open().update(
                state="RESOLVED",
                resolution="SUPPORT_GIVEN",
                closed_at=SOON,
                held_by=None,
                taken_at=None,
                held_until=None,
            )
            Grievance.objects.update(duplicate_of=None, resolution="SUPPORT_GIVEN")


def answer(grievance: Grievance, by: User, **said: Any) -> Grievance:
    """Take it and answer it, as somebody does who looks at it."""
    grievance = Grievance.objects.get(pk=grievance.pk)
    taken = claiming.take(ticket=grievance, by=by, at=NOON)
    return resolving.resolve(
        grievance=taken, by=by, at=SOON, seen_version=taken.version, answer=Answer(**said)
    )


def repeat(grievance: Grievance, *, of: Grievance, by: User) -> Grievance:
    return answer(grievance, by, resolution="DUPLICATE", duplicate_of=of)
