"""A decision taken back in its grace."""

from datetime import timedelta

import pytest
from django.db import connection

from cases import approving, claiming, deciding, enforcing, notifying, nudging, withdrawing
from cases.enums import Action, CaseState
from cases.locking import lock
from cases.models import AgreementCount, Case, Claim, Decision, Enforcement, Label, Notification
from cases.platform import FakePlatform
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import (
    NOON,
    clause,
    make_account,
    make_case,
    make_enforcement,
    verdict,
)

pytestmark = pytest.mark.django_db
GRACE = timedelta(seconds=30)
SOON = NOON + timedelta(seconds=10)
AFTER = NOON + GRACE


def decide(case, by, *, at=NOON, effective_at=AFTER, **changed):
    if not Claim.objects.held(now=at).filter(case=case).exists():
        claiming.take(case=case, by=by, now=at)
    case.refresh_from_db()
    return deciding.decide(
        case=case, by=by, at=at, effective_at=effective_at, **verdict(case, **changed)
    )


def work(platform, now):
    """What a worker does when it is woken."""
    enforcing.deliver_due(platform=platform, clock=lambda: now)
    notifying.deliver_due(platform=platform, clock=lambda: now)


class TestADecisionInItsGrace:
    """Ada has banned an account for good, 10 seconds ago; her grace is 30 seconds."""

    @pytest.fixture(autouse=True)
    def _decided(self, ada):
        self.case = make_case(account=make_account(external_id="busy"), detections=2)
        self.decision = decide(self.case, ada, action="PERMANENT_BAN")
        self.platform = FakePlatform()

    def withdraw(self, by, *, at=SOON):
        return withdrawing.withdraw(decision=self.decision, by=by, at=at)

    def test_reaches_nobody(self):
        work(self.platform, AFTER - timedelta(milliseconds=1))

        assert self.platform.received == []

    def test_reaches_the_platform_and_the_person_as_it_ends(self):
        work(self.platform, AFTER)

        assert [m.type for m in self.platform.received] == [
            "enforcement.requested",
            "notification.requested",
        ]

    def test_has_a_worker_woken_as_it_ends(
        self, ada, monkeypatch, django_capture_on_commit_callbacks
    ):
        woken = []
        monkeypatch.setitem(nudging._nudges, nudging.PLATFORM, woken.append)

        with django_capture_on_commit_callbacks(execute=True):
            decide(make_case(), ada, effective_at=AFTER + GRACE)

        assert woken[0] == AFTER + GRACE

    def test_is_withdrawn_as_if_it_had_never_been(self, ada):
        case = self.withdraw(ada)
        work(self.platform, AFTER)

        assert self.platform.received == []
        assert (case.state, case.settled_at, case.version) == ("OPEN", None, 3)
        assert Enforcement.objects.get().state == "CANCELLED"
        assert Notification.objects.get().state == "CANCELLED"
        assert not Decision.objects.standing().exists()

    def test_is_given_back_to_whoever_withdrew_it_and_can_be_decided_anew(self, ada):
        self.withdraw(ada)
        assert claiming.held_by(ada, now=SOON).get().case == self.case

        again = decide(self.case, ada, at=SOON, effective_at=SOON + GRACE)
        work(self.platform, SOON + GRACE)

        assert [m.data["action"] for m in self.platform.received[:1]] == ["WARN"]
        assert list(Decision.objects.standing()) == [again]

    def test_takes_its_labels_back_and_counts_them_no_more(self, ada):
        assert AgreementCount.objects.get().agreed == 2

        self.withdraw(ada)

        count = AgreementCount.objects.get()
        assert (count.agreed, count.decided) == (0, 0)
        newest = Label.objects.order_by("detection_id", "-given_at", "-id").distinct("detection_id")
        assert [label.value for label in newest] == ["RETRACTED", "RETRACTED"]

        decide(self.case, ada, at=SOON, outcome="NO_VIOLATION", action="", clauses=[], reason="")
        count.refresh_from_db()
        assert (count.agreed, count.decided) == (0, 2)

    def test_leaves_its_withdrawal_in_the_ledger_beside_what_was_decided(self, ada):
        self.withdraw(ada)

        made, withdrawn = (
            LedgerEntry.objects.get(kind=kind) for kind in ("decision.made", "decision.withdrawn")
        )
        for column in ("actor", "account", "policy", "action", "outcome", "maker", "detector"):
            assert getattr(withdrawn, column) == getattr(made, column)
        assert withdrawn.particulars["decision"] == self.decision.ref

    def test_is_withdrawn_by_nobody_else(self, bo, lena):
        for other in (bo, lena):
            with pytest.raises(withdrawing.NotYours):
                self.withdraw(other)

    def test_is_withdrawn_once(self, ada):
        self.withdraw(ada)

        with pytest.raises(withdrawing.AlreadyWithdrawn):
            self.withdraw(ada)

    def test_is_not_withdrawn_when_its_grace_is_over(self, ada):
        with pytest.raises(withdrawing.TooLate):
            self.withdraw(ada, at=AFTER)

    def test_is_not_withdrawn_once_a_worker_has_it(self, ada):
        """Its clock runs ahead of ours."""
        [leased] = enforcing.EnforcementErrand().lease(now=AFTER, limit=10)

        with pytest.raises(withdrawing.TooLate, match="asked already"):
            self.withdraw(ada)

        assert leased.ref == Enforcement.objects.get(state="REQUESTED").ref
        self.case.refresh_from_db()
        assert self.case.state == CaseState.DECIDED
        assert not LedgerEntry.objects.filter(kind="decision.withdrawn").exists()

    def test_is_not_withdrawn_while_another_case_is_open_on_the_account(self, ada):
        other = make_case(account=self.case.account)

        with pytest.raises(withdrawing.AnotherOpen, match=other.ref):
            self.withdraw(ada)


