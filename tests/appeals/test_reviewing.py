from datetime import timedelta
from typing import Any

import pytest

from appeals import claiming, offering, reviewing, verdict
from appeals.enums import AppealOutcome, ClockName, GrievanceState, LetterState, Via
from appeals.models import Appeal, AppealDecision, Grievance, Letter, ReversalTally
from cases.enums import Action, EnforcementState
from cases.models import Account, Decision, Enforcement, Label, Notification
from cases.platform import FakePlatform
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance
from tests.appeals.reviewed import (
    ADDRESS,
    HOUR,
    LATER,
    answer,
    appeal_against,
    ask_for_a_second_person,
    ban,
    deliver,
    held,
    upheld,
)
from tests.cases.factories import NOON, make_account, make_detection, make_enforcement

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def told(kind: str) -> LedgerEntry:
    return LedgerEntry.objects.get(kind=kind)


class TestReversing:
    """Ada banned for good, and the platform did. Noor finds that the detector was wrong."""

    @pytest.fixture(autouse=True)
    def _appeal(self, ada: User, noor: User) -> None:
        self.platform = FakePlatform()
        self.original = ban(ada)
        deliver(self.platform)
        self.appeal = held(self.original, noor)
        self.noor = noor

    def decide(self, **changed: Any) -> AppealDecision:
        return reviewing.decide(
            appeal=self.appeal, by=self.noor, at=LATER, **answer(self.appeal, **changed)
        )

    def test_frees_the_account_on_the_platform(self) -> None:
        self.decide()
        deliver(self.platform, LATER)

        account = self.original.account
        assert self.platform.standing[account.external_id] == []
        assert Enforcement.objects.get(action=Action.LIFT).state == EnforcementState.APPLIED

    def test_undoes_the_decision_by_another_one(self) -> None:
        made = self.decide()

        undoing = made.decision
        assert undoing is not None
        assert undoing.undoes == self.original
        assert (undoing.decided_by, undoing.upon) == (self.noor, "APPEAL")
        assert undoing.outcome == "NO_VIOLATION"

    def test_closes_the_appeal_and_its_clocks(self) -> None:
        self.decide()

        self.appeal.refresh_from_db()
        assert (self.appeal.state, self.appeal.closed_at) == ("DECIDED", LATER)
        assert self.appeal.held_by is None
        assert {clock.met_at for clock in self.appeal.clocks.all()} == {LATER}
        assert self.appeal.acknowledged_at == LATER

    def test_keeps_what_both_sorts_of_readers_are_told(self) -> None:
        made = self.decide()

        assert made.reason() == "The people you wrote to know you."
        assert made.rationale() == "Everybody wrote back."
        assert (made.outcome, made.cause) == ("REVERSED", "DETECTOR_ERROR")

    def test_teaches_the_detectors(self) -> None:
        self.decide()

        latest = Label.objects.order_by("-given_at", "-id")[:2]
        assert {(each.value, each.source) for each in latest} == {("NO_VIOLATION", "APPEAL")}

    @pytest.mark.parametrize("cause", ["POLICY_CHANGE", "GOODWILL", "PROCEDURE"])
    def test_teaches_them_nothing_where_the_finding_was_right(self, cause: str) -> None:
        made = self.decide(cause=cause)

        assert made.decision
        assert made.decision.outcome == "INSUFFICIENT_EVIDENCE"
        assert not Label.objects.filter(source="APPEAL").exists()

    def test_tells_the_person_once_in_the_app_and_once_by_mail(self) -> None:
        self.decide()

        letter = Letter.objects.get()
        assert (letter.via, letter.state) == (Via.EMAIL, LetterState.WAITING)
        assert letter.enforcement == Enforcement.objects.get(action=Action.LIFT)
        assert "The people you wrote to know you." in letter.text()
        assert Notification.objects.latest("requested_at").state == "WAITING"

    def test_is_in_the_ledger_with_all_that_reports_group_by(self) -> None:
        self.decide()

        line = told("appeal.decided")
        assert line.actor == self.noor.actor
        assert line.account == self.original.account.ref
        assert line.case_ref == self.original.case.ref
        assert (line.outcome, line.action) == ("REVERSED", "PERMANENT_BAN")
        assert (line.policy, line.maker) == ("BULK_MESSAGING", "PARTIALLY_AUTOMATED")
        assert (line.stage, line.detector, line.detector_version) == (
            "MESSAGING", "message-burst", "1.0",
        )  # fmt: skip
        assert line.particulars["cause"] == "DETECTOR_ERROR"
        assert line.particulars["original"] == self.original.ref
        assert line.particulars["in_time"] is True
        assert "know you" not in str(line.particulars)

    def test_counts_against_the_version_that_was_wrong(self) -> None:
        self.decide()

        tally = ReversalTally.objects.get()
        assert (tally.detector.name, tally.version) == ("message-burst", "1.0")
        assert (tally.decided, tally.reversed) == (1, 1)

    def test_counts_a_reversal_for_another_cause_as_looked_at(self) -> None:
        self.decide(cause="ANALYST_ERROR")

        assert ReversalTally.objects.values_list("decided", "reversed").get() == (1, 0)

    def test_leaves_what_else_stands_against_the_account(self) -> None:
        other = make_enforcement(
            account=Account.objects.get(pk=self.original.account_id), action=Action.RATE_LIMIT
        )

        self.decide()
        deliver(self.platform, LATER)

        other.refresh_from_db()
        assert other.state == EnforcementState.APPLIED

    def test_is_refused_to_whoever_does_not_hold_it(self, ravi: User) -> None:
        with pytest.raises(claiming.HeldByAnother):
            reviewing.decide(appeal=self.appeal, by=ravi, at=LATER, **answer(self.appeal))

    def test_is_refused_on_a_page_that_does_not_show_what_came(self) -> None:
        seen = answer(self.appeal)
        Appeal.objects.filter(pk=self.appeal.pk).update(version=2)

        with pytest.raises(reviewing.StalePage):
            reviewing.decide(appeal=self.appeal, by=self.noor, at=LATER, **seen)

    def test_is_done_once(self) -> None:
        self.decide()

        with pytest.raises(reviewing.AlreadyAnswered):
            self.decide()
        assert Decision.objects.filter(undoes=self.original).count() == 1

    def test_of_what_somebody_else_undid_is_refused(self) -> None:
        other = appeal_against(ban(self.original.decided_by), contact="")
        other = claiming.take(ticket=other, by=self.noor, at=LATER)
        Enforcement.objects.filter(pk=other.enforcement_id).update(
            state=EnforcementState.LIFTED, ended_at=LATER
        )

        with pytest.raises(verdict.NothingStands) as refused:
            reviewing.decide(appeal=other, by=self.noor, at=LATER, **answer(other))

        assert refused.value.pointer == "outcome"

    def test_writes_all_or_nothing(self) -> None:
        with pytest.raises(verdict.CannotReview):
            self.decide(outcome="PARTIALLY_REVERSED", action="TEMPORARY_BAN", until=NOON)

        assert not AppealDecision.objects.exists()
        assert not Letter.objects.exists()
        self.appeal.refresh_from_db()
        assert self.appeal.state == "OPEN"


