"""What can't be overturned, and how that is said."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cases import (
    approving,
    bulking,
    claiming,
    enforcing,
    overturning,
    withdrawing,
)
from cases.delivering import Answer
from cases.enums import Action, Upon
from cases.models import (
    BulkRow,
    Decision,
)
from cases.platform import FakePlatform
from tests.cases.factories import (
    NOON,
    clause,
    make_account,
    make_case,
    verdict,
)
from tests.cases.secondlook import (
    DAY,
    LATER,
    ask_bulk,
    decide,
    overturn,
    replace,
    work,
)

pytestmark = pytest.mark.django_db


class TestWhatCanNotBeOverturned:
    """A ban that Ada decided."""

    @pytest.fixture(autouse=True)
    def _account(self, ada, bo):
        self.ada, self.bo, self.platform = ada, bo, FakePlatform()
        self.account = make_account(external_id="busy")

    def refused(self, decision, by, why, *, at=LATER, match=None):
        assert not enforcing.appealable(self.account, at=at).filter(decision=decision).exists()
        before = Decision.objects.count()
        for journey in (overturn, replace):
            with pytest.raises(why, match=match):
                journey(decision, by, at=at)
        assert Decision.objects.count() == before

    def test_is_what_was_overturned_already(self):
        decision = decide(self.account, self.ada)
        undoing = overturn(decision, self.bo)

        self.refused(decision, self.bo, overturning.AlreadyUndone, match=undoing.ref)

    def test_is_what_was_withdrawn(self):
        decision = decide(self.account, self.ada, effective_at=NOON + DAY)
        withdrawing.withdraw(decision=decision, by=self.ada, at=NOON)

        self.refused(decision, self.bo, overturning.WasWithdrawn)

    def test_is_what_can_still_be_taken_back(self):
        decision = decide(self.account, self.ada, effective_at=LATER + timedelta(seconds=1))

        self.refused(decision, self.bo, overturning.StillInGrace)
        overturn(decision, self.bo, at=LATER + timedelta(seconds=1))

    def test_is_what_a_bulk_holds_back(self):
        bulk = ask_bulk([make_case(account=self.account)], self.ada)
        bulking.run_due(clock=lambda: NOON, grace=2 * DAY)
        decision = BulkRow.objects.get(bulk=bulk).decision

        self.refused(decision, self.bo, overturning.StillInGrace)

    def test_is_what_somebody_is_about_to_lift(self):
        """Lena's lift can still be taken back: what she does then is not known yet."""
        decision = decide(self.account, self.ada)
        work(self.platform, NOON)
        lift = decide(
            self.account, self.ada, effective_at=LATER + timedelta(seconds=20), action="LIFT",
            outcome="NO_VIOLATION", clauses=[],
        )  # fmt: skip

        with pytest.raises(overturning.StillInGrace, match="just decided to lift"):
            overturn(decision, self.bo)
        assert enforcing.appealable(self.account, at=LATER).exists()

        withdrawing.withdraw(decision=lift, by=self.ada, at=LATER)
        overturn(decision, self.bo)

    def test_is_what_is_being_lifted_or_was(self):
        decision = decide(self.account, self.ada)
        work(self.platform, NOON)
        decide(self.account, self.ada, action="LIFT", outcome="NO_VIOLATION", clauses=[])

        nothing = overturning.NothingStands
        self.refused(decision, self.bo, nothing, match="is being lifted already")
        work(self.platform)
        self.refused(decision, self.bo, nothing, match="has ended: lifted")

    def test_is_what_has_run_out(self):
        decision = decide(self.account, self.ada, action=Action.TEMPORARY_BAN, until=NOON + DAY)
        work(self.platform, NOON)
        work(self.platform, NOON + DAY)

        nothing = overturning.NothingStands
        self.refused(decision, self.bo, nothing, at=NOON + 2 * DAY, match="has ended: expired")

    def test_is_what_gave_way_before_it_was_sent(self):
        decision = decide(self.account, self.ada, action=Action.WARN)
        decide(self.account, self.ada)

        nothing = overturning.NothingStands
        self.refused(decision, self.bo, nothing, match="has ended: superseded")

    def test_is_what_the_platform_refused(self):
        decision = decide(self.account, self.ada)
        self.platform.answers = [Answer(status=422)]
        work(self.platform, NOON)

        nothing = overturning.NothingStands
        self.refused(decision, self.bo, nothing, match="never came into force")

    def test_is_what_asked_for_nothing(self):
        decision = decide(
            self.account, self.ada, outcome="NO_VIOLATION", action="", clauses=[], reason=""
        )

        self.refused(decision, self.bo, overturning.NothingStands, match="asked for nothing")

    def test_is_what_a_rule_wants_a_second_person_for(self, lena):
        case = make_case(account=self.account, policy="CHILD_SAFETY")
        claiming.take(case=case, by=self.ada, now=NOON)
        approval = approving.decide_or_propose(
            case=case, by=self.ada, at=NOON, effective_at=None,
            **verdict(case, action="PERMANENT_BAN", clauses=[clause("CHILD_SAFETY")]),
        )  # fmt: skip
        case.refresh_from_db()
        decision = approving.approve(
            approval=approval, by=lena, at=NOON, seen_version=case.version, effective_at=None
        )

        for journey in (overturn, replace):
            with pytest.raises(overturning.NeedsSecondPerson):
                journey(decision, self.bo)
        with transaction.atomic():
            assert overturn(decision, self.bo, upon=Upon.ORDER).approved_by is None
            transaction.set_rollback(True)

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"outcome": "VIOLATION"}, "outcome"),
            ({"outcome": "UPHELD"}, "outcome"),
            ({"reason": " "}, "reason"),
            ({"reason": "x" * 5_001}, "reason"),
            ({"reason": "a\x00b"}, "reason"),
            ({"rationale": ""}, "rationale"),
            ({"rationale": "x" * 5_001}, "rationale"),
        ],
    )
    def test_is_told_beside_the_field_it_is_about(self, changed, pointer):
        decision = decide(self.account, self.ada)

        with pytest.raises(overturning.CannotOverturn) as refusal:
            overturn(decision, self.bo, **changed)

        assert refusal.value.pointer == pointer

    def test_is_what_was_overturned_also_where_code_forgets_to_look(self):
        decision = decide(self.account, self.ada)
        undoing = overturn(decision, self.bo)

        with pytest.raises(IntegrityError, match="decision_undone_once"), transaction.atomic():
            Decision.objects.create(
                ref="D-TWICE", account=self.account, maker="ANALYST", decided_by=self.bo,
                outcome="NO_VIOLATION", undoes=decision, decided_at=LATER, recorded_at=LATER,
            )  # fmt: skip
        with pytest.raises(IntegrityError, match="upon_what"), transaction.atomic():
            Decision.objects.create(
                ref="D-UPON", account=self.account, maker="ANALYST", decided_by=self.bo,
                outcome="NO_VIOLATION", upon="APPEAL", decided_at=LATER, recorded_at=LATER,
            )  # fmt: skip
        assert list(decision.undone_by.all()) == [undoing]
