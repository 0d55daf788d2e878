from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from appeals import filing
from appeals.attaching import Upload
from appeals.cleaning import InvisibleText, TextRefused
from appeals.enums import AppealState, Channel, Ground, StatementKind
from appeals.filing import AnsweredBefore, Filed, NothingToAppeal, Sent, UnknownEnforcement
from appeals.limiting import REPEATS_OF_ACCOUNT, TICKETS_OF_CONTACT, TooManyRequests
from appeals.models import Appeal, AppealDecision, Statement
from appeals.receiving import CannotReceive, SentBefore
from appeals.screening import FileRefused
from cases import claiming, deciding
from cases.enums import Action, EnforcementState
from cases.models import Account, Case, Decision, Enforcement, Notification
from reviewapp.kernel.encryption import Erased
from reviewapp.kernel.refs import next_refs
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import Source, User
from tests.cases.factories import (
    NOON,
    make_account,
    make_case,
    make_detection,
    make_enforcement,
    verdict,
)

pytestmark = pytest.mark.django_db
TEXT = "I only wrote to customers who had asked me for the prices of the week."
LATER = NOON + timedelta(hours=1)


def ask(account: Account, **changed: Any) -> Filed:
    """File an appeal of `account` as the portal does, an hour after noon."""
    at = changed.pop("at", LATER)
    said: dict[str, Any] = {
        "account": account,
        "channel": Channel.WEB_FORM,
        "text": TEXT,
        "received_at": at,
        "at": at,
        "by": "portal",
    }
    return filing.file(**said | changed)


def entry(kind: str) -> LedgerEntry:
    return LedgerEntry.objects.filter(kind=kind).latest("recorded_at", "id")


def told(enforcement: Enforcement, *, at: datetime) -> Notification:
    """The person was told of it."""
    return Notification.objects.create(
        ref=next_refs("N")[0],
        account=enforcement.account,
        decision=enforcement.decision,
        enforcement=enforcement,
        locale="en",
        subject="",
        text_sealed=b"",
        state="SENT",
        requested_at=at,
        sent_at=at,
    )


def answer(appeal: Appeal, *, by: User, approved_by: User | None = None) -> None:
    """The appeal was decided: the original stands."""
    AppealDecision.objects.create(
        appeal=appeal,
        outcome="ORIGINAL_DECISION_UPHELD",
        decided_by=by,
        approved_by=approved_by,
        reason_sealed=b"",
        decided_at=LATER,
        recorded_at=LATER,
    )
    appeal.move_to(AppealState.DECIDED, at=LATER)
    appeal.save()