class TestReversingInPart:
    """Ada banned for good; Noor thinks that a week is enough."""

    @pytest.fixture(autouse=True)
    def _appeal(self, ada: User, noor: User) -> None:
        self.platform = FakePlatform()
        self.original = ban(ada)
        deliver(self.platform)
        self.appeal, self.noor = held(self.original, noor), noor

    def decide(self, **changed: Any) -> AppealDecision:
        partial = {"outcome": "PARTIALLY_REVERSED", "cause": "ANALYST_ERROR"}
        week = {"action": "TEMPORARY_BAN", "lasts": 7 * DAY}
        return reviewing.decide(
            appeal=self.appeal, by=self.noor, at=LATER,
            **answer(self.appeal, **(partial | week | changed)),
        )  # fmt: skip

    def test_puts_something_milder_in_its_place(self) -> None:
        made = self.decide()
        deliver(self.platform, LATER)

        [(ref, action)] = self.platform.standing[self.original.account.external_id]
        assert action == "TEMPORARY_BAN"
        assert Enforcement.objects.get(ref=ref).until == LATER + 7 * DAY
        assert made.decision
        assert made.decision.clauses.get().code == "BULK_MESSAGING"

    def test_leaves_the_labels(self) -> None:
        self.decide()

        assert not Label.objects.filter(source="APPEAL").exists()
        assert ReversalTally.objects.values_list("decided", "reversed").get() == (1, 0)

    def test_is_told_once_each_way(self) -> None:
        self.decide()

        assert Letter.objects.get().via == Via.EMAIL
        assert told("appeal.decided").particulars["replaced_by"] == "TEMPORARY_BAN"

    def test_is_never_harder(self) -> None:
        with pytest.raises(verdict.CannotReview) as refused:
            self.decide(action="PERMANENT_BAN", lasts=None)

        assert refused.value.pointer == "action"


