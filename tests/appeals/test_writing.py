from datetime import timedelta

import pytest

from appeals import writing
from appeals.enums import LetterKind, Via
from appeals.models import Appeal, Grievance, Letter
from cases import nudging
from cases.enums import EnforcementState
from cases.models import Enforcement
from reviewapp.ledger.models import LedgerEntry
from tests.appeals.factories import make_appeal, make_grievance
from tests.cases.factories import NOON, make_account, make_enforcement

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=1)
ADDRESS = "meera@example.org"


def write(ticket: Appeal | Grievance, kind: str = LetterKind.ACKNOWLEDGEMENT, **more) -> list[Via]:
    """By which ways a letter about `ticket` goes."""
    said = {"subject": f"We have it ({ticket.ref})", "text": "We have received it."}
    letters = writing.request(
        ticket=ticket, kind=LetterKind(kind), at=NOON, by="worker", **(said | more)
    )
    return [Via(each.via) for each in letters]


class TestALetter:
    """About an appeal whose person gave an address, and showed that the account is theirs."""

    @pytest.fixture(autouse=True)
    def _appeal(self) -> None:
        self.appeal = make_appeal(contact=ADDRESS, identity_checked_at=NOON)

    def test_goes_by_every_way_that_reaches_the_person(self) -> None:
        assert write(self.appeal) == [Via.PLATFORM, Via.EMAIL]

        letters = list(Letter.objects.order_by("id"))
        assert {each.text() for each in letters} == {"We have received it."}
        assert {(each.state, each.due_at) for each in letters} == {("REQUESTED", NOON)}
        assert all(each.ref.startswith("L-") for each in letters)

    def test_may_say_something_else_by_mail(self) -> None:
        write(self.appeal, mailed="You can answer this e-mail.")

        texts = {each.via: each.text() for each in Letter.objects.all()}
        assert texts == {"PLATFORM": "We have received it.", "EMAIL": "You can answer this e-mail."}

    def test_is_in_the_ledger_without_what_it_says(self) -> None:
        write(self.appeal)

        line = LedgerEntry.objects.filter(kind="letter.requested").earliest("id")
        assert line.account == self.appeal.account.ref
        assert line.particulars == {
            "appeal": self.appeal.ref, "letter": Letter.objects.earliest("id").ref,
            "about": "ACKNOWLEDGEMENT", "via": "PLATFORM", "locale": "en", "attempts": 0,
        }  # fmt: skip

    def test_is_written_in_a_language_that_there_are_texts_for(self) -> None:
        write(make_appeal(locale="pt-BR"))
        write(make_appeal(locale="", account=make_account(locale="hi_IN")))
        write(make_appeal(locale="xx"))

        assert [each.locale for each in Letter.objects.order_by("id")] == ["pt", "hi", "en"]

    def test_wakes_the_workers_of_its_ways(
        self, monkeypatch, django_capture_on_commit_callbacks
    ) -> None:
        woken: list[str] = []
        for worker in ("letters", "mail"):
            nudge = lambda at, worker=worker: woken.append(worker)  # noqa: E731
            monkeypatch.setitem(nudging._nudges, worker, nudge)

        with django_capture_on_commit_callbacks(execute=True):
            write(self.appeal)

        assert sorted(woken) == ["letters", "mail"]

    def test_brings_forward_what_waits_for_its_next_attempt(self) -> None:
        write(self.appeal)
        Letter.objects.update(state="RETRYING", due_at=NOON + timedelta(days=1))

        write(self.appeal, LetterKind.ANSWER)

        assert {each.due_at for each in Letter.objects.all()} == {NOON}