class TestAnAppeal:
    """Against a ban that automation made, with a detection behind it."""

    @pytest.fixture
    def account(self) -> Account:
        return make_account(locale="hi", phone="+919876500001")

    @pytest.fixture
    def ban(self, account: Account) -> Enforcement:
        ban = make_enforcement(account=account)
        make_detection(account=account, verdict="ENFORCED", decision=ban.decision, version="2.1")
        return ban

    @pytest.fixture(autouse=True)
    def _banned(self, ban: Enforcement) -> None:
        pass

    def test_challenges_what_stands(self, account: Account, ban: Enforcement) -> None:
        filed = ask(account, contact=" Ravi@Example.org ", ground=Ground.RECIPIENTS_CONSENTED)

        appeal = Appeal.objects.get()
        assert filed == Filed(appeal, True, appeal.statements.get())
        assert appeal.enforcement == ban
        assert (appeal.state, appeal.ground) == ("OPEN", "RECIPIENTS_CONSENTED")
        assert (appeal.jurisdiction, appeal.locale) == ("IN", "hi")
        assert appeal.contact() == "Ravi@Example.org"
        assert appeal.identity_checked_at is None
        assert filed.statement.text() == TEXT
        assert filed.statement.kind == StatementKind.FILED

    def test_has_clocks_from_its_receipt(self, account: Account) -> None:
        """Whenever it was typed in."""
        received = NOON + timedelta(minutes=1)
        appeal = ask(account, received_at=received, at=NOON + timedelta(days=2)).appeal

        due = {clock.name: clock.due_at for clock in appeal.clocks.all()}
        assert due == {"ACK": received + timedelta(days=1), "RESOLVE": received + timedelta(days=7)}
        assert appeal.due_at == due["RESOLVE"]

    def test_is_in_the_ledger_with_all_that_reports_group_by(
        self, account: Account, ban: Enforcement
    ) -> None:
        appeal = ask(account, identity_checked=True).appeal

        line = entry("appeal.filed")
        assert (line.actor, line.happened_at, line.account) == ("portal", LATER, account.ref)
        assert (line.country_prefix, line.surface) == ("+91", "PRIVATE_MESSAGING")
        assert (line.stage, line.detector, line.detector_version) == (
            "MESSAGING",
            "message-burst",
            "2.1",
        )
        assert (line.action, line.maker, line.outcome) == ("PERMANENT_BAN", "AUTOMATED", "OPEN")
        assert line.particulars["appeal"] == appeal.ref
        assert line.particulars["enforcement"] == ban.ref
        assert line.particulars["identity_checked"] is True
        assert TEXT not in str(line.particulars)

    def test_has_its_account_say_that_it_is_contested(self, account: Account) -> None:
        case = make_case(account=account)
        ask(account)

        assert Account.objects.contested().get() == account
        after = Case.objects.get()
        assert (after.contested, after.version) == (True, case.version + 1)

    def test_challenges_the_ban_before_something_milder(
        self, account: Account, ban: Enforcement
    ) -> None:
        limit = make_enforcement(account=account, action=Action.RATE_LIMIT)

        assert ask(account).appeal.enforcement == ban
        other = make_account()
        mild = make_enforcement(account=other, action=Action.RATE_LIMIT)
        assert ask(other).appeal.enforcement == mild
        assert limit.account != mild.account

    def test_can_name_something_milder(self, account: Account) -> None:
        limit = make_enforcement(account=account, action=Action.RATE_LIMIT)

        assert ask(account, enforcement=limit).appeal.enforcement == limit

    def test_is_cleaned_of_what_cannot_be_seen(self, account: Account) -> None:
        text = "<script>alert(1)</script> \u202egnp.exe\u202c pay\u200bpal"

        statement = ask(account, text=text).statement
        assert statement.text() == "<script>alert(1)</script> gnp.exe paypal"

    def test_needs_no_words(self, account: Account) -> None:
        """A person may ask for a review and say no more."""
        assert ask(account, text="  \n").statement.text() == ""

    def test_comes_with_files(self, account: Account) -> None:
        files = [Upload("licence.txt", BytesIO(b"A licence to sell vegetables."))]

        statement = ask(account, files=files).statement
        assert [each.name() for each in statement.attachments.all()] == ["licence.txt"]

    @pytest.mark.parametrize(
        ("wrong", "refusal"),
        [
            ({"text": "x" * 10_000}, TextRefused),
            ({"text": "Hello\0there"}, TextRefused),
            ({"text": "\u200b\u200b"}, InvisibleText),
            ({"contact": "a" * 400}, CannotReceive),
            ({"contact": "one@example.org\nBcc: two@example.org"}, CannotReceive),
            ({"received_at": LATER + timedelta(hours=1)}, CannotReceive),
            ({"files": [Upload("cat.jpg", BytesIO(b"MZ\x90\0" + bytes(60)))]}, FileRefused),
        ],
    )
    def test_leaves_nothing_half_written(
        self, account: Account, wrong: dict[str, Any], refusal: type[Exception]
    ) -> None:
        with pytest.raises(refusal):
            ask(account, **wrong)

        assert not Appeal.objects.exists()
        assert not Statement.objects.exists()
        assert not LedgerEntry.objects.filter(kind__startswith="appeal.").exists()

    def test_takes_a_clock_that_is_a_little_ahead(self, account: Account) -> None:
        assert ask(account, received_at=LATER + timedelta(minutes=2)).appeal.received_at == LATER

    def test_of_an_erased_person_cannot_be_kept(self, account: Account) -> None:
        Account.objects.filter(pk=account.pk).update(wrapped_key=b"")

        with pytest.raises(Erased):
            ask(account)