class TestUpholding:
    """The ban stands."""

    @pytest.fixture(autouse=True)
    def _appeal(self, ada: User, noor: User) -> None:
        self.platform = FakePlatform()
        self.original = ban(ada)
        deliver(self.platform)
        self.appeal, self.noor = held(self.original, noor), noor

    def decide(self, **changed: Any) -> AppealDecision:
        return reviewing.decide(
            appeal=self.appeal, by=self.noor, at=LATER, **upheld(self.appeal, **changed)
        )

    def test_leaves_everything_as_it_is(self) -> None:
        made = self.decide()
        deliver(self.platform, LATER)

        assert len(self.platform.standing[self.original.account.external_id]) == 1
        assert made.decision is None
        assert not Label.objects.filter(source="APPEAL").exists()
        assert ReversalTally.objects.values_list("decided", "reversed").get() == (1, 0)

    def test_is_told_by_both_ways_at_once(self) -> None:
        self.decide()

        letters = Letter.objects.all()
        assert {(each.via, each.state) for each in letters} == {
            (Via.PLATFORM, LetterState.REQUESTED), (Via.EMAIL, LetterState.REQUESTED),
        }  # fmt: skip
        assert all("The people you wrote to know you." in each.text() for each in letters)

    def test_is_written_in_the_language_that_was_chosen(self) -> None:
        self.decide(locale="hi")

        assert {each.locale for each in Letter.objects.all()} == {"hi"}

    def test_is_not_said_of_what_has_ended(self) -> None:
        Enforcement.objects.filter(pk=self.appeal.enforcement_id).update(
            state=EnforcementState.EXPIRED, ended_at=LATER
        )

        with pytest.raises(verdict.NothingStands):
            self.decide()
        made = self.decide(outcome="OMITTED")
        assert made.outcome == AppealOutcome.OMITTED
        assert not ReversalTally.objects.exists()

    def test_is_not_left_out_while_it_stands(self) -> None:
        with pytest.raises(verdict.StillStands, match="still stands"):
            self.decide(outcome="OMITTED")


class TestWhatIsMissing:
    """Noor holds an appeal."""

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"outcome": ""}, "outcome"),
            ({"outcome": "UPHELD"}, "outcome"),
            ({"cause": ""}, "cause"),
            ({"cause": "WHIM"}, "cause"),
            ({"outcome": "ORIGINAL_DECISION_UPHELD"}, "cause"),
            ({"reason": " "}, "reason"),
            ({"reason": "x" * 5001}, "reason"),
            ({"reason": "a\0b"}, "reason"),
            ({"rationale": " "}, "rationale"),
            ({"outcome": "PARTIALLY_REVERSED"}, "action"),
            ({"action": "WARN"}, "action"),
            ({"outcome": "PARTIALLY_REVERSED", "action": "TEMPORARY_BAN"}, "until"),
            ({"outcome": "PARTIALLY_REVERSED", "action": "LIFT"}, "action"),
        ],
    )
    def test_is_named(self, changed: dict[str, Any], pointer: str, ada: User, noor: User) -> None:
        appeal = held(ban(ada), noor)

        with pytest.raises(verdict.CannotReview) as refused:
            reviewing.decide(appeal=appeal, by=noor, at=LATER, **answer(appeal, **changed))

        assert refused.value.pointer == pointer


class TestIndependence:
    """Ada, who decides cases and answers appeals, banned; Ravi approved."""

    @pytest.fixture(autouse=True)
    def _people(self, ada: User, noor: User, ravi: User) -> None:
        ada.roles = ["ANALYST", "APPEALS"]
        ada.save()
        self.original = ban(ada)
        self.appeal = appeal_against(self.original, barred=[ada.pk, ravi.pk])
        self.ada, self.ravi = ada, ravi

    def test_keeps_whoever_decided_from_deciding_again(self) -> None:
        for person in (self.ada, self.ravi):
            with pytest.raises(offering.Barred):
                claiming.take(ticket=self.appeal, by=person, at=LATER)
            with pytest.raises(offering.Barred, match="so somebody else looks at this one"):
                reviewing.decide(appeal=self.appeal, by=person, at=LATER, **upheld(self.appeal))


