from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from appeals import asking, claiming
from appeals.attaching import Upload
from appeals.cleaning import EmptyText
from appeals.enums import AppealState, Channel, ClockName, LetterKind, StatementKind
from appeals.models import Appeal, Attachment, Grievance, Letter, Statement
from appeals.screening import FileRefused
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance
from tests.cases.factories import NOON, make_account

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOON + HOUR
ADDRESS = "meera@example.org"


def grievance(**fields: Any) -> Grievance:
    return make_grievance(contact=ADDRESS, **fields)


def say(ticket: Any, text: str = "My customers.", at=LATER, **fields: Any) -> Statement:
    said = {"files": [], "channel": Channel.WEB_FORM, "by": "person"}
    return asking.answer(ticket=ticket, text=text, at=at, **(said | fields))


@pytest.mark.parametrize("make", [make_appeal, grievance])
class TestAsking:
    """Noor holds it, and asks to whom the messages went."""

    def asked(self, make: Any, noor: User, **fields: Any) -> Any:
        ticket = claiming.take(ticket=make(**fields), by=noor, at=NOON)
        asking.ask(ticket=ticket, by=noor, text="  To whom did you write?  ", at=NOON)
        ticket.refresh_from_db()
        return ticket

    def test_has_it_wait_for_the_person(self, make: Any, noor: User) -> None:
        ticket = self.asked(make, noor)

        assert ticket.state.startswith("AWAITING")
        assert ticket.held_by is None
        assert ticket.version == 2
        said = ticket.statements.get(kind=StatementKind.QUESTION)
        assert (said.text(), said.author) == ("To whom did you write?", noor)

    def test_promises_a_letter_that_says_by_when(self, make: Any, noor: User) -> None:
        ticket = self.asked(make, noor)

        letter = Letter.objects.get()
        assert letter.kind == LetterKind.QUESTION
        assert letter.ticket == ticket
        assert "To whom did you write?" in letter.text()
        assert ticket.ref in letter.text()

    def test_leads_to_where_it_can_be_answered_only_whom_it_is_about(
        self, make: Any, noor: User
    ) -> None:
        self.asked(make, noor, **({} if make is grievance else {"contact": ADDRESS}))

        with_link = {each.via for each in Letter.objects.all() if "/review/" in each.text()}
        assert with_link == (set() if make is grievance else {"PLATFORM"})

    def test_is_recorded_without_what_was_asked(self, make: Any, noor: User) -> None:
        self.asked(make, noor)

        told = LedgerEntry.objects.get(kind__endswith=".asked")
        assert told.actor == noor.actor
        assert "whom" not in str(told.particulars)

    def test_has_the_answer_bring_it_back(self, make: Any, noor: User) -> None:
        ticket = self.asked(make, noor)

        said = say(ticket)

        ticket.refresh_from_db()
        assert (ticket.state, ticket.answer_by, ticket.version) == ("OPEN", None, 3)
        assert said.text() == "My customers."
        assert claiming.take_next(kind=type(ticket), by=noor, at=LATER) == ticket
        told = LedgerEntry.objects.get(kind__endswith=".answered")
        assert (told.actor, told.particulars["channel"]) == ("person", "WEB_FORM")

    def test_loses_nothing_of_two_answers(self, make: Any, noor: User) -> None:
        ticket = self.asked(make, noor)

        say(ticket, "My customers.")
        say(ticket, "And my aunt.", at=LATER + HOUR)

        texts = [each.text() for each in ticket.statements.filter(kind=StatementKind.ANSWER)]
        assert texts == ["My customers.", "And my aunt."]
        ticket.refresh_from_db()
        # Whoever took it in between sees that it has changed.
        assert (ticket.state, ticket.version) == ("OPEN", 4)

    def test_keeps_files_with_the_answer(self, make: Any, noor: User) -> None:
        ticket = self.asked(make, noor)

        said = say(ticket, files=[Upload("list.txt", BytesIO(b"Asha, Ravi, Meera"))])

        assert Attachment.objects.get().statement == said

    def test_keeps_nothing_of_an_answer_that_is_refused(self, make: Any, noor: User) -> None:
        ticket = self.asked(make, noor)

        with pytest.raises(FileRefused):
            say(ticket, files=[Upload("run.exe", BytesIO(b"MZ\x90\0"))])
        with pytest.raises(EmptyText):
            say(ticket, " ")
        assert not ticket.statements.filter(kind=StatementKind.ANSWER).exists()
        assert not LedgerEntry.objects.filter(kind__endswith=".answered").exists()

    def test_listens_to_ten_answers(self, make: Any, noor: User) -> None:
        ticket = self.asked(make, noor)
        for number in range(asking.MOST_ANSWERS):
            say(ticket, f"And number {number}.")

        with pytest.raises(asking.SaidEnough):
            say(ticket, "And one more.")

    def test_ends_when_the_time_is_over(self, make: Any, noor: User) -> None:
        ticket = self.asked(make, noor)
        assert ticket.answer_by
        in_time = ticket.answer_by - timedelta(microseconds=1)

        assert asking.end_waits(at=in_time) == 0
        assert asking.end_waits(at=ticket.answer_by) == 1
        assert asking.end_waits(at=ticket.answer_by) == 0

        ticket.refresh_from_db()
        assert (ticket.state, ticket.answer_by) == ("OPEN", None)
        assert LedgerEntry.objects.get(kind__endswith=".wait_ended").actor == "worker"
        # What comes late is read all the same.
        assert say(ticket, at=NOON + 7 * DAY)

    def test_can_be_gone_on_from(self, make: Any, noor: User) -> None:
        ticket = self.asked(make, noor)

        taken = asking.go_on(ticket=ticket, by=noor, at=LATER)

        assert taken.state == "OPEN"
        assert taken.is_held_by(noor, now=LATER)

    def test_is_for_whoever_holds_it(self, make: Any, noor: User, ravi: User) -> None:
        ticket = make()

        with pytest.raises(claiming.NoLongerYours):
            asking.ask(ticket=ticket, by=noor, text="To whom?", at=NOON)
        claiming.take(ticket=ticket, by=ravi, at=NOON)
        with pytest.raises(claiming.HeldByAnother):
            asking.ask(ticket=ticket, by=noor, text="To whom?", at=NOON)

    @pytest.mark.parametrize("text", ["", " \n ", "x" * 2001, "To \0 whom?"])
    def test_needs_a_question(self, make: Any, text: str, noor: User) -> None:
        ticket = claiming.take(ticket=make(), by=noor, at=NOON)

        with pytest.raises(asking.CannotAsk) as refused:
            asking.ask(ticket=ticket, by=noor, text=text, at=NOON)

        assert refused.value.pointer == "text"
        assert not Letter.objects.exists()

    def test_that_was_never_done_is_not_answered(self, make: Any) -> None:
        with pytest.raises(asking.NothingAsked):
            say(make())

    def test_is_over_once_the_ticket_is_closed(self, make: Any, noor: User) -> None:
        ticket = self.asked(make, noor)
        closed = {"closed_at": LATER, "state": AppealState.WITHDRAWN}
        if isinstance(ticket, Grievance):
            closed |= {"state": "RESOLVED", "resolution": "SUPPORT_GIVEN"}
        type(ticket).objects.filter(pk=ticket.pk).update(**closed)

        with pytest.raises(asking.AnsweredAlready):
            say(ticket)