class TestAStranger:
    """Whoever wrote gave an address and has not shown that the account is theirs."""

    def test_is_acknowledged_and_asked_but_not_told_what_was_decided(self) -> None:
        appeal = make_appeal(contact=ADDRESS)

        for kind in ("ACKNOWLEDGEMENT", "QUESTION", "ANSWER", "NOT_ADMITTED"):
            assert write(appeal, kind, text="Your ban stays.") == [Via.PLATFORM, Via.EMAIL]

        mailed = {each.kind: each.text() for each in Letter.objects.filter(via=Via.EMAIL)}
        assert mailed["ACKNOWLEDGEMENT"] == mailed["QUESTION"] == "Your ban stays."
        assert mailed["ANSWER"] == mailed["NOT_ADMITTED"]
        assert "the answer itself is in the app" in mailed["ANSWER"]
        told = Letter.objects.filter(via=Via.PLATFORM)
        assert {each.text() for each in told} == {"Your ban stays."}

    def test_is_answered_about_their_complaint_and_the_account_is_not(self) -> None:
        grievance = make_grievance(account=make_account(), contact=ADDRESS)

        assert write(grievance, LetterKind.ANSWER) == [Via.EMAIL]
        secret = {"confidential": True, "text": "Your account stays restricted."}
        assert write(grievance, LetterKind.ANSWER, **secret) == [Via.PLATFORM, Via.EMAIL]
        mailed = Letter.objects.filter(via=Via.EMAIL).latest("id")
        assert "restricted" not in mailed.text()

    def test_is_told_in_the_app_once_the_account_is_known_to_be_theirs(self) -> None:
        known = make_grievance(account=make_account(), contact=ADDRESS, identity_checked_at=NOON)

        assert write(known) == [Via.PLATFORM, Via.EMAIL]

    @pytest.mark.parametrize(
        "contact", ["", "12 Nehru Street, Pune", "+919876543210", "a@b\r\nBcc: c@d", "a@b, c@d"]
    )
    def test_without_an_address_is_sent_no_mail(self, contact: str) -> None:
        grievance = make_grievance(contact=contact)

        assert write(grievance) == []
        assert write(grievance, LetterKind.ANSWER, confidential=True) == []


class TestALetterThatWaits:
    """For a lift that the platform has not been asked for yet."""

    @pytest.fixture(autouse=True)
    def _waits(self) -> None:
        self.account = make_account()
        self.lift = make_enforcement(account=self.account, state=EnforcementState.REQUESTED)
        write(make_appeal(account=self.account), LetterKind.ANSWER, enforcement=self.lift)

    def look(self, *, at=LATER, **changed) -> Letter:
        """How the letter stands when the worker comes round, after the enforcement changed."""
        Enforcement.objects.filter(pk=self.lift.pk).update(**changed)
        writing.release_waiting(now=at)
        return Letter.objects.get()

    def test_is_not_due_before_the_platform_has_it(self) -> None:
        for state in ("REQUESTED", "RETRYING", "FAILED"):
            letter = self.look(state=state)
            assert (letter.state, letter.due_at) == ("WAITING", None)

    @pytest.mark.parametrize("state", ["ACKNOWLEDGED", "APPLIED", "LIFTED", "EXPIRED"])
    def test_is_due_once_it_has(self, state: str) -> None:
        letter = self.look(state=state, applied_at=LATER)

        assert (letter.state, letter.due_at) == ("REQUESTED", LATER)

    def test_is_never_sent_when_the_decision_was_withdrawn(self) -> None:
        letter = self.look(state="CANCELLED", ended_at=NOON, due_at=None)

        assert letter.state == "CANCELLED"
        assert self.look().state == "CANCELLED"
        assert LedgerEntry.objects.filter(kind="letter.cancelled").count() == 1

    def test_waits_on_while_what_took_its_place_may_be_undone(self) -> None:
        other = make_enforcement(account=self.account).decision
        gone = {"state": "SUPERSEDED", "ended_at": NOON, "due_at": None, "gave_way_to": other}

        assert self.look(**gone).state == "WAITING"
        assert self.look(at=NOON + timedelta(days=1)).state == "CANCELLED"

    def test_does_not_wait_for_what_is_there_already(self) -> None:
        ban = make_enforcement(account=make_account())
        write(make_appeal(enforcement=ban), LetterKind.ANSWER, enforcement=ban)

        assert Letter.objects.get(enforcement=ban).state == "REQUESTED"
