"""A decision that did not stand a second look."""

from datetime import timedelta

import pytest
from django.db import transaction

from cases import (
    advising,
    bulking,
    claiming,
    clearing,
    deciding,
    overturning,
    withdrawing,
)
from cases.delivering import Answer
from cases.enums import Action, Upon
from cases.models import (
    Account,
    AgreementCount,
    Case,
    Decision,
    Label,
)
from cases.platform import FakePlatform
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import (
    NOON,
    clause,
    make_account,
    make_case,
    make_detection,
    make_enforcement,
    verdict,
)
from tests.cases.secondlook import (
    DAY,
    LATER,
    ask_bulk,
    decide,
    overturn,
    replace,
    settle,
    told,
    work,
)

pytestmark = pytest.mark.django_db


class TestOverturning:
    """Ada banned an account for good; an hour later Bo looked again, and frees it."""

    @pytest.fixture(autouse=True)
    def _banned(self, ada, bo):
        self.ada, self.bo = ada, bo
        self.platform = FakePlatform()
        self.account = make_account(external_id="busy")
        self.decision = decide(self.account, ada)
        work(self.platform, NOON)
        self.ban = self.decision.enforcements.get()

    def test_frees_the_account_and_tells_the_person_why(self):
        overturn(self.decision, self.bo)
        assert told(self.platform, self.account) == ["Your account is banned"]

        work(self.platform)

        self.ban.refresh_from_db()
        assert self.platform.standing["busy"] == []
        assert self.ban.state == "LIFTED"
        assert told(self.platform, self.account) == [
            "Your account is banned",
            "Your account is restored",
        ]
        assert "You wrote to people you know." in self.platform.told["busy"][1]["text"]

    def test_tells_nobody_of_a_lift_that_has_not_reached_the_platform(self):
        overturn(self.decision, self.bo)
        self.platform.answers = [Answer(status=503)]

        work(self.platform)

        assert len(told(self.platform, self.account)) == 1
        assert self.platform.standing["busy"]

    def test_is_another_decision_that_points_at_the_first(self, lena):
        undoing = overturn(self.decision, self.bo, approved_by=lena)

        assert (undoing.undoes, undoing.case) == (self.decision, self.decision.case)
        assert (undoing.decided_by, undoing.approved_by, undoing.maker) == (
            self.bo,
            lena,
            "ANALYST",
        )
        assert (undoing.action, undoing.outcome, undoing.upon) == ("LIFT", "NO_VIOLATION", "APPEAL")
        assert undoing.rationale() == "Friends, all of them."
        assert undoing.reason() == "You wrote to people you know."
        [lift] = undoing.enforcements.all()
        assert (lift.action, lift.lifts, lift.policy) == ("LIFT", self.ban, "BULK_MESSAGING")

    def test_is_told_by_the_ledger_with_what_it_undoes(self):
        undoing = overturn(self.decision, self.bo)
        work(self.platform)

        line = LedgerEntry.objects.filter(kind="decision.made").order_by("recorded_at").last()
        assert (line.actor, line.action, line.outcome) == (self.bo.actor, "LIFT", "NO_VIOLATION")
        assert (line.detector, line.case_ref) == ("message-burst", self.decision.case.ref)
        said = line.particulars
        assert (said["decision"], said["undoes"], said["upon"]) == (
            undoing.ref,
            self.decision.ref,
            "APPEAL",
        )

    def test_is_told_by_the_ledger_in_the_order_of_what_happened(self):
        before = LedgerEntry.objects.count()
        overturn(self.decision, self.bo)
        work(self.platform)

        entries = LedgerEntry.objects.order_by("recorded_at", "id")[before:]
        assert [entry.kind for entry in entries] == [
            "decision.made",
            "enforcement.requested",
            "notification.requested",
            "label.given",
            "label.given",
            "enforcement.attempted",
            "enforcement.acknowledged",
            "enforcement.applied",
            "enforcement.lifted",
            "notification.attempted",
            "notification.sent",
        ]

    def test_teaches_the_detectors_where_they_were_wrong(self):
        assert AgreementCount.objects.get().agreed == 2

        undoing = overturn(self.decision, self.bo)

        labels = Label.objects.filter(decision=undoing)
        assert {(label.value, label.source) for label in labels} == {("NO_VIOLATION", "APPEAL")}
        assert labels.count() == 2
        count = AgreementCount.objects.get()
        assert (count.agreed, count.decided) == (0, 2)

    def test_teaches_them_nothing_otherwise(self):
        undoing = overturn(self.decision, self.bo, relabel=False)

        assert not Label.objects.filter(decision=undoing).exists()
        assert AgreementCount.objects.get().agreed == 2

    def test_leaves_what_another_decision_did_and_does_not_call_the_person_restored(self):
        other = make_enforcement(account=self.reloaded())
        self.platform.standing["busy"].append((other.ref, other.action))

        overturn(self.decision, self.bo)
        settle(self.platform)

        assert self.platform.standing["busy"] == [(other.ref, "PERMANENT_BAN")]
        other.refresh_from_db()
        assert other.state == "APPLIED"
        said = self.platform.told["busy"][-1]
        assert said["subject"] == "A decision about your account no longer applies"
        assert "Another decision about your account still applies." in said["text"]

    def test_does_not_count_against_the_account_any_more(self):
        def advice():
            [found] = advising.advise(self.account, clauses=[clause("BULK_MESSAGING")], at=LATER)
            return found.violation

        assert advice() == 2
        overturn(self.decision, self.bo)
        assert advice() == 1

    def test_has_what_the_person_contested_be_contested_no_more(self):
        self.reloaded().mark_contested(at=NOON + timedelta(minutes=9))
        assert Account.objects.contested().exists()

        overturn(self.decision, self.bo)

        assert not Account.objects.contested().exists()

    def test_brings_back_a_clearing_that_the_decision_had_ended(self, lena):
        account = make_account()
        case = make_case(account=account)
        claiming.take(case=case, by=self.ada, now=NOON)
        terms = clearing.Terms("BULK", NOON + 30 * DAY, 0.15, "A pharmacy.")
        deciding.decide(
            case=case, by=self.ada, at=NOON, clears=terms,
            **verdict(case, outcome="NO_VIOLATION", action="", clauses=[], reason=""),
        )  # fmt: skip
        decision = decide(account, self.ada, at=NOON + timedelta(minutes=1))
        assert not account.clearings.standing(at=LATER).exists()

        overturn(decision, self.bo)

        assert account.clearings.standing(at=LATER).exists()

    def test_by_order_says_so(self):
        undoing = overturn(self.decision, self.bo, upon=Upon.ORDER)

        assert undoing.upon == "ORDER"

    def test_speaks_the_language_that_it_is_asked_to(self):
        overturn(self.decision, self.bo, locale="pt-BR")
        work(self.platform)

        assert told(self.platform, self.account)[-1] == "A sua conta foi restabelecida"

    def test_leaves_nothing_half_done_where_the_caller_fails(self):
        def fail():
            with transaction.atomic():
                overturn(self.decision, self.bo)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        settle(self.platform)

        assert self.platform.standing["busy"]
        assert Decision.objects.get() == self.decision

    def reloaded(self):
        self.account.refresh_from_db()
        return self.account