class TestHowLongAnAnswerIsWaitedFor:
    """The law's clock goes on: seven days for an Indian appeal. The house's stands still."""

    def until(self, ticket: Appeal, *, at: Any = NOON) -> timedelta:
        return asking.answer_by(ticket, at=at) - NOON

    def test_leaves_a_day_to_decide(self) -> None:
        assert self.until(make_appeal()) == 6 * DAY

    def test_is_half_of_what_is_left_where_that_is_little(self) -> None:
        assert self.until(make_appeal(), at=NOON + 6 * DAY) == 6 * DAY + 12 * HOUR

    def test_is_a_day_where_the_clock_has_run_out(self) -> None:
        assert self.until(make_appeal(), at=NOON + 9 * DAY) == 10 * DAY

    def test_is_a_week_where_the_clock_stands_still(self, noor: User) -> None:
        appeal = make_appeal(account=make_account(country="BR"))
        assert self.until(appeal) == 7 * DAY

        claiming.take(ticket=appeal, by=noor, at=NOON)
        asking.ask(ticket=appeal, by=noor, text="To whom did you write?", at=NOON)
        say(appeal, at=NOON + 3 * DAY)

        clock = appeal.clocks.get(name=ClockName.RESOLVE)
        assert clock.paused_for == 3 * DAY
        appeal.refresh_from_db()
        assert appeal.due_at == NOON + 18 * DAY


class TestSomebodyWhoCannotBeReached:
    def test_is_not_asked(self, noor: User) -> None:
        """A letter by post, about nothing that we know of."""
        letter = make_grievance(channel=Channel.POST, contact="14 Hill Road, Pune")
        claiming.take(ticket=letter, by=noor, at=NOON)

        with pytest.raises(asking.NoWayToReach):
            asking.ask(ticket=letter, by=noor, text="Which number is it?", at=NOON)

        letter.refresh_from_db()
        assert letter.state == "OPEN"
        assert letter.is_held_by(noor, now=NOON)
