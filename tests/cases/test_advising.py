from datetime import timedelta

import pytest

from cases import advising, claiming, deciding, withdrawing
from cases.casefile.advice import advice_lines, ordinal
from cases.enums import DECIDABLE
from cases.models import Decision
from reviewapp.kernel.refs import next_refs
from tests.cases.factories import NOON, clause, make_account, make_case, verdict

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class TestTheLadder:
    """Bulk messaging: a warning, then bans of 7 days, of 30 days and for good."""

    @pytest.fixture(autouse=True)
    def _account(self, db):
        self.account = make_account()

    def violated(self, *, code="BULK_MESSAGING", ago=10 * DAY, **fields):
        decision = Decision.objects.create(
            ref=next_refs("D")[0],
            account=self.account,
            maker="AUTOMATED",
            outcome="VIOLATION",
            action="WARN",
            decided_at=NOON - ago,
            recorded_at=NOON - ago,
            **fields,
        )
        decision.clauses.add(clause(code))
        return decision

    def advice(self):
        [advice] = advising.advise(self.account, clauses=[clause("BULK_MESSAGING")], at=NOON)
        return (advice.action, advice.days, advice.violation)

    def test_begins_with_its_first_step(self):
        assert self.advice() == ("WARN", None, 1)

    def test_goes_up_a_step_with_each_violation_and_stays_on_the_last(self):
        steps = []
        for _ in range(4):
            self.violated()
            steps.append(self.advice())

        assert steps == [
            ("TEMPORARY_BAN", 7, 2),
            ("TEMPORARY_BAN", 30, 3),
            ("PERMANENT_BAN", None, 4),
            ("PERMANENT_BAN", None, 5),
        ]

    def test_forgets_after_a_year(self):
        self.violated(ago=365 * DAY)

        assert self.advice() == ("WARN", None, 1)

    def test_does_not_count_another_rule_or_another_account(self):
        self.violated(code="HARASSMENT")
        Decision.objects.create(
            ref=next_refs("D")[0], account=make_account(), maker="AUTOMATED", outcome="VIOLATION",
            decided_at=NOON - DAY, recorded_at=NOON - DAY,
        ).clauses.add(clause("BULK_MESSAGING"))  # fmt: skip

        assert self.advice() == ("WARN", None, 1)

    def test_does_not_count_what_was_undone(self, bo):
        undone = self.violated()
        Decision.objects.create(
            ref=next_refs("D")[0], account=self.account, maker="ANALYST", decided_by=bo,
            outcome="NO_VIOLATION", undoes=undone, decided_at=NOON, recorded_at=NOON,
        )  # fmt: skip

        assert self.advice() == ("WARN", None, 1)

    def test_does_not_count_what_was_withdrawn(self, ada):
        case = make_case(account=self.account)
        claiming.take(case=case, by=ada, now=NOON - DAY)
        decision = deciding.decide(
            case=case, by=ada, at=NOON - DAY, effective_at=NOON, **verdict(case)
        )
        assert self.advice() == ("TEMPORARY_BAN", 7, 2)

        withdrawing.withdraw(decision=decision, by=ada, at=NOON - DAY)

        assert self.advice() == ("WARN", None, 1)

    def test_says_what_it_suggests_and_why(self):
        self.violated()

        [line] = advice_lines(
            self.account, clauses=[clause("BULK_MESSAGING")], offered=DECIDABLE, at=NOON
        )

        assert f"{line.words}: {line.why}" == (
            "The ladder suggests a 7-day ban: second violation of Bulk messaging in 365 days"
        )
        assert line.but == ""

    def test_says_where_the_queue_does_not_offer_it(self):
        [line] = advice_lines(self.account, clauses=[clause("BULK_MESSAGING")], offered=[], at=NOON)

        assert line.but == "This queue does not offer it."


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "first"), (9, "ninth"), (10, "10th"), (11, "11th"), (22, "22nd"), (112, "112th")],
)
def test_numbers_are_said_as_people_say_them(number, words):
    assert ordinal(number) == words
