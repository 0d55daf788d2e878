"""An undo and a worker, two answers to one proposal, an answer and a detection: at once."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction

from cases import approving, claiming, deciding, enforcing, opening, withdrawing
from cases.models import Account, Approval, Case, Decision, Enforcement, Withdrawal
from cases.platform import FakePlatform
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from tests.cases.factories import NOON, clause, make_case, verdict
from tests.races.test_cases import at_once, make_analysts

pytestmark = pytest.mark.django_db(transaction=True)
AFTER = NOON + timedelta(seconds=30)


def make_leads(count: int) -> list[User]:
    return [
        User.objects.create_user(f"lead{n}@example.org", None, name=f"Lead {n}", roles=["LEAD"])
        for n in range(count)
    ]


class TestAnUndoAndAWorkerAtOnce:
    def test_agree_on_who_was_first(self):
        """The worker's clock runs half a minute ahead."""
        [ada] = make_analysts(1)
        for _ in range(12):
            case = make_case()
            claiming.take(case=case, by=ada, now=NOON)
            decision = deciding.decide(
                case=case, by=ada, at=NOON, effective_at=AFTER,
                **verdict(case, action="PERMANENT_BAN"),
            )  # fmt: skip
            platform = FakePlatform()

            at_once(
                lambda d=decision: withdrawing.withdraw(decision=d, by=ada, at=NOON),
                lambda p=platform: enforcing.deliver_due(platform=p, clock=lambda: AFTER),
                lambda p=platform: enforcing.deliver_due(platform=p, clock=lambda: AFTER),
            )

            case.refresh_from_db()
            withdrawn = Withdrawal.objects.filter(decision=decision).exists()
            assert case.state == ("OPEN" if withdrawn else "DECIDED")
            assert bool(platform.received) is not withdrawn
            assert decision.enforcements.get().state == ("CANCELLED" if withdrawn else "APPLIED")

    def test_withdraw_once_when_the_button_is_pressed_twice(self):
        [ada] = make_analysts(1)
        case = make_case(detections=3)
        claiming.take(case=case, by=ada, now=NOON)
        decision = deciding.decide(case=case, by=ada, at=NOON, effective_at=AFTER, **verdict(case))

        results = at_once(
            *(lambda: withdrawing.withdraw(decision=decision, by=ada, at=NOON) for _ in range(4))
        )

        assert Counter(type(result) for result in results) == {
            Case: 1,
            withdrawing.AlreadyWithdrawn: 3,
        }
        assert case.claims.unreleased().count() == 1


class TestAnswersAtOnce:
    """Ada proposes to ban under child safety; two leads and she answer."""

    @pytest.fixture(autouse=True)
    def _people(self, db):
        [self.ada] = make_analysts(1)
        self.leads = make_leads(2)

    def propose(self):
        self.case = make_case(policy="CHILD_SAFETY")
        claiming.take(case=self.case, by=self.ada, now=NOON)
        approval = approving.decide_or_propose(
            case=self.case, by=self.ada, at=NOON, effective_at=None,
            **verdict(self.case, action="PERMANENT_BAN", clauses=[clause("CHILD_SAFETY")]),
        )  # fmt: skip
        self.case.refresh_from_db()
        return approval

    def approving(self, approval, lead):
        version = self.case.version
        return lambda: approving.approve(
            approval=approval, by=lead, at=NOON, seen_version=version, effective_at=None
        )

    def test_by_two_approvers_decide_once(self):
        for _ in range(6):
            approval = self.propose()

            results = at_once(*(self.approving(approval, lead) for lead in self.leads))

            assert Counter(map(type, results)) == {Decision: 1, approving.AlreadyAnswered: 1}
            assert self.case.decisions.count() == 1

    def test_by_approver_asker_and_refuser_leave_one_answer(self):
        for _ in range(6):
            approval = self.propose()

            results = at_once(
                self.approving(approval, self.leads[0]),
                lambda a=approval: approving.withdraw_proposal(approval=a, by=self.ada, at=NOON),
                lambda a=approval: approving.send_back(
                    approval=a, by=self.leads[1], at=NOON, words="Look again."
                ),
            )

            assert sum(isinstance(result, Refused) for result in results) == 2
            approval.refresh_from_db()
            self.case.refresh_from_db()
            approved = approval.answer == "APPROVED"
            assert self.case.state == ("DECIDED" if approved else "OPEN")
            assert Enforcement.objects.filter(account=self.case.account).exists() is approved

    def test_never_decide_what_arrived_unseen(self):
        for _ in range(6):
            approval = self.propose()
            case = self.case

            [answer, _] = at_once(self.approving(approval, self.leads[0]), lambda c=case: arrive(c))

            case.refresh_from_db()
            waits = Approval.objects.waiting().filter(pk=approval.pk).exists()
            # Either it was decided before the news, or the news was seen first.
            assert waits is isinstance(answer, deciding.StalePage)
            assert case.state == ("AWAITING_APPROVAL" if waits else "DECIDED")


def arrive(case):
    """What intake does when something new is known of an account with an open case."""
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=case.account_id)
        opening.note_news(
            opening.open_cases_of([case.account_id]).values(),
            about={case.account_id: (case.account.ref, "")},
            at=NOON,
            actor="worker",
        )
