"""The second person."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from cases import approving, claiming, deciding
from cases.enums import Action, ApprovalCause
from cases.models import Approval, Case, Decision, Label, Note
from cases.verdict import Verdict, needs_approval, needs_second_person_to_reverse
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
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
LATER = NOON + timedelta(minutes=20)
WEEK = timedelta(days=7)


class TestADecisionNeedsASecondPerson:
    """In a queue that asks for one before a permanent ban, and from 1,000 people on."""

    @pytest.fixture(autouse=True)
    def _case(self, db):
        self.case = make_case()
        self.queue = self.case.queue
        self.queue.approval_actions = ["PERMANENT_BAN"]
        self.queue.approval_reach = 1_000

    def causes(self, action, *codes):
        return needs_approval(
            self.case, action=action, clauses=[clause(code) for code in codes or ["BULK_MESSAGING"]]
        )

    def test_where_the_queue_asks_for_it_before_such_an_action(self):
        assert self.causes("PERMANENT_BAN") == [ApprovalCause.QUEUE]
        assert self.causes("TEMPORARY_BAN") == []

    def test_where_a_rule_it_cites_asks_for_it_before_a_restriction(self):
        assert self.causes("RATE_LIMIT", "BULK_MESSAGING", "CHILD_SAFETY") == [ApprovalCause.POLICY]

    @pytest.mark.parametrize("action", ["", Action.WARN, Action.LIFT])
    def test_not_to_leave_an_account_as_free_as_it_was(self, action):
        self.case.reach_points = 20

        assert self.causes(action, "CHILD_SAFETY") == []

    def test_from_the_reach_on_that_the_queue_names(self):
        for points, expected in ((14.99, []), (15.01, [ApprovalCause.REACH])):
            self.case.reach_points = points
            assert self.causes("RATE_LIMIT") == expected

    def test_and_is_refused_by_somebody_alone(self, ada):
        self.queue.save()
        claiming.take(case=self.case, by=ada, now=NOON)

        with pytest.raises(deciding.NeedsSecondPerson, match="queue"):
            deciding.decide(
                case=self.case, by=ada, at=NOON, **verdict(self.case, action="PERMANENT_BAN")
            )

        assert not Decision.objects.exists()


class TestAReversalNeedsASecondPerson:
    """Of what was decided under child safety; under bulk messaging from April on."""

    @pytest.fixture(autouse=True)
    def _clauses(self, db):
        self.april = NOON + timedelta(days=22)
        bulk = clause("BULK_MESSAGING")
        bulk.pk, bulk._state.adding = None, True
        bulk.version, bulk.effective_from = 2, self.april
        bulk.reversal_needs_approval = True
        bulk.save()

    def decided_under(self, *codes):
        decision = make_enforcement(account=make_account()).decision
        decision.clauses.add(*(clause(code) for code in codes))
        return decision

    def test_where_a_rule_that_it_cites_asks_for_it(self):
        for codes, needed in (
            (["CHILD_SAFETY"], True),
            (["HARASSMENT", "ABUSE_TOOLING_PROVIDER"], True),
            (["HARASSMENT", "BULK_MESSAGING"], False),
            ([], False),
        ):
            decision = self.decided_under(*codes)
            assert needs_second_person_to_reverse(decision, at=NOON) is needed, codes

    def test_as_the_rule_reads_now_and_not_as_it_read_then(self):
        decision = self.decided_under("BULK_MESSAGING")

        before = self.april - timedelta(seconds=1)
        assert not needs_second_person_to_reverse(decision, at=before)
        assert needs_second_person_to_reverse(decision, at=self.april)


class TestAProposal:
    """Ada would ban an account under child safety for a week; that waits for a second person."""

    @pytest.fixture(autouse=True)
    def _proposed(self, ada):
        self.case = make_case(detections=2, policy="CHILD_SAFETY")
        self.item = make_evidence(account=self.case.account)
        claiming.take(case=self.case, by=ada, now=NOON)
        self.approval = approving.decide_or_propose(
            case=self.case, by=ada, at=NOON, effective_at=None, lasts=WEEK,
            **verdict(
                self.case, action="TEMPORARY_BAN", until=NOON + WEEK,
                clauses=[clause("CHILD_SAFETY")], cited=[identity(self.item)],
            ),
        )  # fmt: skip
        self.case.refresh_from_db()

    def approve(self, by, *, seen_version=None, at=LATER):
        return approving.approve(
            approval=self.approval, by=by, at=at, effective_at=None,
            seen_version=self.case.version if seen_version is None else seen_version,
        )  # fmt: skip

    def kinds(self):
        entries = LedgerEntry.objects.filter(case_ref=self.case.ref)
        return set(entries.values_list("kind", flat=True))

    def test_decides_nothing_yet(self, ada):
        assert isinstance(self.approval, Approval)
        assert self.approval.causes == ["POLICY"]
        assert self.case.state == "AWAITING_APPROVAL"
        assert self.case.claims.get().ending == "PROPOSED"
        assert not Decision.objects.exists()
        assert not Label.objects.exists()
        assert "approval.asked" in self.kinds()

    def test_is_decided_by_its_asker_when_somebody_else_approves(self, ada, lena):
        decision = self.approve(lena)

        assert (decision.decided_by, decision.approved_by) == (ada, lena)
        assert (decision.decided_at, decision.until) == (LATER, LATER + WEEK)
        assert decision.rationale() == "Bursts to strangers."
        assert decision.citations.get().evidence_id == self.item.id
        assert decision.enforcements.get().action == "TEMPORARY_BAN"
        self.approval.refresh_from_db()
        assert (self.approval.answer, self.approval.decision) == ("APPROVED", decision)
        self.case.refresh_from_db()
        assert self.case.state == "DECIDED"
        assert {"approval.given", "decision.made", "enforcement.requested"} <= self.kinds()

    def test_is_not_approved_by_its_asker_though_they_lead(self, ada):
        ada.roles = ["LEAD"]
        ada.save()

        with pytest.raises(approving.OwnProposal):
            self.approve(ada)

    def test_is_not_approved_by_its_asker_by_way_of_the_database(self, ada):
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.filter(pk=self.approval.pk).update(
                answer="APPROVED", answered_by=ada, answered_at=LATER
            )

    @pytest.mark.parametrize("now", [{"is_active": False}, {"roles": ["AUDITOR"]}])
    def test_is_not_approved_once_its_asker_works_no_cases(self, ada, bo, lena, now):
        User.objects.filter(pk=ada.pk).update(**now)

        with pytest.raises(approving.AskerGone, match="Ada may not work cases any more"):
            self.approve(lena)

        assert not Decision.objects.exists()
        approving.send_back(approval=self.approval, by=lena, at=LATER, words="Ada left.")
        assert claiming.take_next(by=bo, now=LATER).case == self.case

    def test_is_answered_only_by_those_who_have_the_right(self, bo):
        with pytest.raises(approving.NoRightToApprove):
            self.approve(bo)
        with pytest.raises(approving.NoRightToApprove):
            approving.send_back(approval=self.approval, by=bo, at=LATER, words="No.")

    def test_is_not_approved_on_a_page_older_than_the_newest_detection(self, lena):
        Case.objects.filter(pk=self.case.pk).update(version=self.case.version + 1)

        with pytest.raises(deciding.StalePage):
            self.approve(lena)

        assert Approval.objects.waiting().exists()

    def test_is_answered_once(self, ada, lena):
        self.approve(lena)

        with pytest.raises(approving.AlreadyAnswered):
            self.approve(lena)
        with pytest.raises(approving.AlreadyAnswered):
            approving.withdraw_proposal(approval=self.approval, by=ada, at=LATER)

    def test_goes_back_to_its_asker_with_words_when_it_is_refused(self, ada, lena):
        note = approving.send_back(
            approval=self.approval, by=lena, at=LATER, words="Cite the second report too."
        )

        self.case.refresh_from_db()
        assert self.case.state == "OPEN"
        assert (self.case.reserved_for, self.case.reserved_why) == (ada, "SENT_BACK")
        assert (note.case, note.kind, note.author) == (self.case, "SENT_BACK", lena)
        assert note.text() == "Cite the second report too."
        assert "approval.sent_back" in self.kinds()
        assert not Decision.objects.exists()

    @pytest.mark.parametrize("words", ["  ", "x" * 2001, "a\x00b"])
    def test_is_not_refused_without_fit_words(self, lena, words):
        with pytest.raises(approving.CannotAnswer) as refusal:
            approving.send_back(approval=self.approval, by=lena, at=LATER, words=words)

        assert refusal.value.pointer == "words"
        assert not Note.objects.exists()

    def test_is_withdrawn_by_its_asker_who_has_the_case_again(self, ada, bo):
        with pytest.raises(approving.NotYourProposal):
            approving.withdraw_proposal(approval=self.approval, by=bo, at=LATER)

        case = approving.withdraw_proposal(approval=self.approval, by=ada, at=LATER)

        assert case.state == "OPEN"
        assert claiming.held_by(ada, now=LATER).get().case == case
        assert "approval.withdrawn" in self.kinds()

    def test_can_be_made_anew_after_it_was_refused(self, ada, lena):
        approving.send_back(approval=self.approval, by=lena, at=LATER, words="Look again.")
        self.case.refresh_from_db()
        claiming.take(case=self.case, by=ada, now=LATER)

        again = approving.decide_or_propose(
            case=self.case, by=ada, at=LATER, effective_at=None,
            **verdict(self.case, action="PERMANENT_BAN", clauses=[clause("CHILD_SAFETY")]),
        )  # fmt: skip

        assert again.answer == ""
        assert self.case.approvals.count() == 2

    def test_stands_in_the_way_of_deciding_alone(self, ada):
        with pytest.raises(deciding.AwaitsApproval):
            deciding.decide(case=self.case, by=ada, at=LATER, **verdict(self.case))

    def test_whose_ban_would_be_over_by_now_is_not_approved(self, ada, lena):
        soon = NOON + timedelta(minutes=1)
        approving.withdraw_proposal(approval=self.approval, by=ada, at=soon)
        self.case.refresh_from_db()
        self.approval = approving.decide_or_propose(
            case=self.case, by=ada, at=soon, effective_at=None,
            **verdict(
                self.case, action="TEMPORARY_BAN", until=NOON + timedelta(minutes=2),
                clauses=[clause("CHILD_SAFETY")],
            ),
        )  # fmt: skip
        self.case.refresh_from_db()

        with pytest.raises(deciding.CannotDecide, match="future"):
            self.approve(lena)

    @pytest.mark.parametrize(
        "change",
        [
            "action = 'WARN'",
            "rationale_sealed = NULL",
            "asked_by_id = asked_by_id + 1",
            "causes = '{REACH}'",
        ],
    )
    def test_says_for_good_what_was_proposed(self, change):
        self.refused(f"UPDATE cases_approval SET {change}")

    def test_says_for_good_what_was_answered(self, lena):
        self.approve(lena)

        self.refused("UPDATE cases_approval SET answer = 'SENT_BACK', decision_id = NULL")
        self.refused("DELETE FROM cases_approval")

    def refused(self, sql):
        with (
            pytest.raises(IntegrityError, match="is refused"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


class TestProposingWhatNeedsNobody:
    def test_is_refused(self, ada):
        case = make_case()
        claiming.take(case=case, by=ada, now=NOON)
        arguments = verdict(case)
        seen = arguments.pop("seen_version")

        with pytest.raises(approving.NeedsNobody):
            approving.propose(
                case=case, by=ada, at=NOON, seen_version=seen, verdict=Verdict(**arguments)
            )
