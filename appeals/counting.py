"""What reports count of grievances and orders. Nothing here changes a row.

# Note [What is counted when]

A grievance and an order count as received when they were received, on the calendar of the
jurisdiction's zone. An account counts as actioned when it was decided on because of a grievance,
once however many grievances asked for it; an order counts as complied with when it was. So the
figures of a month that is over change no more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q

from appeals.enums import ACTIONED, GrievanceCategory, Jurisdiction, OrderKind
from appeals.models import Grievance, Order
from appeals.timing import ZONES


@dataclass(frozen=True, slots=True)
class Received:
    """Of one category, or of all (`category` is ''): grievances, and accounts actioned."""

    category: str
    received: int
    actioned: int


@dataclass(frozen=True, slots=True)
class Complied:
    """Orders of one kind in one period."""

    kind: str
    received: int
    complied: int


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included, on the calendar of a jurisdiction's zone."""

    jurisdiction: str
    first: date
    last: date

    @property
    def since(self) -> datetime:
        return _midnight(self.first, self.jurisdiction)

    @property
    def until(self) -> datetime:
        """The moment at which it is over."""
        return _midnight(self.last + timedelta(days=1), self.jurisdiction)


def grievances(period: Period) -> Sequence[Received]:
    """Grievances received and accounts actioned in `period`, by category in the report's order.

    The last line is of all categories: an account that was actioned in two of them counts once in
    it. Two queries.
    """
    rows = Grievance.objects.filter(jurisdiction=period.jurisdiction)
    came = rows.filter(received_at__gte=period.since, received_at__lt=period.until)
    received = dict(came.values_list("category").annotate(Count("pk")).order_by())
    decided = rows.filter(
        resolution__in=ACTIONED,
        decision__decided_at__gte=period.since,
        decision__decided_at__lt=period.until,
    )
    pairs = set(decided.values_list("category", "decision__account").order_by().distinct())
    lines = [
        Received(
            category,
            received.get(category, 0),
            len({account for each, account in pairs if each == category}),
        )
        for category in GrievanceCategory.values
    ]
    total = Received("", sum(received.values()), len({account for _, account in pairs}))
    return [*lines, total]


def orders(period: Period) -> Sequence[Complied]:
    """Orders received and complied with in `period`, by kind. One query."""
    came = Q(received_at__gte=period.since, received_at__lt=period.until)
    done = Q(complied_at__gte=period.since, complied_at__lt=period.until)
    counted = (
        Order.objects.filter(came | done, jurisdiction=period.jurisdiction)
        .values("kind")
        .annotate(received=Count("pk", filter=came), complied=Count("pk", filter=done))
        .order_by()
    )
    found = {each["kind"]: (each["received"], each["complied"]) for each in counted}
    return [Complied(kind, *found.get(kind, (0, 0))) for kind in OrderKind.values]


def months(jurisdiction: str, *, now: datetime, count: int) -> Iterator[Period]:
    """The month that `now` lies in and those before it, the newest first."""
    local = now.astimezone(ZONES[Jurisdiction(jurisdiction)])
    number = local.year * 12 + local.month - 1
    for each in range(number, number - count, -1):
        first = date(each // 12, each % 12 + 1, 1)
        after = date((each + 1) // 12, (each + 1) % 12 + 1, 1)
        yield Period(jurisdiction, first, after - timedelta(days=1))


def _midnight(day: date, jurisdiction: str) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZONES[Jurisdiction(jurisdiction)])
