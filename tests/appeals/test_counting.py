from datetime import UTC, date, datetime, timedelta

import pytest

from appeals import claiming, counting, resolving
from appeals.counting import Complied, Period, Received
from appeals.enums import GrievanceCategory
from appeals.resolving import Answer
from cases.platform import FakePlatform
from reviewapp.staff.models import User
from tests.appeals.factories import make_grievance, make_order
from tests.cases import secondlook
from tests.cases.factories import NOON, make_account

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MARCH = Period("IN", date(2026, 3, 1), date(2026, 3, 31))
SAFETY, BAN_APPEAL = GrievanceCategory.SAFETY, GrievanceCategory.BAN_APPEAL


def answer(grievance, by, *, at=NOON + DAY, **said) -> None:
    taken = claiming.take(ticket=grievance, by=by, at=at)
    resolving.resolve(
        grievance=grievance, by=by, at=at, seen_version=taken.version, answer=Answer(**said)
    )


def counted(period: Period = MARCH) -> dict[str, tuple[int, int]]:
    """Received and actioned by category, the total under ''; without lines of nothing."""
    lines = counting.grievances(period)
    return {e.category: (e.received, e.actioned) for e in lines if e.received or e.actioned}


class TestActioned:
    """T7: the figures of the reference."""

    def restored(self, ada: User, bo: User, *, at=NOON):
        account = make_account()
        original = secondlook.decide(account, ada, at=at - 2 * DAY)
        secondlook.settle(FakePlatform(), at - 2 * DAY)
        return account, lambda: secondlook.overturn(original, bo, at=at + HOUR)

    def test_counts_an_account_once_that_two_grievances_had_restored(
        self, ada: User, bo: User, noor: User
    ) -> None:
        account, lift = self.restored(ada, bo)
        both = [make_grievance(account=account, category=BAN_APPEAL) for _ in range(2)]
        decision = lift()
        for each in both:
            answer(each, noor, decision=decision)

        assert counted() == {"BAN_APPEAL": (2, 1), "": (2, 1)}

    def test_counts_no_complaint_of_safety_that_was_sent_into_the_app(self, noor: User) -> None:
        for _ in range(8):
            answer(make_grievance(category=SAFETY), noor, resolution="REDIRECTED_IN_APP")

        assert counted() == {"SAFETY": (8, 0), "": (8, 0)}

    def test_counts_no_refusal_help_or_duplicate(self, noor: User) -> None:
        first, *others = (make_grievance(contact="meera@example.org") for _ in range(4))
        answer(others[0], noor, resolution="SUPPORT_GIVEN", reason="Like so.")
        answer(others[1], noor, resolution="NO_VIOLATION", reason="Nothing.")
        answer(others[2], noor, resolution="DUPLICATE", duplicate_of=first)

        assert counted() == {"ACCOUNT_SUPPORT": (4, 0), "": (4, 0)}

    def test_counts_an_account_once_in_all_that_is_in_two_categories(
        self, ada: User, bo: User, noor: User
    ) -> None:
        account, lift = self.restored(ada, bo)
        both = [make_grievance(account=account, category=c) for c in (BAN_APPEAL, "OTHER_SUPPORT")]
        decision = lift()
        for each in both:
            answer(each, noor, decision=decision)

        assert counted() == {"BAN_APPEAL": (1, 1), "OTHER_SUPPORT": (1, 1), "": (2, 1)}

    def test_counts_in_the_month_of_the_decision(self, ada: User, bo: User, noor: User) -> None:
        last_day = datetime(2026, 3, 31, 12, tzinfo=UTC)
        account, lift = self.restored(ada, bo, at=last_day + 10 * HOUR)
        grievance = make_grievance(account=account, category=BAN_APPEAL, at=last_day)
        answer(grievance, noor, at=last_day + DAY, decision=lift())
        april = Period("IN", date(2026, 4, 1), date(2026, 4, 30))

        assert counted() == {"BAN_APPEAL": (1, 0), "": (1, 0)}
        assert counted(april) == {"BAN_APPEAL": (0, 1), "": (0, 1)}


class TestReceived:
    def test_is_counted_on_the_calendar_of_the_zone(self) -> None:
        for text in ("2026-02-28T18:29:59Z", "2026-02-28T18:30:00Z", "2026-03-31T18:29:59Z"):
            make_grievance(at=datetime.fromisoformat(text))

        assert counted() == {"ACCOUNT_SUPPORT": (2, 0), "": (2, 0)}

    def test_is_counted_for_its_jurisdiction_alone(self) -> None:
        make_grievance(jurisdiction="EU")

        assert counted() == {}
        assert counted(Period("EU", MARCH.first, MARCH.last))[""] == (1, 0)

    def test_is_listed_in_the_order_of_the_report(self) -> None:
        assert counting.grievances(MARCH) == [
            Received(each, 0, 0)
            for each in (
                "ACCOUNT_SUPPORT", "BAN_APPEAL", "OTHER_SUPPORT", "PRODUCT_SUPPORT", "SAFETY", "",
            )
        ]  # fmt: skip


class TestOrders:
    def test_are_counted_when_they_came_and_when_they_were_complied_with(self, noor: User) -> None:
        for at, done in ((NOON - 30 * DAY, NOON), (NOON, None), (NOON, NOON + DAY)):
            order = make_order(kind="GAC_ORDER", at=at)
            if done:
                order.complied_at = order.closed_at = done
                order.complied_by = noor
                order.outcome_sealed = order.seal("Restored.", context="order.outcome")
                order.save()

        assert counting.orders(MARCH)[0] == Complied("GAC_ORDER", 2, 2)
        assert {each.kind: each.received for each in counting.orders(MARCH)[1:]} == {
            "AUTHORITY_ORDER": 0,
            "INFORMATION_ORDER": 0,
        }


class TestMonths:
    def test_begin_and_end_where_the_zone_says(self) -> None:
        new_year = datetime(2025, 12, 31, 18, 30, tzinfo=UTC)

        periods = list(counting.months("IN", now=new_year, count=3))

        assert [(each.first.isoformat(), each.last.isoformat()) for each in periods] == [
            ("2026-01-01", "2026-01-31"),
            ("2025-12-01", "2025-12-31"),
            ("2025-11-01", "2025-11-30"),
        ]
        assert periods[0].since == new_year
        assert periods[0].since == periods[1].until