class TestWhatCannotBeAppealed:
    """An account against which something may stand."""

    @pytest.fixture
    def account(self) -> Account:
        return make_account()

    def test_is_nothing(self, account: Account) -> None:
        with pytest.raises(NothingToAppeal):
            ask(account)

    @pytest.mark.parametrize("state", ["LIFTED", "EXPIRED", "CANCELLED", "SUPERSEDED"])
    def test_is_what_has_ended(self, account: Account, state: str) -> None:
        ended = make_enforcement(account=account, state=state)

        for named in (ended, None):
            with pytest.raises(NothingToAppeal):
                ask(account, enforcement=named)

    def test_is_a_ban_whose_time_is_over(self, account: Account) -> None:
        """Also where nobody has lifted it yet."""
        until = NOON + timedelta(minutes=30)
        make_enforcement(account=account, action=Action.TEMPORARY_BAN, until=until)

        with pytest.raises(NothingToAppeal):
            ask(account, at=until)
        assert ask(account, at=until - timedelta(seconds=1)).is_new

    def test_is_another_accounts(self, account: Account) -> None:
        make_enforcement(account=account)
        other = make_enforcement(account=make_account())

        with pytest.raises(UnknownEnforcement):
            ask(account, enforcement=other)
        assert ask(account).is_new
        with pytest.raises(UnknownEnforcement):
            ask(account, enforcement=other)

    def test_is_what_was_decided_after_it_was_received(self, account: Account) -> None:
        make_enforcement(account=account, at=NOON)

        with pytest.raises(NothingToAppeal, match="before what stands"):
            ask(account, received_at=NOON - timedelta(days=1))

    def test_can_be_what_the_platform_does_not_have_yet(self, account: Account) -> None:
        for state in (EnforcementState.REQUESTED, EnforcementState.RETRYING):
            account = make_account()
            make_enforcement(account=account, state=state)
            appeal = ask(account).appeal
            # Nobody was told of it, so no window has begun.
            assert (appeal.state, appeal.window_ends_at) == ("OPEN", None)


class TestTheWindow:
    """Six months in the European Union, from when the person was told."""

    @pytest.fixture
    def account(self) -> Account:
        return make_account(country="DE")

    @pytest.fixture(autouse=True)
    def _banned(self, account: Account) -> None:
        self.ban = make_enforcement(account=account)

    def test_begins_when_the_platform_has_it(self, account: Account) -> None:
        assert ask(account).appeal.window_ends_at == datetime(2026, 9, 10, 11, tzinfo=UTC)

    def test_begins_when_the_person_was_told(self, account: Account) -> None:
        told(self.ban, at=NOON + timedelta(days=3))
        told(self.ban, at=NOON + timedelta(days=9))

        assert ask(account).appeal.window_ends_at == datetime(2026, 9, 13, 11, tzinfo=UTC)

    def test_includes_its_very_end(self, account: Account) -> None:
        end = datetime(2026, 9, 10, 11, tzinfo=UTC)

        assert ask(account, at=end).appeal.state == AppealState.OPEN

    def test_leaves_what_comes_after_it_to_a_person(self, account: Account) -> None:
        end = datetime(2026, 9, 10, 11, tzinfo=UTC)
        appeal = ask(account, at=end + timedelta(microseconds=1)).appeal

        assert appeal.state == AppealState.OUT_OF_TIME
        assert entry("appeal.filed").outcome == "OUT_OF_TIME"
        # It is owed an answer like any other.
        assert {clock.name for clock in appeal.clocks.all()} == {"ACK", "RESOLVE"}

    def test_goes_by_when_it_was_received(self, account: Account) -> None:
        """Not by when somebody got round to typing it in."""
        end = datetime(2026, 9, 10, 11, tzinfo=UTC)

        appeal = ask(account, received_at=end, at=end + timedelta(days=30)).appeal
        assert appeal.state == AppealState.OPEN