class TestADecisionWithoutGrace:
    def test_is_not_withdrawn(self, ada):
        decision = decide(make_case(), ada, effective_at=None)

        with pytest.raises(withdrawing.TooLate):
            withdrawing.withdraw(decision=decision, by=ada, at=NOON)

    def test_is_not_withdrawn_where_a_detector_made_it(self, ada):
        enforcement = make_enforcement(account=make_account())

        with pytest.raises(withdrawing.CannotWithdraw, match="detector"):
            withdrawing.withdraw(decision=enforcement.decision, by=ada, at=NOON)


class TestADecisionThatAskedForNothing:
    def test_is_withdrawn_too(self, ada):
        case = make_case()
        decision = decide(case, ada, outcome="NO_VIOLATION", action="", clauses=[], reason="")

        assert withdrawing.withdraw(decision=decision, by=ada, at=SOON).state == "OPEN"


class TestWhatGaveWay:
    """A warning waited to be sent when Ada banned the account instead, or lifted everything."""

    @pytest.fixture(autouse=True)
    def _warned(self, bo):
        self.account = make_account(external_id="warned")
        self.warning = decide(make_case(account=self.account), bo, effective_at=NOON)
        self.platform = FakePlatform()
        self.case = make_case(account=self.account)

    @property
    def promised(self):
        return self.warning.enforcements.get()

    def test_is_not_sent_while_the_later_decision_may_yet_stand(self, ada):
        decide(self.case, ada, action="PERMANENT_BAN")

        work(self.platform, SOON)

        assert self.promised.state == "SUPERSEDED"
        assert self.platform.received == []

    @pytest.mark.parametrize(
        "changed",
        [
            {"action": Action.PERMANENT_BAN},
            {"action": Action.LIFT, "outcome": "NO_VIOLATION", "clauses": []},
        ],
    )
    def test_comes_back_with_its_notification_when_that_one_is_withdrawn(self, ada, changed):
        decision = decide(self.case, ada, **changed)

        withdrawing.withdraw(decision=decision, by=ada, at=SOON)
        work(self.platform, SOON)

        assert self.promised.state == "APPLIED"
        assert self.platform.received[0].data["action"] == "WARN"
        assert "warned" in self.platform.told
        assert LedgerEntry.objects.filter(kind="enforcement.restored").count() == 1
        assert LedgerEntry.objects.filter(kind="notification.restored").count() == 1

    def test_is_obeyed_though_something_later_was_sent_meanwhile(self, ada):
        """The platform obeys a higher number only."""
        limit = make_enforcement(account=self.reloaded(), action="FEATURE_LIMIT", state="REQUESTED")
        decision = decide(self.case, ada, action="WARN")
        work(self.platform, SOON)
        limit.refresh_from_db()
        assert limit.state == "APPLIED"

        withdrawing.withdraw(decision=decision, by=ada, at=SOON)
        work(self.platform, SOON)

        assert self.promised.state == "APPLIED"
        assert self.promised.sequence > limit.sequence

    def test_does_not_come_back_before_its_own_decision_takes_effect(self, ada, bo):
        case = make_case(account=make_account(external_id="other"))
        first = decide(case, bo, at=NOON, effective_at=AFTER)
        second = decide(
            make_case(account=case.account), ada, at=SOON, effective_at=SOON + GRACE,
            action="PERMANENT_BAN",
        )  # fmt: skip

        withdrawing.withdraw(decision=second, by=ada, at=SOON)

        assert first.enforcements.get().due_at == AFTER

    def test_does_not_come_back_when_it_was_itself_withdrawn(self, ada, bo):
        case = make_case(account=make_account(external_id="other"))
        first = decide(case, bo, at=NOON, effective_at=AFTER)
        other = make_case(account=case.account)
        second = decide(other, ada, at=SOON, effective_at=SOON + GRACE, action="PERMANENT_BAN")
        withdrawing.withdraw(decision=first, by=bo, at=SOON)

        # The first case is open again, and there is one open case for an account.
        with pytest.raises(withdrawing.AnotherOpen):
            withdrawing.withdraw(decision=second, by=ada, at=SOON)
        decide(case, bo, at=SOON, outcome="NO_VIOLATION", action="", clauses=[], reason="")
        withdrawing.withdraw(decision=second, by=ada, at=SOON)

        assert first.enforcements.get().state == "SUPERSEDED"
        assert not Enforcement.objects.filter(account=case.account, state="REQUESTED").exists()

    def reloaded(self):
        self.account.refresh_from_db()
        return self.account