class TestWhatAutomationDecided:
    """A detector banned an account by itself; there is no case."""

    @pytest.fixture(autouse=True)
    def _banned(self, bo):
        self.bo, self.platform = bo, FakePlatform()
        self.account = make_account(external_id="busy")
        self.ban = make_enforcement(account=self.account)
        self.decision = self.ban.decision
        self.decision.clauses.add(clause("BULK_MESSAGING"))
        self.detection = make_detection(
            account=self.account, verdict="ENFORCED", decision=self.decision
        )
        make_detection(account=self.account, detector="another")
        self.platform.standing["busy"] = [(self.ban.ref, "PERMANENT_BAN")]

    def test_is_overturned_too(self):
        undoing = overturn(self.decision, self.bo)
        work(self.platform)

        assert self.platform.standing["busy"] == []
        assert (undoing.case, undoing.maker) == (None, "ANALYST")
        [label] = Label.objects.all()
        assert (label.detection, label.value, label.source) == (
            self.detection,
            "NO_VIOLATION",
            "APPEAL",
        )
        line = LedgerEntry.objects.get(kind="decision.made")
        assert (line.detector, line.detector_version) == ("message-burst", "1.0")

    def test_is_replaced_and_that_overturned_in_its_turn(self, ada):
        milder = replace(self.decision, ada)
        settle(self.platform)
        [standing] = self.platform.standing["busy"]
        assert standing[1] == "TEMPORARY_BAN"
        # A person confirmed what a detector had found.
        assert milder.maker == "PARTIALLY_AUTOMATED"

        overturn(milder, self.bo, at=LATER + DAY)
        settle(self.platform, LATER + DAY)

        assert self.platform.standing["busy"] == []
        assert [label.detection for label in Label.objects.all()] == [self.detection]


