"""What the file of an account shows of decisions that did not stand."""

from datetime import timedelta

import pytest

from cases import intake, reversing
from cases.casefile import Address, read_file
from cases.enums import Upon
from cases.locking import lock
from cases.models import Case, Detection
from cases.platform import FakePlatform
from reviewapp.ledger.kinds import KINDS
from reviewapp.ledger.recording import Entry, record
from tests.cases.factories import make_account, make_case, make_enforcement, make_source
from tests.cases.secondlook import LATER, decide, overturn, replace, work
from tests.cases.test_clearing import detection
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
TOMORROW = NOON + timedelta(days=1)


def file_of(account, case=None):
    return read_file(
        account, case=case, address=Address("/cases/C-1/"), now=TOMORROW, revealed=False,
        may_replay=False,
    )  # fmt: skip


def decisions(account, case=None):
    before = file_of(account, case).before
    return [each for each in (*before.newest, *before.older) if each.sort == "decision"]


def arrive(account, at):
    """A detection of the account comes in; the case that it is on, or None."""
    sent = detection(account)
    intake.receive_detections(source=make_source(), items=[sent], at=at, may_enforce=False)
    return Detection.objects.get(sender_id=sent.id).case


class TestADecisionThatWasOverturned:
    """Ada banned an account for good, and Bo overturned it on appeal."""

    @pytest.fixture(autouse=True)
    def _overturned(self, ada, bo, lena):
        self.ada, self.bo = ada, bo
        self.account, self.platform = make_account(), FakePlatform()
        self.decision = decide(self.account, ada)
        work(self.platform, NOON)
        self.undoing = overturn(self.decision, bo, approved_by=lena)

    def test_says_so_with_who_and_when(self):
        undoing, original = decisions(self.account)

        assert original.words == "Permanent ban · Bulk messaging"
        assert (original.by, original.state) == ("Ada", "overturned on appeal")
        step = original.steps[-1]
        assert step.words == "Overturned on appeal by Bo, approved by Lena"
        assert step.at == LATER
        assert undoing.words == "Overturned on appeal: permanent ban"
        assert (undoing.by, undoing.at) == ("Bo, approved by Lena", LATER)

    def test_stands_beside_the_appeal(self, monkeypatch):
        monkeypatch.setitem(KINDS, "appeal.decided", "Appeal decided")
        entry = Entry(
            kind="appeal.decided", actor=self.bo.actor, happened_at=LATER,
            account=self.account.ref,
        )  # fmt: skip
        record(entry, at=LATER)

        assert "appeal" in {each.sort for each in file_of(self.account).before.newest}

    def test_is_no_ban_in_the_sum(self):
        facts = dict(file_of(self.account).person.facts)

        assert "1 decision undone; the last 23 h ago" in facts.values()

    def test_is_seen_as_being_lifted_and_then_as_free(self):
        assert file_of(self.account).person.standing == "Permanent ban being lifted"

        work(self.platform)

        assert file_of(self.account).person.standing == "Active"

    @pytest.mark.parametrize("lifted", [True, False], ids=["lifted", "not lifted yet"])
    def test_is_seen_by_the_case_that_a_later_detection_opens(self, lifted):
        if lifted:
            work(self.platform)

        case = arrive(self.account, TOMORROW)

        assert case is not None
        assert case.state == "OPEN"
        assert case.pk != self.decision.case_id
        assert [each.state for each in decisions(self.account, case)][1] == "overturned on appeal"

    def test_is_shown_on_its_case_with_what_undid_it(self, signed_in, omar):
        work(self.platform)

        page = signed_in(omar).get(f"/cases/{self.decision.case.ref}/")

        decided = page.context["decided"]
        assert (decided["ref"], decided["action"]) == (self.decision.ref, "Permanent ban")
        assert decided["undone"] == {
            "words": "overturned on appeal",
            "maker": "Bo, approved by Lena",
            "at": LATER,
            "rationale": "Friends, all of them.",
        }
        assert [each.action for each in decided["deliveries"]] == ["Permanent ban", "Lift"]
        assert len(decided["notifications"]) == 2
        assert "overturned on appeal" in page.content.decode()

    def test_can_be_cleared_as_after_any_decision_that_nothing_was_violated(self, signed_in):
        page = signed_in(self.ada).get(f"/cases/{self.decision.case.ref}/")

        assert page.context["clearing"] is not None

    def test_is_told_by_the_api(self, api):
        work(self.platform)

        case = api.get(f"/api/v1/cases/{self.decision.case.ref}").json()
        assert [each["undoes"] for each in case["decisions"]] == [None, self.decision.ref]


class TestADecisionThatWasReplaced:
    def test_names_both(self, ada, bo):
        account = make_account()
        decision = decide(account, ada)
        work(FakePlatform(), NOON)
        replace(decision, bo)

        replacing, original = decisions(account)

        assert original.state == "replaced on appeal"
        assert replacing.words == (
            "Replaced on appeal: permanent ban · Temporary ban for 7 days · Bulk messaging"
        )
        facts = dict(file_of(account).person.facts)
        assert "1 ban, 1 decision undone; the last 23 h ago" in facts.values()


class TestAnAutomatedDecisionThatWasOverturned:
    def test_says_so_too(self, bo):
        enforcement = make_enforcement(account=make_account())
        overturn(enforcement.decision, bo, upon=Upon.ORDER)

        undoing, original = decisions(enforcement.account)

        assert (original.by, original.state) == ("Automated", "overturned by order")
        assert undoing.words == "Overturned by order: permanent ban"


class TestADecisionThatWasUndoneWithItsBulk:
    def test_does_not_speak_of_an_appeal(self, ada):
        account = make_account()
        decision = decide(account, ada)
        work(FakePlatform(), NOON)
        reversing.reverse(
            decision, matter=lock(decision.case), by=ada, words="Undone with B-1.", at=LATER
        )

        undoing, original = decisions(account)

        assert original.state == "undone"
        assert original.steps[-1].words == "Undone by Ada"
        assert undoing.words == "Undone: permanent ban"


class TestADetectionOfAnAccountWhoseBanStands:
    def test_opens_no_case_while_its_lift_can_be_taken_back(self, ada):
        account = make_account()
        decide(account, ada)
        work(FakePlatform(), NOON)
        decide(
            account, ada, effective_at=TOMORROW, action="LIFT", outcome="NO_VIOLATION", clauses=[]
        )
        before = Case.objects.count()

        assert arrive(account, TOMORROW - timedelta(seconds=1)) is None
        assert Case.objects.count() == before
        assert arrive(account, TOMORROW) is not None

    def test_says_on_an_open_case_that_the_account_is_banned_until_it_is_lifted(
        self, ada, bo, signed_in, omar
    ):
        account = make_account()
        case = make_case(account=account)
        enforcement = make_enforcement(account=account)
        page = signed_in(omar).get(f"/cases/{case.ref}/")
        assert "banned already" in page.context["notice"]

        overturn(enforcement.decision, bo)

        page = signed_in(omar).get(f"/cases/{case.ref}/")
        assert page.context["notice"] == ""