class TestALiftInItsGrace:
    def test_leaves_the_ban_in_force_when_it_is_withdrawn(self, ada):
        ban = make_enforcement(account=make_account())
        lift = {"action": "LIFT", "outcome": "NO_VIOLATION", "clauses": []}
        case = make_case(account=ban.account)
        decision = decide(case, ada, **lift)

        withdrawing.withdraw(decision=decision, by=ada, at=SOON)

        ban.refresh_from_db()
        assert ban.state == "APPLIED"
        assert decision.enforcements.get().state == "CANCELLED"
        # And it can be lifted anew.
        again = decide(case, ada, at=SOON, effective_at=SOON, **lift)
        assert again.enforcements.get().lifts == ban


class TestDecisionsThatAreHeldBack:
    """As part of many: nothing is due before all of them are let go."""

    def test_are_sent_once_they_are_let_go(self, ada):
        platform = FakePlatform()
        made = [decide(make_case(), ada, effective_at=deciding.HELD) for _ in range(2)]
        work(platform, AFTER)
        assert platform.received == []

        assert enforcing.release(decisions=made, at=AFTER) == 2
        work(platform, AFTER)

        assert len(platform.received) == 4
        assert [decision.effective_at for decision in made] == [None, None]

    def test_are_taken_back_until_then_by_a_journey_that_undoes_them_all(self, ada):
        case = make_case()
        decision = decide(case, ada, effective_at=deciding.HELD)
        with pytest.raises(withdrawing.TooLate):
            withdrawing.withdraw(decision=decision, by=ada, at=SOON)

        withdrawing.take_back(decision, matter=lock(case), by=ada, at=SOON)

        assert Case.objects.get(pk=case.pk).state == "OPEN"
        assert enforcing.release(decisions=[decision], at=AFTER) == 0


