from datetime import timedelta
from typing import Any

import pytest

from appeals import claiming, timing, warning
from appeals.enums import ClockName, RuleKind
from appeals.models import Clock, Proposal, Reminder
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from reviewapp.staff.roles import Role
from tests.appeals.factories import make_appeal, make_grievance, make_order
from tests.cases.factories import NOON
from tests.factories import create_user

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)


def reminded() -> dict[str, tuple[int, int]]:
    """How many clocks each person was told of: soon over, and over."""
    return {
        each.user.name: (len(each.soon), len(each.over))
        for each in Reminder.objects.select_related("user")
    }


def told(kind: str) -> list[dict[str, Any]]:
    return [each.particulars for each in LedgerEntry.objects.filter(kind=kind).order_by("id")]


class TestAClock:
    """Of a grievance, acknowledged in time: the answer is due within seven days."""

    @pytest.fixture(autouse=True)
    def _waits(self, noor: User) -> None:
        self.grievance = make_grievance()
        timing.meet(self.grievance, ClockName.ACK, at=NOON)
        self.clock = self.grievance.clocks.get(name=ClockName.RESOLVE)

    def test_is_warned_of_a_day_before_it_runs_out(self) -> None:
        begins = self.clock.due_at - DAY

        assert warning.warn(now=begins - TICK) == 0
        assert warning.warn(now=begins) == 1
        assert reminded() == {"Noor": (1, 0)}

    def test_is_warned_of_once(self) -> None:
        for after in range(3):
            warning.warn(now=self.clock.due_at - DAY + after * HOUR)

        assert Reminder.objects.count() == 1
        assert len(told("clock.warned")) == 1

    def test_is_told_of_once_more_when_it_has_run_out(self) -> None:
        warning.warn(now=self.clock.due_at - HOUR)
        assert warning.warn(now=self.clock.due_at) == 0
        for after in (TICK, HOUR, DAY):
            warning.warn(now=self.clock.due_at + after)

        assert len(told("clock.warned")) == len(told("clock.broken")) == 1
        [broken] = told("clock.broken")
        assert broken == {
            "grievance": self.grievance.ref, "clock": "RESOLVE", "told": 1,
            "due_at": self.clock.due_at.isoformat(),
        }  # fmt: skip

    def test_is_told_of_once_where_nobody_looked_before(self) -> None:
        warning.warn(now=self.clock.due_at + DAY)

        assert reminded() == {"Noor": (0, 1)}
        assert warning.warn(now=self.clock.due_at + 2 * DAY) == 0

    def test_is_not_told_of_once_it_is_met_or_stopped(self) -> None:
        timing.meet(self.grievance, ClockName.RESOLVE, at=NOON + HOUR)
        timing.stop(make_grievance(), at=NOON + HOUR)

        assert warning.warn(now=self.clock.due_at + DAY) == 0

    def test_is_not_told_of_while_it_stands_still(self) -> None:
        paused = make_grievance(jurisdiction="*")
        timing.pause(paused, at=NOON + HOUR)
        timing.meet(paused, ClockName.ACK, at=NOON + HOUR)
        timing.meet(self.grievance, ClockName.RESOLVE, at=NOON + HOUR)

        assert warning.warn(now=NOON + 30 * DAY) == 0

    def test_of_hours_is_warned_of_in_its_last_quarter(self) -> None:
        shown = make_grievance(rule_kind=RuleKind.INTIMATE_OR_IMPERSONATION)
        due = shown.clocks.get(name=ClockName.ACT).due_at
        assert due - NOON == 2 * HOUR

        assert warning.warn(now=due - 30 * MINUTE - TICK) == 0
        assert warning.warn(now=due - 30 * MINUTE) == 1


class TestThoseConcerned:
    """Noor and Ravi answer grievances and appeals, Lex records orders, Ada does neither."""

    @pytest.fixture(autouse=True)
    def _people(self, noor: User, ravi: User, ada: User) -> None:
        self.noor, self.ravi = noor, ravi
        self.lex = create_user(name="Lex", roles=[Role.LEGAL])

    def warn(self) -> dict[str, tuple[int, int]]:
        warning.warn(now=NOON + 40 * DAY)
        return reminded()

    def test_are_whoever_holds_it(self) -> None:
        grievance = make_grievance()
        claiming.take(ticket=grievance, by=self.ravi, at=NOON + 40 * DAY)

        assert self.warn() == {"Ravi": (0, 2)}

    def test_are_all_who_may_where_nobody_does(self) -> None:
        grievance = make_grievance()
        claiming.take(ticket=grievance, by=self.ravi, at=NOON)

        assert self.warn() == {"Noor": (0, 2), "Ravi": (0, 2)}

    def test_are_told_of_orders_where_they_record_them(self) -> None:
        make_order()

        assert self.warn() == {"Lex": (0, 1), "Noor": (0, 1), "Ravi": (0, 1)}

    def test_are_not_those_who_may_not_look_at_it_again(self) -> None:
        make_appeal(barred=[self.noor.pk])

        assert self.warn() == {"Ravi": (0, 2)}

    def test_are_second_people_where_it_waits_for_one(self, lena: User) -> None:
        appeal = make_appeal(state="AWAITING_APPROVAL")
        Proposal.objects.create(
            appeal=appeal, outcome="REVERSED", cause="GOODWILL", reason_sealed=b"",
            asked_by=self.noor, asked_at=NOON,
        )  # fmt: skip

        assert self.warn() == {"Lena": (0, 2), "Ravi": (0, 2)}

    def test_get_one_mail_about_everything(self) -> None:
        for _ in range(3):
            make_grievance()
        make_grievance(at=NOON + 33 * DAY + HOUR)

        assert self.warn() == {"Noor": (1, 7), "Ravi": (1, 7)}

    def test_may_be_nobody(self) -> None:
        User.objects.update(is_active=False)
        make_grievance()

        assert self.warn() == {}
        assert {each["told"] for each in told("clock.broken")} == {0}


class TestARound:
    def test_tells_of_a_bounded_number(self, noor: User, monkeypatch) -> None:
        monkeypatch.setattr(warning, "AT_ONCE", 3)
        for _ in range(2):
            make_grievance()

        late = NOON + 9 * DAY
        assert [warning.warn(now=late) for _ in range(3)] == [3, 1, 0]
        assert Clock.objects.filter(broken_told_at=late).count() == 4

    def test_asks_as_much_for_one_clock_as_for_many(
        self, noor: User, django_assert_max_num_queries
    ) -> None:
        for _ in range(20):
            make_grievance()

        with django_assert_max_num_queries(12):
            warning.warn(now=NOON + 9 * DAY)
