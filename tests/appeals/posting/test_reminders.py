from datetime import timedelta

import pytest

from appeals import posting, timing, warning
from appeals.models import Reminder
from appeals.posting import reminders
from reviewapp.staff.models import User
from tests.appeals.factories import make_grievance
from tests.appeals.posting.smtpserver import HANG_UP, MailServer
from tests.cases.factories import NOON

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATE = NOON + 7 * DAY


def send(now=LATE) -> int:
    with posting.MailServer() as server:
        return posting.remind_due(server=server, clock=lambda: now)


class TestAReminder:
    """One grievance is overdue with its acknowledgement and nearly with its answer."""

    @pytest.fixture(autouse=True)
    def _waits(self, noor: User, smtp: MailServer) -> None:
        self.smtp = smtp
        self.grievance = make_grievance(text="I am on the run.")
        warning.warn(now=LATE)

    def test_says_which_clocks_and_nothing_of_anybody(self, noor: User) -> None:
        assert [send(), send()] == [1, 0]

        [mail] = self.smtp.took
        assert mail["To"] == noor.email
        assert mail["Subject"] == "Tickets: 1 overdue, 1 due soon"
        text = mail.get_content()
        assert f"{self.grievance.ref}  Acknowledge by 2026-03-11 12:00" in text
        assert f"{self.grievance.ref}  Answer by 2026-03-17 12:00" in text
        assert "run." not in text
        assert Reminder.objects.get().sent_at == LATE

    def test_leaves_out_what_was_done_meanwhile(self) -> None:
        timing.meet(self.grievance, "ACK", at=LATE)
        send()

        assert self.smtp.took[0]["Subject"] == "Tickets: 1 due soon"

    def test_is_not_sent_where_all_of_it_was(self) -> None:
        timing.stop(self.grievance, at=LATE)

        assert send() == 0
        assert (Reminder.objects.get().due_at, self.smtp.took) == (None, [])

    def test_is_not_sent_to_whoever_has_left(self) -> None:
        User.objects.update(is_active=False)

        assert send() == 0

    @pytest.mark.parametrize("said", [{"RCPT": ["451 later"]}, {"TEXT": [HANG_UP]}])
    def test_is_tried_again(self, said: dict[str, list[str]]) -> None:
        self.smtp.said = said
        send()
        assert Reminder.objects.get().sent_at is None

        send(LATE + HOUR)
        assert len(self.smtp.took) == 1

    def test_waits_for_a_server_that_is_away(self, settings) -> None:
        settings.EMAIL_PORT = 1
        send()

        waiting = Reminder.objects.get()
        assert (waiting.attempts_made, waiting.leased_until) == (1, None)
        assert waiting.due_at is not None

    def test_is_sent_by_another_worker_where_one_died(self) -> None:
        Reminder.objects.update(leased_until=LATE + HOUR)

        assert send() == 0
        assert send(LATE + HOUR) == 1

    def test_names_a_bounded_number(self, monkeypatch) -> None:
        monkeypatch.setattr(reminders, "SHOWN", 1)
        for _ in range(2):
            make_grievance()
        Reminder.objects.update(due_at=None)
        warning.warn(now=LATE)
        send()

        assert "and 1 more" in self.smtp.took[0].get_content()

    def test_is_forgotten_after_a_month(self) -> None:
        send()

        assert posting.forget(now=LATE + 29 * DAY) == 0
        assert posting.forget(now=LATE + 31 * DAY) == 1
