from collections import Counter
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from appeals import complaining
from appeals.attaching import Upload
from appeals.cleaning import TextRefused
from appeals.complaining import Received
from appeals.enums import (
    Channel,
    GrievanceCategory,
    GrievanceState,
    Jurisdiction,
    NoAppeal,
    RuleKind,
)
from appeals.filing import Sent
from appeals.limiting import GRIEVANCES_OF_ACCOUNT, TICKETS_OF_CONTACT, TooManyRequests
from appeals.models import Appeal, Grievance, Statement
from appeals.receiving import CannotReceive, SentBefore
from cases.models import Account, Enforcement
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import Source, User
from tests.appeals.factories import make_appeal
from tests.appeals.test_filing import answer
from tests.cases.factories import NOON, make_account, make_enforcement

pytestmark = pytest.mark.django_db
TEXT = "My account was banned and I do not know why. Please give it back to me."


def complain(**changed: Any) -> Received:
    """A grievance by e-mail to the officer, about restoring an account, at noon."""
    at = changed.pop("at", NOON)
    said: dict[str, Any] = {
        "channel": Channel.EMAIL,
        "category": GrievanceCategory.BAN_APPEAL,
        "text": TEXT,
        "contact": "ravi@example.org",
        "received_at": at,
        "at": at,
        "by": "mail",
    }
    return complaining.receive(**said | changed)


def entry(kind: str) -> LedgerEntry:
    return LedgerEntry.objects.filter(kind=kind).latest("recorded_at", "id")


class TestAGrievance:
    def test_is_kept_with_a_number_and_clocks(self) -> None:
        received = complain(category=GrievanceCategory.PRODUCT_SUPPORT, locale="pt")

        grievance = Grievance.objects.get()
        assert received == Received(grievance, True, grievance.statements.get())
        assert grievance.ref.startswith("G-")
        assert (grievance.state, grievance.locale, grievance.no_appeal) == ("OPEN", "pt", "")
        assert grievance.contact() == "ravi@example.org"
        assert received.statement.text() == TEXT
        assert {clock.name: clock.due_at for clock in grievance.clocks.all()} == {
            "ACK": NOON + timedelta(days=1),
            "RESOLVE": NOON + timedelta(days=7),
        }

    def test_has_the_clocks_of_the_rule_it_falls_under(self) -> None:
        kind = RuleKind.INTIMATE_OR_IMPERSONATION
        grievance = complain(category=GrievanceCategory.SAFETY, rule_kind=kind).grievance

        assert grievance.due_at == NOON + timedelta(hours=2)
        assert {clock.kind for clock in grievance.clocks.all()} == {kind}

    def test_is_in_the_ledger_under_the_number_it_is_counted_by(self) -> None:
        complain(category=GrievanceCategory.SAFETY)

        line = entry("grievance.received")
        assert (line.actor, line.country_prefix, line.outcome) == ("mail", "+91", "OPEN")
        assert line.particulars["category"] == "SAFETY"
        assert line.particulars["rule_kind"] == "GENERAL"
        assert "ravi" not in str(line.particulars)

    def test_comes_with_files(self) -> None:
        statement = complain(
            category=GrievanceCategory.OTHER_SUPPORT,
            files=[Upload("letter.txt", BytesIO(b"My letter."))],
        ).statement

        assert [each.name() for each in statement.attachments.all()] == ["letter.txt"]
        assert entry("grievance.received").particulars["files"] == 1

    @pytest.mark.parametrize(
        ("wrong", "refusal"),
        [
            ({"text": "x" * 10_000}, TextRefused),
            ({"text": "\0"}, TextRefused),
            ({"received_at": NOON + timedelta(days=1)}, CannotReceive),
            ({"contact": "x" * 321}, CannotReceive),
        ],
    )
    def test_leaves_nothing_half_written(
        self, wrong: dict[str, Any], refusal: type[Exception]
    ) -> None:
        account = make_account()
        make_enforcement(account=account)
        with pytest.raises(refusal):
            complain(account=account, **wrong)

        assert not Grievance.objects.exists()
        assert not Appeal.objects.exists()
        assert not Statement.objects.exists()

    @pytest.mark.parametrize(
        ("country", "contact", "category", "jurisdiction"),
        [
            ("DE", "+919876543210", "ACCOUNT_SUPPORT", Jurisdiction.EUROPEAN_UNION),
            # Whoever complains of somebody is not where that one is.
            ("DE", "+919876543210", "SAFETY", Jurisdiction.INDIA),
            ("", "+4915112345678", "SAFETY", Jurisdiction.EUROPEAN_UNION),
            ("", "+12025550123", "SAFETY", Jurisdiction.ELSEWHERE),
            ("", "ravi@example.org", "OTHER_SUPPORT", Jurisdiction.INDIA),
            ("BR", "", "BAN_APPEAL", Jurisdiction.ELSEWHERE),
        ],
    )
    def test_falls_under_the_rules_of_where_its_writer_is(
        self, country: str, contact: str, category: str, jurisdiction: str
    ) -> None:
        account = make_account(country=country) if country else None
        grievance = complain(account=account, contact=contact, category=category).grievance

        assert grievance.jurisdiction == jurisdiction


