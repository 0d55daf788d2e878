"""Applying decisions: the worker's loop, beside a bare loop of signed posts."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from django.conf import settings
from django.utils import timezone

from cases import delivering, enforcing
from cases.delivering import Message
from cases.models import Account, Decision, Enforcement
from cases.platform import HttpPlatform
from reviewapp.bench import seeding
from reviewapp.bench.measures import Measure, rate
from reviewapp.demo.platform import Mood, StandInPlatform
from reviewapp.demo.platform.server import serving
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.refs import next_refs

ANSWERS_IN_MS = 10


def measure(*, rows: int, say: Callable[[str], None]) -> Iterable[Measure]:
    say(f"Promising {rows:,} enforcements.")
    now = timezone.now()
    accounts = Account.objects.in_bulk([each.id for each in seeding.accounts(rows, at=now)])
    refs = next_refs("D", rows)
    decisions = Decision.objects.bulk_create(
        Decision(
            ref=ref, account=account, maker="AUTOMATED", outcome="VIOLATION",
            action="PERMANENT_BAN", decided_at=now, recorded_at=now,
        )
        for ref, account in zip(refs, accounts.values(), strict=True)
    )  # fmt: skip
    Enforcement.objects.bulk_create(
        Enforcement(
            ref=ref, account=decision.account, decision=decision, sequence=1,
            action="PERMANENT_BAN", requested_at=now, due_at=now,
        )
        for ref, decision in zip(next_refs("E", rows), decisions, strict=True)
    )  # fmt: skip
    seeding.analyze()
    stand_in = StandInPlatform(settings.PLATFORM_SECRETS, mood=Mood(slow_ms=ANSWERS_IN_MS))
    with (
        serving(stand_in) as server,
        closing(HttpPlatform(server.url, secrets=settings.PLATFORM_SECRETS)) as platform,
    ):
        bare = _bare(platform, rows)
        say("Posted without a database.")
        started = time.perf_counter()
        made = 0
        while called := enforcing.deliver_due(platform=platform, clock=timezone.now):
            made += called
        product = made / (time.perf_counter() - started)
    yield rate(
        f"apply decisions, {delivering.AT_ONCE} at a time, platform in {ANSWERS_IN_MS} ms",
        unit="calls/s", product=product, limit=bare, at_least=0.6,
    )  # fmt: skip


def _bare(platform: HttpPlatform, count: int) -> float:
    messages = [
        Message(
            key=str(uuid7()),
            type="enforcement.requested",
            timestamp=timezone.now(),
            data={
                "enforcement": f"B-{number}", "account": f"bare-{number}", "sequence": 1,
                "action": "PERMANENT_BAN", "until": None, "policy": "",
            },
        )
        for number in range(count)
    ]  # fmt: skip
    started = time.perf_counter()
    with ThreadPoolExecutor(delivering.AT_ONCE) as pool:
        list(pool.map(platform.send, messages))
    return count / (time.perf_counter() - started)
