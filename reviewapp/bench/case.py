"""The case page over a long life, beside the same page over a short one."""

from collections.abc import Callable, Iterable

from django.test import Client
from django.utils import timezone

from cases.models import Case
from reviewapp.bench import seeding
from reviewapp.bench.measures import Measure, duration, median_ms

SHORT = 100


def measure(*, rows: int, say: Callable[[str], None]) -> Iterable[Measure]:
    now = timezone.now()
    seeding.open_cases(2, at=now)
    short, long = Case.objects.order_by("ref")
    say(f"Making {SHORT} items for {short} and {rows:,} for {long}.")
    seeding.evidence(short.account_id, SHORT, at=now)
    seeding.evidence(long.account_id, rows, at=now)
    [person] = seeding.analysts(1)
    seeding.analyze()
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(person)

    def page(case: Case, query: str = "") -> Callable[[], object]:
        def get() -> object:
            answer = client.get(f"/cases/{case.ref}/{query}")
            assert answer.status_code == 200, answer.status_code
            return answer

        return get

    beside = median_ms(page(short))
    yield duration(
        f"case page, {rows:,} items", product=median_ms(page(long)), limit=beside,
        ratio_at_most=1.5, or_ms=120,
    )  # fmt: skip
