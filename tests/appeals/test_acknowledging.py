from datetime import timedelta
from typing import Any

import pytest

from appeals import complaining
from appeals.acknowledging import NothingToAcknowledge, acknowledge_due, note
from appeals.complaining import Received
from appeals.enums import Channel, GrievanceCategory
from appeals.models import Appeal, Clock, Grievance, Letter
from cases.models import Account
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance
from tests.cases.factories import NOON, make_account, make_enforcement

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(seconds=10)
DAY = timedelta(days=1)


def told() -> set[tuple[str, str]]:
    """By which letters whom."""
    return {
        ((each.appeal or each.grievance).ref[:2], each.via)
        for each in Letter.objects.filter(kind="ACKNOWLEDGEMENT")
    }


def complain(account: Account, **changed: Any) -> Received:
    said: dict[str, Any] = {
        "channel": Channel.EMAIL,
        "category": GrievanceCategory.BAN_APPEAL,
        "text": "Give me back my account.",
        "contact": "meera@example.org",
        "account": account,
        "received_at": NOON,
        "at": NOON,
        "by": "mail",
    }
    return complaining.receive(**said | changed)


class TestTheWorker:
    def test_tells_by_every_way_that_it_has_come_in(self) -> None:
        appeal = make_appeal(contact="meera@example.org", identity_checked_at=NOON, locale="hi")

        assert acknowledge_due(at=SOON) == 1

        appeal.refresh_from_db()
        assert appeal.acknowledged_at == SOON
        assert appeal.clocks.get(name="ACK").met_at == SOON
        letters = appeal.letters.all()
        assert {each.via for each in letters} == {"PLATFORM", "EMAIL"}
        assert all(appeal.ref in each.text() for each in letters)
        assert {each.locale for each in letters} == {"hi"}
        line = LedgerEntry.objects.get(kind="appeal.acknowledged")
        assert line.particulars == {"appeal": appeal.ref, "by_hand": False, "in_time": True}

    def test_shows_the_way_in_where_nobody_else_reads_it(self) -> None:
        """By a mere mail nobody has shown that the account is theirs."""
        known = make_appeal(contact="meera@example.org", identity_checked_at=NOON)
        stranger = make_appeal(contact="somebody@example.org")
        acknowledge_due(at=SOON)

        linked = {
            (letter.appeal, letter.via): "/review/en/links/E-" in letter.text()
            for letter in Letter.objects.for_lines()
        }
        assert linked == {
            (known, "PLATFORM"): True,
            (known, "EMAIL"): True,
            (stranger, "PLATFORM"): True,
            (stranger, "EMAIL"): False,
        }

    def test_does_so_once(self) -> None:
        make_appeal()
        make_grievance(contact="meera@example.org")

        assert [acknowledge_due(at=SOON) for _ in range(2)] == [2, 0]
        assert Letter.objects.count() == 2

    def test_leaves_the_answer_on_the_list(self) -> None:
        grievance = make_grievance(contact="meera@example.org")
        acknowledge_due(at=SOON)

        grievance.refresh_from_db()
        assert grievance.due_at == NOON + 7 * DAY
        assert Clock.objects.running().get(grievance=grievance).name == "RESOLVE"

    def test_says_when_it_was_late(self) -> None:
        make_grievance(contact="meera@example.org")
        acknowledge_due(at=NOON + DAY + timedelta(seconds=1))

        line = LedgerEntry.objects.get(kind="grievance.acknowledged")
        assert line.particulars["in_time"] is False

    def test_takes_the_longest_waiting_first(self) -> None:
        new, old = (
            make_grievance(contact="m@example.org", at=NOON + each * DAY) for each in (1, 0)
        )

        assert acknowledge_due(at=NOON + DAY, limit=1) == 1
        old.refresh_from_db()
        new.refresh_from_db()
        assert (old.acknowledged_at, new.acknowledged_at) == (NOON + DAY, None)

    def test_says_nothing_of_what_has_ended(self) -> None:
        make_appeal(state="WITHDRAWN", closed_at=NOON)

        assert acknowledge_due(at=SOON) == 0

    def test_acknowledges_what_was_received_before_there_was_a_clock_not_at_all(self) -> None:
        """Before the rules came into force."""
        make_grievance(contact="m@example.org", at=NOON.replace(year=2021, month=5, day=20))

        assert acknowledge_due(at=SOON) == 0


class TestWhomNoLetterReaches:
    """A letter by post, with no account and no e-mail address."""

    @pytest.fixture
    def grievance(self) -> Grievance:
        return make_grievance(channel=Channel.POST, contact="12 Hill Road, Mumbai")

    def test_waits_for_a_colleague(self, grievance: Grievance) -> None:
        assert [acknowledge_due(at=SOON) for _ in range(2)] == [0, 0]

        grievance.refresh_from_db()
        assert (grievance.unreachable_at, grievance.acknowledged_at) == (SOON, None)
        assert Clock.objects.broken(now=NOON + 2 * DAY).filter(name="ACK").exists()

    def test_is_acknowledged_by_hand(self, grievance: Grievance, noor: User) -> None:
        acknowledge_due(at=SOON)
        note(ticket=grievance, by=noor, at=NOON + DAY)

        grievance.refresh_from_db()
        assert grievance.acknowledged_at == NOON + DAY
        line = LedgerEntry.objects.get(kind="grievance.acknowledged")
        assert line.actor == noor.actor
        assert (line.particulars["by_hand"], line.particulars["in_time"]) == (True, True)

        with pytest.raises(NothingToAcknowledge):
            note(ticket=grievance, by=noor, at=NOON + DAY)

    def test_may_have_been_erased(self) -> None:
        appeal = make_appeal(contact="m@example.org", identity_checked_at=NOON)
        Account.objects.filter(pk=appeal.account_id).update(wrapped_key=b"")

        assert acknowledge_due(at=SOON) == 0
        appeal.refresh_from_db()
        assert appeal.unreachable_at == SOON


class TestAGrievanceWithItsAppeal:
    @pytest.fixture
    def account(self) -> Account:
        account = make_account()
        make_enforcement(account=account)
        return account

    def test_is_acknowledged_once_where_both_tell_the_owner(self, account: Account) -> None:
        complain(account, identity_checked=True)

        assert acknowledge_due(at=SOON) == 2
        assert told() == {("AP", "PLATFORM"), ("AP", "EMAIL")}
        assert Grievance.objects.get().acknowledged_at == Appeal.objects.get().acknowledged_at

    def test_tells_a_stranger_nothing_of_an_account(self, account: Account) -> None:
        """Whoever names an account learns the same whether it is banned or not."""
        complain(account)
        complain(make_account(), contact="somebody@example.org")
        acknowledge_due(at=SOON)

        assert told() == {("AP", "PLATFORM"), ("G-", "EMAIL")}
        texts = [
            letter.text().replace(letter.grievance.ref, "")
            for letter in Letter.objects.filter(grievance__isnull=False)
        ]
        assert len(texts) == 2
        assert texts[0] == texts[1]

    def test_is_acknowledged_by_itself_where_it_joined(self, account: Account) -> None:
        make_appeal(enforcement=account.enforcements.get(), identity_checked_at=NOON)
        acknowledge_due(at=SOON)
        complain(account, identity_checked=True, at=SOON, received_at=SOON)

        assert acknowledge_due(at=SOON + timedelta(minutes=1)) == 1
        assert told() == {("AP", "PLATFORM"), ("G-", "PLATFORM"), ("G-", "EMAIL")}
