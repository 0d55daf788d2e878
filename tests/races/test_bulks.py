"""A bulk's worker, people at its cases and whoever undoes it: at once."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from cases import bulking, claiming, deciding
from cases.models import Bulk, Case, Decision, Enforcement
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.cases.factories import NOON, clause, make_case, verdict
from tests.races.test_cases import at_once, make_analysts

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6
GRACE = timedelta(seconds=30)


def ask(cases: list[Case], by: User) -> Bulk:
    return bulking.ask(
        cases=[(case, case.version) for case in cases],
        excepted=[],
        verdict=bulking.BulkVerdict(
            outcome="VIOLATION", action="PERMANENT_BAN", lasts=None, until=None,
            clauses=[clause("BULK_MESSAGING")], rationale="One campaign.", reason="",
            confidence="HIGH",
        ),
        by=by, at=NOON, approval_size=25,
    )  # fmt: skip


def work() -> int:
    return bulking.run_due(clock=lambda: NOON, grace=GRACE)


class TestABulkAndAPerson:
    """Ada asked for three cases to be decided; Bo, or Ada herself, decides one of them alone."""

    @pytest.mark.parametrize("alone", [0, 1], ids=["the same person", "another"])
    def test_decide_a_case_once(self, alone):
        people = make_analysts(2)
        for _ in range(ROUNDS):
            cases = [make_case() for _ in range(3)]
            contested, by = cases[1], people[alone]
            bulk = ask(cases, people[0])

            def decide_alone(case: Case = contested, by: User = by) -> Any:
                claiming.take(case=case, by=by, now=NOON)
                return deciding.decide(
                    case=case, by=by, at=NOON, **verdict(case, action="RATE_LIMIT")
                )

            results = at_once(decide_alone, work, work)

            decision = Decision.objects.get(case=contested)
            by_hand = isinstance(results[0], Decision)
            row = bulk.rows.get(case=contested)
            assert (row.state == "DECIDED") is not by_hand
            assert (row.decision == decision) is not by_hand
            assert decision.action == ("RATE_LIMIT" if by_hand else "PERMANENT_BAN")
            assert Enforcement.objects.filter(account=contested.account).count() == 1
            others = bulk.rows.exclude(case=contested)
            assert Counter(each.state for each in others) == {"DECIDED": 2}
            bulk.refresh_from_db()
            assert bulk.state == "DONE"


class TestAnUndoAndTheWorker:
    """The worker is about to finish while somebody takes the bulk back."""

    def test_leave_all_of_it_undone_and_nothing_twice(self):
        [ada] = make_analysts(1)
        for _ in range(ROUNDS):
            cases = [make_case() for _ in range(3)]
            bulk = ask(cases, ada)

            undone, *_ = at_once(lambda b=bulk: bulking.undo(bulk=b, by=ada, at=NOON), work, work)
            work()

            assert undone is None
            bulk.refresh_from_db()
            assert bulk.state == "UNDONE"
            assert set(bulk.rows.values_list("state", flat=True)) <= {"UNDONE", "EXCEPTED"}
            assert not Case.objects.filter(pk__in=[each.pk for each in cases]).exclude(state="OPEN")
            accounts = [each.account_id for each in cases]
            asked = Enforcement.objects.filter(account__in=accounts)
            assert not asked.exclude(state="CANCELLED").exists()
            told = LedgerEntry.objects.filter(particulars__bulk=bulk.ref)
            kinds = Counter(told.values_list("kind", flat=True))
            assert kinds["bulk.withdrawn"] == kinds["bulk.undone"] == 1
            assert kinds["bulk.finished"] <= 1

    def test_undo_it_once_when_two_press(self):
        [ada] = make_analysts(1)
        bulk = ask([make_case() for _ in range(2)], ada)

        results = at_once(
            *(lambda: bulking.undo(bulk=bulk, by=ada, at=NOON) for _ in range(3)), work
        )

        refused = [each for each in results if isinstance(each, bulking.CannotUndo)]
        assert len(refused) == 2