class TestGrievances:
    """Two complaints contain the appeal; one of them came from another address."""

    @pytest.fixture(autouse=True)
    def _tickets(self, ada: User, noor: User) -> None:
        self.original = ban(ada)
        deliver(FakePlatform())
        self.appeal, self.noor = held(self.original, noor), noor
        contains = {
            "category": "BAN_APPEAL", "appeal": self.appeal, "state": GrievanceState.IN_APPEAL,
            "account": self.appeal.account,
        }  # fmt: skip
        self.same = make_grievance(contact=ADDRESS.upper(), **contains)
        self.other = make_grievance(contact="lawyer@example.org", **contains)

    def decide(self, **changed: Any) -> None:
        reviewing.decide(
            appeal=self.appeal, by=self.noor, at=LATER, **answer(self.appeal, **changed)
        )
        self.same.refresh_from_db()
        self.other.refresh_from_db()

    def test_are_resolved_with_it(self) -> None:
        self.decide()

        for grievance in (self.same, self.other):
            assert (grievance.state, grievance.closed_at) == ("RESOLVED", LATER)
            assert grievance.resolution == "ACCOUNT_RESTORED"
            assert grievance.decision
            assert grievance.decision.undoes == self.original
            assert grievance.resolved_by == self.noor
            clocks = grievance.clocks.filter(name__in=[ClockName.ACK, ClockName.RESOLVE])
            assert {clock.met_at for clock in clocks} == {LATER}
        assert Grievance.objects.actioned().count() == 2

    def test_count_as_one_account(self) -> None:
        """Two complaints, one ban lifted: T7."""
        self.decide()

        accounts = Grievance.objects.actioned().values("account").distinct()
        assert accounts.count() == 1

    def test_are_answered_once(self) -> None:
        self.decide()

        letters = Letter.objects.all()
        assert {(each.appeal_id, each.grievance_id) for each in letters} == {
            (self.appeal.pk, None), (None, self.other.pk),
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("changed", "resolution"),
        [
            ({"outcome": "ORIGINAL_DECISION_UPHELD", "cause": ""}, "RESTORATION_REFUSED"),
            (
                {"outcome": "PARTIALLY_REVERSED", "action": "TEMPORARY_BAN", "lasts": 7 * DAY},
                "RESTORATION_REFUSED",
            ),
            ({"outcome": "PARTIALLY_REVERSED", "action": "WARN"}, "ACCOUNT_RESTORED"),
            ({"cause": "GOODWILL"}, "ACCOUNT_RESTORED"),
        ],
    )
    def test_say_restored_only_where_the_ban_is_gone(
        self, changed: dict[str, Any], resolution: str
    ) -> None:
        self.decide(**changed)

        assert {self.same.resolution, self.other.resolution} == {resolution}
        assert (self.same.decision is not None) == (resolution == "ACCOUNT_RESTORED")

    def test_are_not_actioned_where_somebody_else_lifted_it(self) -> None:
        Enforcement.objects.filter(pk=self.appeal.enforcement_id).update(
            state=EnforcementState.LIFTED, ended_at=NOON
        )
        self.decide(outcome="OMITTED", cause="")

        assert self.same.resolution == "SUPPORT_GIVEN"
        assert not Grievance.objects.actioned().exists()


class TestAnAutomatedBan:
    """Nobody decided it, so anybody may look again."""

    def test_can_be_reversed(self, noor: User) -> None:
        enforcement = make_enforcement(account=make_account())
        detection = make_detection(
            account=enforcement.account, decision=enforcement.decision, verdict="ENFORCED"
        )
        appeal = claiming.take(ticket=make_appeal(enforcement=enforcement), by=noor, at=LATER)

        reviewing.decide(appeal=appeal, by=noor, at=LATER, **answer(appeal))
        platform = FakePlatform()
        deliver(platform, LATER)

        [lift] = [each for each in platform.received if each.type == "enforcement.lifted"]
        assert lift.data["lifts"] == enforcement.ref
        assert detection.labels.get().value == "NO_VIOLATION"
        line = told("appeal.decided")
        assert (line.maker, line.detector) == ("AUTOMATED", "message-burst")


class TestASecondPerson:
    def test_is_asked_for_where_a_rule_says_so(self, ada: User, noor: User) -> None:
        appeal = held(ban(ada), noor)
        ask_for_a_second_person()

        with pytest.raises(reviewing.NeedsSecondPerson):
            reviewing.decide(appeal=appeal, by=noor, at=LATER, **answer(appeal))
        assert reviewing.decide(appeal=appeal, by=noor, at=LATER + HOUR / 6, **upheld(appeal))
