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

    def test_asks_one_question(self, django_assert_num_queries) -> None:
        with django_assert_num_queries(1):
            keeping.by_month(jurisdiction="EU", now=APRIL)
