"""Taking the next case: sixteen analysts at once, beside one hand-written statement."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import claiming
from cases.models import Claim
from reviewapp.bench import backlog, seeding
from reviewapp.bench.measures import Measure, p95, rate, within
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User

ANALYSTS = 16
EACH = 100

# The same rows, with nothing looked at but the queue's order: no rights, no lapsed claims, no
# cases that were given back, no limit on what one person holds.
_BY_HAND = """
WITH next AS (
    SELECT id, ref FROM cases_case c
     WHERE state = 'OPEN'
       AND NOT EXISTS (SELECT FROM cases_claim h WHERE h.case_id = c.id AND released_at IS NULL)
     ORDER BY due_tier, rank DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
), claimed AS (
    INSERT INTO cases_claim
           (id, case_id, analyst_id, taken_at, expires_at, ending, give_back_reason)
    SELECT %(id)s, id, %(analyst)s, now(), now() + interval '15 minutes', '', '' FROM next
        ON CONFLICT DO NOTHING RETURNING case_id
)
INSERT INTO ledger_entry (recorded_at, id, happened_at, kind, actor, "case")
SELECT now(), %(entry)s, now(), 'case.claimed', %(actor)s, ref FROM next JOIN claimed ON true
"""


def measure(*, rows: int, say: Callable[[str], None]) -> Iterable[Measure]:
    say(f"Making {rows:,} open cases.")
    now = timezone.now()
    backlog.open_cases(rows, at=now)
    people = seeding.analysts(ANALYSTS)
    seeding.analyze()

    # A small backlog is not emptied: that would measure a queue that runs dry.
    each = min(EACH, rows // 100)
    by_hand = _rate(people, _take_by_hand, each=each)
    say("Taken by hand.")
    _release()
    product = _rate(people, _take, each=each)
    counted = Counter(Claim.objects.unreleased().values_list("case_id", flat=True))
    doubles = sum(count - 1 for count in counted.values())
    _release()
    yield rate(
        f"take next, {ANALYSTS} analysts", unit="claims/s",
        product=product, limit=by_hand, at_least=0.5,
    )  # fmt: skip
    yield within("double claims", product=doubles, at_most=0, unit="claims")
    yield within("take next through the page, p95", product=_page_p95(people[0]), at_most=50)


def _rate(people: list[User], take: Callable[[User], None], *, each: int) -> float:
    def run(person: User) -> int:
        try:
            for _ in range(each):
                take(person)
        finally:
            connection.close()
        return each

    started = time.perf_counter()
    with ThreadPoolExecutor(len(people)) as pool:
        taken = sum(pool.map(run, people))
    return taken / (time.perf_counter() - started)


def _take(person: User) -> None:
    try:
        claiming.take_next(by=person, now=timezone.now())
    except claiming.HoldsEnough:
        _release(person.pk)
        claiming.take_next(by=person, now=timezone.now())


def _take_by_hand(person: User) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _BY_HAND,
            {"id": uuid7(), "entry": uuid7(), "analyst": person.pk, "actor": person.actor},
        )


def _release(analyst_id: int | None = None) -> None:
    """Let go of cases without giving them back: they stay on offer to everybody."""
    claims = Claim.objects.unreleased()
    if analyst_id is not None:
        claims = claims.filter(analyst_id=analyst_id)
    claims.update(released_at=timezone.now(), ending="LAPSED")


def _page_p95(person: User) -> float:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(person)
    times = []
    for _ in range(100):
        _release(person.pk)
        started = time.perf_counter()
        answer = client.post(reverse("cases:claims"))
        times.append((time.perf_counter() - started) * 1000)
        if answer.status_code not in (200, 204, 302, 303):
            raise Refused(f"Taking the next case answered {answer.status_code}.")
    return p95(times)