class TestABanAppeal:
    """About an account that is banned."""

    @pytest.fixture
    def account(self) -> Account:
        return make_account(locale="hi")

    @pytest.fixture(autouse=True)
    def ban(self, account: Account) -> Enforcement:
        return make_enforcement(account=account)

    def test_opens_the_appeal_that_it_contains(self, account: Account, ban: Enforcement) -> None:
        received = complain(
            account=account,
            channel=Channel.POST,
            ground="FACTS_WRONG",
            files=[Upload("letter.txt", BytesIO(b"My letter."))],
        )

        appeal = Appeal.objects.get()
        assert received.filed is not None
        assert (received.filed.appeal, received.filed.is_new) == (appeal, True)
        assert (appeal.enforcement, appeal.ground, appeal.channel) == (ban, "FACTS_WRONG", "POST")
        assert appeal.statements.get().text() == TEXT
        grievance = Grievance.objects.get()
        assert (grievance.state, grievance.appeal) == (GrievanceState.IN_APPEAL, appeal)
        # The files are with those who decide.
        assert received.filed.statement.attachments.count() == 1
        assert received.statement.attachments.count() == 0
        assert entry("grievance.received").particulars["appeal"] == appeal.ref

    def test_does_not_tell_the_appeal_the_address_of_a_stranger(self, account: Account) -> None:
        complain(account=account)

        appeal = Appeal.objects.get()
        assert (appeal.contact(), appeal.identity_checked_at) == ("", None)

    def test_tells_the_appeal_the_address_of_its_owner(self, account: Account) -> None:
        grievance = complain(account=account, identity_checked=True).grievance

        appeal = Appeal.objects.get()
        assert (appeal.contact(), appeal.identity_checked_at) == ("ravi@example.org", NOON)
        assert grievance.identity_checked_at == NOON

    def test_joins_the_appeal_that_is_open(self, account: Account, ban: Enforcement) -> None:
        appeal = make_appeal(enforcement=ban)

        received = complain(account=account)
        assert received.filed is not None
        assert (received.filed.appeal, received.filed.is_new) == (appeal, False)
        assert Appeal.objects.get().repeats == 1
        assert received.grievance.state == GrievanceState.IN_APPEAL

    def test_may_come_too_late(self, account: Account) -> None:
        received = complain(account=account, at=NOON + timedelta(days=400))

        assert received.grievance.state == GrievanceState.IN_APPEAL
        assert Appeal.objects.get().state == "OUT_OF_TIME"

    def test_without_an_account_stays_a_grievance(self) -> None:
        grievance = complain().grievance

        assert (grievance.state, grievance.no_appeal) == ("OPEN", NoAppeal.NO_ACCOUNT)
        assert not Appeal.objects.exists()
        assert entry("grievance.received").particulars["no_appeal"] == "NO_ACCOUNT"

    def test_against_nothing_stays_a_grievance(self, account: Account) -> None:
        Enforcement.objects.update(state="LIFTED")

        grievance = complain(account=account).grievance
        assert (grievance.state, grievance.no_appeal) == ("OPEN", NoAppeal.NOTHING_STANDS)

    def test_of_what_was_answered_stays_a_grievance(
        self, account: Account, ban: Enforcement, bo: User
    ) -> None:
        answer(make_appeal(enforcement=ban), by=bo)

        grievance = complain(account=account).grievance
        assert (grievance.state, grievance.no_appeal) == ("OPEN", NoAppeal.ANSWERED_BEFORE)

    def test_of_somebody_erased_stays_a_grievance(self, account: Account) -> None:
        """Their key is gone; whoever wrote has one of their own."""
        Account.objects.filter(pk=account.pk).update(wrapped_key=b"")

        received = complain(account=account)
        assert received.grievance.no_appeal == NoAppeal.ERASED
        assert received.statement.text() == TEXT
        assert not Appeal.objects.exists()

    def test_spends_once_of_what_its_contact_may_send(self, account: Account) -> None:
        for _ in range(TICKETS_OF_CONTACT - 1):
            complain(category=GrievanceCategory.OTHER_SUPPORT)

        assert complain(account=account, identity_checked=True).filed
        with pytest.raises(TooManyRequests):
            complain(account=account)


class TestWhatAMachineSends:
    def test_is_kept_once_however_often_it_comes(self, source: Source) -> None:
        account = make_account()
        make_enforcement(account=account)
        sent = Sent(source, "g-1", b"one")
        first, second = (complain(account=account, sent=sent) for _ in range(2))

        assert (first.is_new, second.is_new) == (True, False)
        assert first.grievance == second.grievance
        assert (Grievance.objects.count(), Appeal.objects.get().repeats) == (1, 0)

    def test_is_refused_with_other_content_under_the_same_id(self, source: Source) -> None:
        complain(sent=Sent(source, "g-1", b"one"))

        with pytest.raises(SentBefore):
            complain(sent=Sent(source, "g-1", b"two"))

    def test_is_limited_by_account(self) -> None:
        account = make_account()
        for _ in range(GRIEVANCES_OF_ACCOUNT):
            complain(account=account, contact="", category=GrievanceCategory.SAFETY)

        with pytest.raises(TooManyRequests):
            complain(account=account, contact="", category=GrievanceCategory.SAFETY)


class TestTheFirstReport:
    """What came in under each category (T1, T7)."""

    RECEIVED = {
        "ACCOUNT_SUPPORT": 70,
        "BAN_APPEAL": 204,
        "OTHER_SUPPORT": 20,
        "PRODUCT_SUPPORT": 43,
        "SAFETY": 8,
    }

    def test_counts_what_was_received_and_nothing_of_it_as_actioned(self) -> None:
        banned = make_account()
        make_enforcement(account=banned)
        for category, count in self.RECEIVED.items():
            for number in range(count):
                # Two about one account: that makes one appeal, and two that were received.
                account = banned if category == "BAN_APPEAL" and number < 2 else None
                complain(category=category, contact="", account=account)

        lines = LedgerEntry.objects.filter(kind="grievance.received", country_prefix="+91")
        counts = Counter(lines.values_list("particulars__category", flat=True))
        assert counts == self.RECEIVED
        assert counts.total() == 345
        assert Appeal.objects.get().grievances.count() == 2
        assert not Grievance.objects.actioned().exists()
