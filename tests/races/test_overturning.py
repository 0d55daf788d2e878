"""Somebody frees an account while workers have its ban in hand, or others undo it: at once."""

import time
from collections import Counter
from datetime import timedelta

import pytest

from cases import bulking, enforcing, overturning, withdrawing
from cases.delivering import Answer
from cases.models import Decision, Enforcement, Withdrawal
from cases.platform import FakePlatform
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import NOON, make_account, make_case
from tests.cases.secondlook import ask_bulk, decide, overturn, replace, settle, told, work
from tests.races.test_cases import at_once, make_analysts

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


class Slow(FakePlatform):
    """Takes a moment over each message, and every third answer is lost though it was obeyed."""

    def send(self, message):
        time.sleep(0.01)
        answer = super().send(message)
        time.sleep(0.01)
        return Answer(status=None) if sum(self.calls.values()) % 3 == 2 else answer


class TestAReversalAndTheWorkers:
    """Three workers deliver a ban at the moment in which it is overturned, or replaced."""

    def run(self, journey):
        ada, bo = make_analysts(2)
        for number in range(ROUNDS):
            # Others are banned too, so that what is leased and marked is of many accounts.
            for _ in range(3):
                decide(make_account(), ada)
            account = make_account(external_id=f"freed-{number}")
            decision = decide(account, ada)
            platform = Slow()

            def look_again(decision=decision, wait=0.004 * number):
                time.sleep(wait)
                return journey(decision, bo, at=NOON)

            [undoing, *_] = at_once(
                look_again,
                *(lambda p=platform: enforcing.deliver_due(platform=p, clock=lambda: NOON),) * 3,
            )
            settle(platform, NOON)

            assert isinstance(undoing, Decision)
            assert not Enforcement.objects.filter(state__in=["REQUESTED", "RETRYING"]).exists()
            yield account, decision, undoing, platform

    def test_leave_the_account_free(self):
        for account, decision, _, platform in self.run(overturn):
            assert platform.standing.get(account.external_id, []) == []
            ban = decision.enforcements.get()
            assert ban.state in ("LIFTED", "CANCELLED")
            heard = told(platform, account)
            assert heard[-1] == "Your account is restored"
            assert heard in (
                ["Your account is restored"],
                ["Your account is banned", "Your account is restored"],
            )

    def test_leave_the_milder_restriction_and_it_alone(self):
        for account, _, milder, platform in self.run(replace):
            ref = milder.enforcements.get(action="TEMPORARY_BAN").ref
            assert platform.standing[account.external_id] == [(ref, "TEMPORARY_BAN")]
            assert told(platform, account)[-1] == "We have changed our decision about your account"


class TestTwoReversals:
    def test_undo_a_decision_once(self):
        ada, bo, cy = make_analysts(3)
        for _ in range(ROUNDS):
            decision = decide(make_account(), ada)
            work(FakePlatform(), NOON)

            results = at_once(
                *(
                    lambda j=journey, d=decision, by=by: j(d, by)
                    for journey in (overturn, replace)
                    for by in (bo, cy)
                )
            )

            assert Counter(type(result) for result in results) == {
                Decision: 1,
                overturning.AlreadyUndone: 3,
            }
            assert decision.undone_by.count() == 1
            assert LedgerEntry.objects.filter(particulars__undoes=decision.ref).count() == 1


class TestAReversalAndAWithdrawal:
    def test_come_one_after_the_other(self):
        """The clock of whoever withdraws is a second behind."""
        ada, bo = make_analysts(2)
        end = NOON + timedelta(seconds=30)
        for _ in range(ROUNDS):
            decision = decide(make_account(), ada, effective_at=end)

            results = at_once(
                lambda d=decision: withdrawing.withdraw(
                    decision=d, by=ada, at=end - timedelta(seconds=1)
                ),
                lambda d=decision: overturn(d, bo, at=end),
            )

            withdrawn = Withdrawal.objects.filter(decision=decision).exists()
            assert withdrawn is not decision.undone_by.exists()
            assert sum(isinstance(result, Refused) for result in results) == 1
            platform = FakePlatform()
            settle(platform, end)
            assert not any(platform.standing.values())


class TestAReversalAndABulk:
    def test_undo_each_decision_of_it_once(self):
        ada, bo = make_analysts(2)
        for _ in range(ROUNDS // 2):
            cases = [make_case() for _ in range(3)]
            bulk = ask_bulk(cases, ada)
            bulking.run_due(clock=lambda: NOON, grace=timedelta())
            platform = FakePlatform()
            work(platform, NOON)
            freed = Decision.objects.get(case=cases[1])
            bulking.undo(bulk=bulk, by=ada, at=NOON)

            at_once(
                lambda d=freed: overturn(d, bo, at=NOON),
                *(lambda: bulking.run_due(clock=lambda: NOON, grace=timedelta()),) * 2,
            )
            bulking.run_due(clock=lambda: NOON + timedelta(minutes=5), grace=timedelta())
            settle(platform)

            assert freed.undone_by.count() == 1
            assert set(bulk.rows.values_list("state", flat=True)) == {"UNDONE"}
            assert not any(platform.standing.values())
