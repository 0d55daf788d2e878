from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from appeals import keeping, timing
from appeals.enums import ClockName
from appeals.models import Clock
from reviewapp.kernel.wilson import interval
from tests.appeals.factories import make_appeal, make_grievance, make_order
from tests.cases.factories import NOON

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
APRIL = datetime(2026, 4, 15, tzinfo=UTC)


def counted(now: datetime = APRIL, **asked: Any) -> dict[str, dict[tuple[str, str], Any]]:
    """Kept and broken by month and clock, months of nothing left out."""
    found = keeping.by_month(**{"jurisdiction": "IN", "now": now, "count": 3} | asked)
    return {
        month.period.first.isoformat(): {
            (each.kind, each.name): (each.kept, each.broken) for each in month.records
        }
        for month in found
        if month.records
    }


class TestByMonth:
    def test_counts_what_was_kept_and_what_was_broken(self) -> None:
        kept, late, never = (make_grievance() for _ in range(3))
        due = NOON + 7 * DAY
        for ticket, at in ((kept, due), (late, due + timedelta(microseconds=1))):
            timing.meet(ticket, ClockName.ACK, ClockName.RESOLVE, at=at)
        timing.meet(never, ClockName.ACK, at=NOON)

        assert counted() == {
            "2026-03-01": {("GENERAL", "ACK"): (1, 2), ("GENERAL", "RESOLVE"): (1, 2)}
        }

    def test_leaves_out_what_still_runs_stands_still_or_is_owed_no_more(self) -> None:
        make_grievance()
        timing.stop(make_grievance(), at=NOON)
        timing.pause(make_grievance(jurisdiction="*"), at=NOON)

        assert counted(now=NOON + HOUR) == {}
        assert counted(jurisdiction="*") == {"2026-03-01": {("GENERAL", "ACK"): (0, 1)}}

    def test_tells_appeals_grievances_and_orders_apart(self) -> None:
        for ticket in (make_appeal(), make_grievance(), make_order()):
            timing.meet(ticket, *ClockName, at=NOON)

        assert set(counted()["2026-03-01"]) == {
            ("COMPLAINT", "ACK"), ("COMPLAINT", "RESOLVE"), ("GENERAL", "ACK"),
            ("GENERAL", "RESOLVE"), ("AUTHORITY_ORDER", "ACT"),
        }  # fmt: skip

    def test_goes_by_the_end_of_the_clock_on_the_zones_calendar(self) -> None:
        midnight = datetime(2026, 3, 31, 18, 30, tzinfo=UTC)
        for due in (midnight - timedelta(microseconds=1), midnight):
            clock = make_order(states_due_at=due).clocks.get()
            Clock.objects.filter(pk=clock.pk).update(met_at=NOON)

        assert {
            month: records[("AUTHORITY_ORDER", "ACT")] for month, records in counted().items()
        } == {
            "2026-03-01": (1, 0),
            "2026-04-01": (1, 0),
        }

    def test_has_every_month_and_its_share(self) -> None:
        for at in (NOON, NOON + 30 * DAY):
            timing.meet(make_grievance(), *ClockName, at=at)

        months = keeping.by_month(jurisdiction="IN", now=APRIL, count=3)

        assert [each.period.first for each in months] == [
            date(2026, 4, 1), date(2026, 3, 1), date(2026, 2, 1),
        ]  # fmt: skip
        assert (months[1].total.kept, months[1].total.broken) == (2, 2)
        assert months[1].total.share == interval(2, 4)
        assert months[0].total.share is None

    def test_asks_as_much_whatever_there_is(self, django_assert_num_queries) -> None:
        for _ in range(2):
            timing.meet(make_grievance(), *ClockName, at=NOON)
            with django_assert_num_queries(2 + 3):
                keeping.by_month(jurisdiction="IN", now=APRIL, count=3)


class TestAMonthThatIsOver:
    """March, in which one answer was kept and another was not."""

    @pytest.fixture(autouse=True)
    def _march(self) -> None:
        kept, self.late = make_grievance(), make_grievance()
        timing.meet(kept, *ClockName, at=NOON)
        timing.meet(self.late, ClockName.ACK, at=NOON)

    def march(self) -> Any:
        return counted()["2026-03-01"]

    def test_is_counted_once_by_the_worker_and_reads_the_same(
        self, django_assert_num_queries
    ) -> None:
        before = self.march()

        assert [keeping.tally(now=APRIL) for _ in range(2)] == [1, 0]

        assert (
            self.march() == before == {("GENERAL", "ACK"): (2, 0), ("GENERAL", "RESOLVE"): (1, 1)}
        )
        with django_assert_num_queries(2 + 1):
            keeping.by_month(jurisdiction="IN", now=APRIL, count=2)

    def test_is_not_counted_while_something_of_it_may_come(self) -> None:
        over = datetime(2026, 3, 31, 18, 30, tzinfo=UTC)

        assert keeping.tally(now=over + DAY - timedelta(microseconds=1)) == 0
        assert keeping.tally(now=over + DAY) == 1

    def test_shows_what_was_broken_as_it_is_now(self) -> None:
        """By another rule, found later, nothing is broken of it."""
        keeping.tally(now=APRIL)
        timing.choose_again(self.late, kind="REMOVAL_3_1_B", at=APRIL)
        Clock.objects.filter(grievance=self.late, name="RESOLVE").update(due_at=APRIL + DAY)

        assert self.march() == {("GENERAL", "ACK"): (2, 0), ("GENERAL", "RESOLVE"): (1, 0)}

    def test_is_counted_for_each_zone(self) -> None:
        timing.meet(make_grievance(jurisdiction="*"), *ClockName, at=NOON)

        assert keeping.tally(now=APRIL) == 2

    def test_is_counted_also_where_nothing_ran_out_in_it(self) -> None:
        timing.meet(make_grievance(at=APRIL), *ClockName, at=APRIL)

        assert keeping.tally(now=datetime(2026, 7, 15, tzinfo=UTC)) == 4