class TestAskingAgain:
    """While an appeal is open."""

    @pytest.fixture
    def account(self) -> Account:
        return make_account()

    @pytest.fixture(autouse=True)
    def _filed(self, account: Account) -> None:
        make_enforcement(account=account)
        self.first = ask(account).appeal

    def test_joins_it_whatever_way_it_comes(self, account: Account) -> None:
        again = ask(
            account,
            channel=Channel.EMAIL,
            text="And I forgot to say that my brother used the phone.",
            files=[Upload("a.txt", BytesIO(b"His word."))],
            at=LATER + timedelta(days=3),
            by="mail",
        )

        assert (again.appeal, again.is_new) == (self.first, False)
        appeal = Appeal.objects.get()
        assert (appeal.repeats, appeal.version) == (1, 2)
        assert [each.kind for each in appeal.statements.all()] == ["FILED", "REPEATED"]
        assert again.statement.attachments.count() == 1
        assert entry("appeal.repeated").particulars["repeats"] == 1

    def test_is_no_way_up_the_list(self, account: Account) -> None:
        before = self.first.due_at, self.first.clocks.count()
        ask(account, at=LATER + timedelta(days=3))

        appeal = Appeal.objects.get()
        assert (appeal.due_at, appeal.clocks.count()) == before

    def test_joins_it_also_when_what_it_was_about_has_ended(self, account: Account) -> None:
        Enforcement.objects.update(state=EnforcementState.LIFTED)

        assert ask(account).appeal == self.first

    def test_says_where_to_answer_only_for_the_accounts_owner(self, account: Account) -> None:
        ask(account, contact="stranger@example.org")
        assert Appeal.objects.get().contact() == ""

        ask(account, contact="owner@example.org", identity_checked=True)
        appeal = Appeal.objects.get()
        assert appeal.contact() == "owner@example.org"
        assert appeal.identity_checked_at == LATER

    def test_opens_another_one_once_it_was_withdrawn(self, account: Account) -> None:
        self.first.move_to(AppealState.WITHDRAWN, at=LATER)
        self.first.save()

        assert ask(account).is_new

    def test_is_limited(self, account: Account) -> None:
        for _ in range(REPEATS_OF_ACCOUNT):
            ask(account)

        with pytest.raises(TooManyRequests) as refused:
            ask(account)
        assert refused.value.wait == timedelta(days=1).total_seconds()
        assert Appeal.objects.get().repeats == REPEATS_OF_ACCOUNT
        assert not ask(account, at=LATER + timedelta(days=1)).is_new

    def test_is_not_limited_for_what_colleagues_type_in(self, account: Account, bo: User) -> None:
        for _ in range(REPEATS_OF_ACCOUNT + 1):
            ask(account, entered_by=bo, by=bo.actor)

        assert Appeal.objects.get().repeats == REPEATS_OF_ACCOUNT + 1


