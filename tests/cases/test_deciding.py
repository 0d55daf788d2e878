from datetime import timedelta

import pytest

from cases import claiming, deciding, enforcing
from cases.enums import EnforcementState
from cases.models import AgreementCount, Case, Decision, Enforcement, Label, Notification
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import (
    NOON,
    clause,
    identity,
    make_account,
    make_case,
    make_enforcement,
    make_evidence,
    verdict,
)

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)


class TestDeciding:
    """Ada holds the case, which two detections of bulk messaging opened. Bo does not."""

    @pytest.fixture(autouse=True)
    def _held(self, ada):
        self.case = make_case(account=make_account(locale="pt-BR"), detections=2)
        claiming.take(case=self.case, by=ada, now=NOON)

    def decide(self, by, *, at=NOON, **changed):
        return deciding.decide(case=self.case, by=by, at=at, **verdict(self.case, **changed))

    def test_writes_the_decision_and_everything_that_follows_at_once(self, ada):
        item = make_evidence(account=self.case.account)

        decision = self.decide(
            ada,
            action="TEMPORARY_BAN",
            until=NOON + timedelta(days=7),
            cited=[identity(item)],
            locale="pt",
        )

        self.case.refresh_from_db()
        assert (self.case.state, self.case.settled_at) == ("DECIDED", NOON)
        assert self.case.claims.get().ending == "DECIDED"
        assert decision.maker == "PARTIALLY_AUTOMATED"
        assert decision.rationale() == "Bursts to strangers."
        assert decision.citations.get().evidence_id == item.id
        enforcement = decision.enforcements.get()
        assert (enforcement.action, enforcement.sequence, enforcement.state) == (
            "TEMPORARY_BAN",
            1,
            "REQUESTED",
        )
        notification = decision.notifications.get()
        assert (notification.state, notification.locale) == ("WAITING", "pt")
        assert "Banimos a sua conta até 2026-03-17 12:00 UTC" in notification.text()
        assert set(
            LedgerEntry.objects.filter(case_ref=self.case.ref).values_list("kind", flat=True)
        ) == {
            "case.claimed",
            "decision.made",
            "enforcement.requested",
            "notification.requested",
            "label.given",
        }

    def test_labels_each_detection_that_the_verdict_bears_out(self, ada):
        self.decide(ada)

        assert list(Label.objects.values_list("value", flat=True)) == ["VIOLATION"] * 2
        count = AgreementCount.objects.get()
        assert (count.agreed, count.decided) == (2, 2)

    def test_labels_them_as_errors_where_nothing_was_violated(self, ada):
        self.decide(ada, outcome="NO_VIOLATION", action="", clauses=[], reason="")

        count = AgreementCount.objects.get()
        assert (count.agreed, count.decided) == (0, 2)
        assert not Enforcement.objects.exists()
        assert not Notification.objects.exists()

    def test_labels_nothing_where_another_kind_of_rule_was_violated(self, ada):
        self.decide(ada, clauses=[clause("HARASSMENT")])

        assert not Label.objects.exists()

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"outcome": "MAYBE"}, "outcome"),
            ({"confidence": ""}, "confidence"),
            ({"action": "EXECUTE"}, "action"),
            ({"outcome": "NO_VIOLATION", "clauses": []}, "action"),
            ({"clauses": []}, "clauses"),
            ({"action": "TEMPORARY_BAN"}, "until"),
            ({"action": "TEMPORARY_BAN", "until": NOON}, "until"),
            ({"action": "TEMPORARY_BAN", "until": NOON + timedelta(days=366)}, "until"),
            ({"until": LATER}, "until"),
            ({"rationale": "  "}, "rationale"),
            ({"rationale": "a\x00b"}, "rationale"),
            ({"reason": ""}, "reason"),
            ({"reason": "x" * 5001}, "reason"),
            ({"action": "LIFT"}, "action"),
        ],
    )
    def test_names_the_field_at_fault_and_changes_nothing(self, ada, changed, pointer):
        with pytest.raises(deciding.CannotDecide) as refusal:
            self.decide(ada, **changed)

        assert refusal.value.pointer == pointer
        assert not Decision.objects.exists()

    def test_is_refused_to_whoever_does_not_hold_the_case(self, ada, bo):
        with pytest.raises(deciding.NotHeld, match=ada.name):
            self.decide(bo)

    def test_is_refused_on_a_page_older_than_the_newest_detection(self, ada):
        Case.objects.filter(pk=self.case.pk).update(version=self.case.version + 1)

        with pytest.raises(deciding.StalePage):
            self.decide(ada)

    def test_happens_once(self, ada):
        self.decide(ada)

        with pytest.raises(deciding.AlreadyDecided):
            self.decide(ada)

    def test_is_accepted_after_the_lease_lapsed_if_nobody_else_took_it(self, ada):
        claiming.lapse(now=LATER)

        assert self.decide(ada, at=LATER).decided_by == ada

    def test_is_refused_after_somebody_else_took_it(self, ada, bo):
        claiming.take(case=self.case, by=bo, now=LATER)

        with pytest.raises(deciding.NotHeld, match=bo.name):
            self.decide(ada, at=LATER)

    def test_refuses_evidence_of_another_account(self, ada):
        item = make_evidence(account=make_account())

        with pytest.raises(deciding.CannotDecide) as refusal:
            self.decide(ada, cited=[identity(item)])

        assert refusal.value.pointer == "cited"
        assert not Decision.objects.exists()

    def test_lifts_what_stands_when_nothing_was_violated(self, ada):
        ban = make_enforcement(account=self.case.account)

        decision = self.decide(ada, outcome="NO_VIOLATION", action="LIFT", clauses=[])

        lift = decision.enforcements.get()
        assert (lift.action, lift.lifts, lift.sequence) == ("LIFT", ban, 2)

    def test_cancels_what_was_never_sent_instead_of_lifting_it(self, ada):
        ban = make_enforcement(account=self.case.account, state=EnforcementState.REQUESTED)

        decision = self.decide(ada, outcome="NO_VIOLATION", action="LIFT", clauses=[])

        ban.refresh_from_db()
        assert ban.state == "CANCELLED"
        assert not decision.enforcements.exists()
        assert not decision.notifications.exists()

    def test_refuses_to_lift_where_nothing_stands(self, ada):
        with pytest.raises(enforcing.NothingToLift):
            self.decide(ada, outcome="NO_VIOLATION", action="LIFT", clauses=[])

        assert not Decision.objects.exists()
