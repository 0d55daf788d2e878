"""What a person can contest, and what that rests on."""

import pytest
from django.utils import timezone

from cases import (
    approving,
    claiming,
    enforcing,
)
from cases.enums import Action, EnforcementState
from cases.models import (
    Enforcement,
)
from tests.cases.factories import (
    NOON,
    clause,
    identity,
    make_account,
    make_case,
    make_detection,
    make_enforcement,
    make_evidence,
    verdict,
)
from tests.cases.secondlook import LATER, replace

pytestmark = pytest.mark.django_db


class TestWhatAPersonCanContest:
    @pytest.mark.parametrize("state", list(EnforcementState))
    def test_is_in_force_or_on_the_way_to_it(self, state):
        account = make_account()
        for action in (Action.PERMANENT_BAN, Action.WARN):
            make_enforcement(account=account, action=action)
        Enforcement.objects.update(state=state, applied_at=NOON, due_at=NOON)

        found = [each.action for each in enforcing.appealable(account, at=LATER)]

        on_the_way = {"REQUESTED", "RETRYING", "ACKNOWLEDGED", "APPLIED"}
        assert found == (["WARN", "PERMANENT_BAN"] if state in on_the_way else [])

    def test_is_of_this_account_alone(self):
        make_enforcement(account=make_account())

        assert not enforcing.appealable(make_account(), at=timezone.now()).exists()


class TestWhatAnAppealIsShown:
    """A ban that Ada proposed and Lena approved; one by automation; one that took its place."""

    @pytest.fixture(autouse=True)
    def _enforcements(self, ada, lena, bo):
        account = make_account()
        item = make_evidence(account=account)
        case = make_case(account=account, detections=2, policy="CHILD_SAFETY")
        claiming.take(case=case, by=ada, now=NOON)
        approval = approving.decide_or_propose(
            case=case, by=ada, at=NOON, effective_at=None,
            **verdict(
                case, action="PERMANENT_BAN", cited=[identity(item)],
                clauses=[clause("BULK_MESSAGING"), clause("CHILD_SAFETY")],
            ),
        )  # fmt: skip
        case.refresh_from_db()
        decision = approving.approve(
            approval=approval, by=lena, at=NOON, seen_version=case.version, effective_at=None
        )
        self.approved = decision.enforcements.get()
        self.automated = make_enforcement(account=make_account())
        self.detection = make_detection(
            account=self.automated.account, verdict="ENFORCED",
            decision=self.automated.decision, detector="alone",
        )  # fmt: skip
        make_detection(account=self.automated.account)
        replacing = replace(self.automated.decision, bo)
        self.replacing = replacing.enforcements.get(action="TEMPORARY_BAN")
        self.item = item

    def test_is_what_was_decided_by_whom_and_on_what(self, ada, lena, bo):
        asked = [self.replacing, self.approved, self.automated]

        replacing, approved, automated = enforcing.footings(asked)

        assert [each.enforcement for each in (replacing, approved, automated)] == asked
        assert approved.deciders == [ada, lena]
        assert [each.code for each in approved.clauses] == ["CHILD_SAFETY", "BULK_MESSAGING"]
        assert len(approved.detections) == 2
        assert {each.case for each in approved.detections} == {approved.decision.case}
        assert [each.evidence_id for each in approved.citations] == [self.item.id]
        assert approved.undone_by is None
        assert automated.deciders == []
        assert automated.detections == [self.detection]
        assert automated.undone_by == replacing.decision
        assert replacing.deciders == [bo]
        assert replacing.detections == [self.detection]

    def test_costs_the_same_for_one_and_for_many(self, django_assert_num_queries):
        def look(enforcements):
            for each in enforcing.footings(enforcements):
                assert each.decision.rationale() is not None
                assert all(detection.detector.name for detection in each.detections)
                assert all(detection.reasons() is not None for detection in each.detections)
                assert all(user.name for user in each.deciders)

        with django_assert_num_queries(5):
            look([self.approved])
        many = [self.approved, *(make_enforcement(account=make_account()) for _ in range(20))]
        with django_assert_num_queries(5):
            look(many)

    def test_is_nothing_of_nothing(self):
        assert enforcing.footings([]) == []