class TestASecondAppeal:
    """Ada banned; Lena approved; Bo upheld it."""

    @pytest.fixture(autouse=True)
    def _answered(self, ada: User, bo: User, lena: User) -> None:
        self.account = make_account()
        case = make_case(account=self.account)
        claiming.take(case=case, by=ada, now=NOON)
        deciding.decide(
            case=case,
            by=ada,
            at=NOON,
            approved_by=lena,
            **verdict(case, action=Action.PERMANENT_BAN),
        )
        self.first = ask(self.account).appeal

    def test_bars_whoever_decided_and_approved_the_original(self, ada: User, lena: User) -> None:
        assert self.first.barred == sorted([ada.pk, lena.pk])

    def test_is_in_the_ledger_with_the_rule_and_the_case(self) -> None:
        line = entry("appeal.filed")

        assert line.case_ref == Case.objects.get().ref
        assert (line.policy, line.maker) == ("BULK_MESSAGING", "PARTIALLY_AUTOMATED")
        assert (line.detector, line.detector_version) == ("message-burst", "1.0")

    def test_is_refused_unless_there_is_something_new(self, bo: User, asha: User) -> None:
        answer(self.first, by=bo, approved_by=asha)

        with pytest.raises(AnsweredBefore, match="New evidence"):
            ask(self.account)
        again = ask(self.account, ground=Ground.NEW_EVIDENCE)
        assert again.is_new
        assert set(again.appeal.barred) == {*self.first.barred, bo.pk, asha.pk}

    def test_of_its_owner_is_not_used_up_by_whoever_wrote_in_their_name(self, bo: User) -> None:
        """Anybody can mail about anybody's number."""
        assert self.first.identity_checked_at is None
        answer(self.first, by=bo)

        with pytest.raises(AnsweredBefore):
            ask(self.account)
        theirs = ask(self.account, identity_checked=True)
        assert theirs.is_new
        assert bo.pk in theirs.appeal.barred

    def test_of_its_owner_is_used_up_by_their_own(self, bo: User) -> None:
        self.first.identity_checked_at = NOON
        answer(self.first, by=bo)

        with pytest.raises(AnsweredBefore):
            ask(self.account, identity_checked=True)

    def test_against_what_took_the_place_of_the_first_bars_them_too(
        self, ada: User, bo: User, lena: User
    ) -> None:
        answer(self.first, by=bo)
        Enforcement.objects.update(state=EnforcementState.LIFTED)
        self.account.refresh_from_db()
        instead = Decision.objects.create(
            ref=next_refs("D")[0],
            account=self.account,
            maker="ANALYST",
            decided_by=bo,
            outcome="VIOLATION",
            action=Action.RATE_LIMIT,
            undoes=self.first.enforcement.decision,
            decided_at=LATER,
            recorded_at=LATER,
        )
        milder = make_enforcement(account=self.account, action=Action.RATE_LIMIT, at=LATER)
        Enforcement.objects.filter(pk=milder.pk).update(decision=instead)

        appeal = ask(self.account).appeal
        assert set(appeal.barred) == {ada.pk, bo.pk, lena.pk}


class TestWhatAMachineSends:
    @pytest.fixture
    def account(self) -> Account:
        account = make_account()
        make_enforcement(account=account)
        return account

    def sent(self, source: Source, digest: bytes = b"one", sender_id: str = "ap-1") -> Sent:
        return Sent(source, sender_id, digest)

    def test_is_filed_once_however_often_it_comes(self, account: Account, source: Source) -> None:
        first, second = (ask(account, sent=self.sent(source)) for _ in range(2))

        assert (first.is_new, second.is_new) == (True, False)
        assert first.appeal == second.appeal
        assert Statement.objects.count() == 1

    def test_joins_once_however_often_it_comes(self, account: Account, source: Source) -> None:
        ask(account)
        for _ in range(2):
            ask(account, sent=self.sent(source))

        assert Appeal.objects.get().repeats == 1
        assert Statement.objects.count() == 2

    def test_is_refused_with_other_content_under_the_same_id(
        self, account: Account, source: Source
    ) -> None:
        ask(account, sent=self.sent(source))

        with pytest.raises(SentBefore):
            ask(account, sent=self.sent(source, b"other"))

    def test_is_known_by_its_id_for_another_account_too(
        self, account: Account, source: Source
    ) -> None:
        ask(account, sent=self.sent(source))
        other = make_account()
        make_enforcement(account=other)

        with pytest.raises(SentBefore):
            ask(other, sent=self.sent(source, b"other"))


class TestLimits:
    def test_are_counted_by_contact_however_it_is_written(self) -> None:
        def from_one_contact(number: int) -> Filed:
            account = make_account()
            make_enforcement(account=account)
            contact = "Many@example.org" if number % 2 else "many@EXAMPLE.org"
            return ask(account, contact=contact)

        for number in range(TICKETS_OF_CONTACT):
            from_one_contact(number)
        with pytest.raises(TooManyRequests):
            from_one_contact(0)
        assert Appeal.objects.count() == TICKETS_OF_CONTACT

    def test_are_not_spent_by_what_is_refused(self) -> None:
        account = make_account()
        for _ in range(TICKETS_OF_CONTACT + 1):
            with pytest.raises(NothingToAppeal):
                ask(account, contact="eager@example.org", address="192.0.2.1")

        make_enforcement(account=account)
        assert ask(account, contact="eager@example.org", address="192.0.2.1").is_new