class TestAWarning:
    """It was shown once; there is nothing to lift."""

    @pytest.fixture(autouse=True)
    def _warned(self, ada, bo):
        self.bo, self.platform = bo, FakePlatform()
        self.account = make_account(external_id="busy")
        self.decision = decide(self.account, ada, action=Action.WARN)

    def test_is_taken_back_in_words(self):
        work(self.platform, NOON)

        undoing = overturn(self.decision, self.bo)
        settle(self.platform)

        assert (undoing.action, undoing.outcome) == ("", "NO_VIOLATION")
        assert [message.type for message in self.platform.received].count("enforcement.lifted") == 0
        assert told(self.platform, self.account) == [
            "A warning about your account",
            "We take back our warning",
        ]
        assert "You wrote to people you know." in self.platform.told["busy"][-1]["text"]
        assert Label.objects.filter(source="APPEAL").count() == 2

    def test_is_not_taken_back_before_it_is_shown(self):
        """The platform did not take it yet, and will."""
        self.platform.answers = [Answer(status=503)]
        work(self.platform, NOON)

        overturn(self.decision, self.bo, at=NOON)
        assert told(self.platform, self.account) == []
        settle(self.platform)

        assert told(self.platform, self.account) == [
            "A warning about your account",
            "We take back our warning",
        ]

    def test_is_never_shown_where_it_was_never_sent(self):
        overturn(self.decision, self.bo)
        settle(self.platform)

        assert self.decision.enforcements.get().state == "CANCELLED"
        assert told(self.platform, self.account) == ["We take back our warning"]


class TestOtherWaysToUndo:
    """What was overturned is neither withdrawn nor undone with its bulk afterwards."""

    def test_a_withdrawal_that_comes_too_late_finds_it_undone(self, ada, bo):
        decision = decide(make_account(), ada, effective_at=NOON + timedelta(seconds=30))
        overturn(decision, bo, at=NOON + timedelta(seconds=30))

        # Its clock is behind.
        with pytest.raises(withdrawing.AlreadyUndone):
            withdrawing.withdraw(decision=decision, by=ada, at=NOON + timedelta(seconds=29))

        decision.case.refresh_from_db()
        assert decision.case.state == "DECIDED"

    def test_a_bulk_is_undone_around_it(self, ada, bo):
        platform = FakePlatform()
        cases = [make_case() for _ in range(3)]
        bulk = ask_bulk(cases, ada)
        bulking.run_due(clock=lambda: NOON, grace=timedelta())
        freed = Decision.objects.get(case=cases[1])
        work(platform, NOON)
        undoing = overturn(freed, bo)

        bulking.undo(bulk=bulk, by=ada, at=LATER)
        bulking.run_due(clock=lambda: LATER, grace=timedelta())
        settle(platform)

        assert not any(platform.standing.values())
        assert list(freed.undone_by.all()) == [undoing]
        assert set(bulk.rows.values_list("state", flat=True)) == {"UNDONE"}
        again = Case.objects.filter(state="OPEN").values_list("follows", flat=True)
        assert set(again) == {cases[0].pk, cases[2].pk}

    def test_a_bulk_that_was_undone_leaves_nothing_to_overturn(self, ada, bo):
        platform = FakePlatform()
        case = make_case()
        bulk = ask_bulk([case], ada)
        bulking.run_due(clock=lambda: NOON, grace=timedelta())
        work(platform, NOON)
        bulking.undo(bulk=bulk, by=ada, at=NOON)
        bulking.run_due(clock=lambda: NOON, grace=timedelta())

        with pytest.raises(overturning.AlreadyUndone):
            overturn(Decision.objects.get(case=case, undoes=None), bo)