class TestMergedCases:
    """Ada decides a case that another account's was merged into."""

    @pytest.fixture(autouse=True)
    def _merged(self, ada):
        self.main = make_case(account=make_account(external_id="one"), detections=2)
        self.other = make_case(account=make_account(external_id="two"))
        self.other.move_to(CaseState.MERGED, at=NOON)
        self.other.merged_into = self.main
        self.other.save()
        self.platform = FakePlatform()

    def test_are_decided_with_it_and_stay_merged(self, ada):
        decide(self.main, ada, action="PERMANENT_BAN")
        work(self.platform, AFTER)

        assert {name for name, standing in self.platform.standing.items() if standing} == {
            "one",
            "two",
        }
        assert set(self.platform.told) == {"one", "two"}
        self.other.refresh_from_db()
        assert (self.other.state, self.other.decisions.get().action) == ("MERGED", "PERMANENT_BAN")
        assert AgreementCount.objects.get().agreed == 3

    def test_are_taken_back_with_it_from_either(self, ada):
        decide(self.main, ada, action="PERMANENT_BAN")

        withdrawing.withdraw(decision=self.other.decisions.get(), by=ada, at=SOON)
        work(self.platform, AFTER)

        assert self.platform.received == []
        assert AgreementCount.objects.get().decided == 0
        self.main.refresh_from_db()
        self.other.refresh_from_db()
        assert (self.main.state, self.other.state) == ("OPEN", "MERGED")
        assert not Decision.objects.standing().exists()

        again = decide(self.main, ada, at=SOON)
        assert Decision.objects.standing().count() == 2
        assert again.case == self.main

    def test_are_lifted_only_where_something_stands(self, ada):
        make_enforcement(account=self.main.account)

        decide(self.main, ada, action="LIFT", outcome="NO_VIOLATION", clauses=[])

        assert self.main.decisions.get().action == "LIFT"
        assert self.other.decisions.get().action == ""

    def test_wait_for_a_second_person_if_any_of_them_does(self, ada):
        queue = self.other.queue
        queue.approval_reach = 100
        queue.save()
        Case.objects.filter(pk=self.other.pk).update(reach_points=15)

        with pytest.raises(deciding.NeedsSecondPerson):
            decide(self.main, ada, action="PERMANENT_BAN")


class TestAnApprovedDecision:
    """Ada proposed it, Lena approved it."""

    @pytest.fixture(autouse=True)
    def _approved(self, ada, lena):
        self.case = make_case(policy="CHILD_SAFETY")
        claiming.take(case=self.case, by=ada, now=NOON)
        proposed = verdict(self.case, action="PERMANENT_BAN", clauses=[clause("CHILD_SAFETY")])
        approval = approving.decide_or_propose(
            case=self.case, by=ada, at=NOON, effective_at=AFTER, **proposed
        )
        self.case.refresh_from_db()
        self.decision = approving.approve(
            approval=approval, by=lena, at=NOON, seen_version=self.case.version, effective_at=AFTER
        )

    def test_is_withdrawn_by_its_approver_and_then_waits_for_whoever_decided(self, ada, lena):
        case = withdrawing.withdraw(decision=self.decision, by=lena, at=SOON)

        assert (case.reserved_for, case.reserved_why) == (ada, "SENT_BACK")
        assert not Claim.objects.held(now=SOON).exists()

    def test_is_withdrawn_by_whoever_decided(self, ada):
        withdrawing.withdraw(decision=self.decision, by=ada, at=SOON)

        assert Claim.objects.held(now=SOON).get().analyst == ada


class TestAWithdrawal:
    def test_is_kept_as_it_was_written(self, ada):
        decision = decide(make_case(), ada)
        withdrawing.withdraw(decision=decision, by=ada, at=SOON)

        with connection.cursor() as cursor, pytest.raises(Exception, match="is refused"):
            cursor.execute("DELETE FROM cases_withdrawal")
