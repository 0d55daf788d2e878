"""Keeping promises to the platform: lease, call, mark. What enforcing and notifying share."""

import json
import logging
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from reviewapp.kernel.promises import Promise, backoff

AT_ONCE = 8
# Leased ahead, so that no thread idles while answers are being marked; and how long to gather
# answers for one mark.
AHEAD = 4 * AT_ONCE
GATHER_SECONDS = 0.01
# Longer than AHEAD calls can take at AT_ONCE, each 15 seconds at most: a lease outlives its call.
LEASE_SECONDS = 120
KEPT_OF_ANSWER = 1024
RETRIED_STATUSES = frozenset({408, 409, 425, 429})
MOST_RETRY_AFTER = timedelta(days=1)
_RNG = random.SystemRandom()
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """A thin body for the platform, and the key under which it is the same message again."""

    key: str
    type: str
    timestamp: datetime
    data: dict[str, Any]

    def body(self) -> bytes:
        return json.dumps(
            {"type": self.type, "timestamp": self.timestamp.isoformat(), "data": self.data},
            separators=(",", ":"),
            ensure_ascii=False,
        ).encode()


class Result(StrEnum):
    """What came of an attempt. UNKNOWN is what cannot be told, and only a person tries again."""

    APPLIED = "APPLIED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    IGNORED = "IGNORED"
    RETRY = "RETRY"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform answered; `status` is None where there was no answer at all."""

    status: int | None
    text: str = ""
    took_ms: int = 0
    retry_after: timedelta | None = None

    @property
    def result(self) -> Result:
        """2xx acknowledges, and may say more; 4xx is final but for four; the rest is retried."""
        if self.status is None:
            return Result.RETRY
        if 200 <= self.status < 300:
            return {"applied": Result.APPLIED, "ignored": Result.IGNORED}.get(
                self._said(), Result.ACKNOWLEDGED
            )
        final = 400 <= self.status < 500 and self.status not in RETRIED_STATUSES
        return Result.REFUSED if final else Result.RETRY

    def _said(self) -> str:
        try:
            said = json.loads(self.text)
        except (ValueError, RecursionError):
            return ""
        return str(said.get("status", "")) if isinstance(said, dict) else ""

    @property
    def kept(self) -> str:
        """The first kilobyte of the answer, fit to be stored."""
        kept = self.text.replace("\x00", "�").encode("utf-8", "replace")[:KEPT_OF_ANSWER]
        return kept.decode("utf-8", "ignore")


class Platform(Protocol):
    """What a platform can be asked. `send` never raises for what the other side does."""

    def send(self, message: Message) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was made for a promise."""

    promise: Any
    attempted_at: datetime
    answer: Answer


class Errand(Protocol):
    """A kind of promise, as the loop needs to know it."""

    def lease(self, *, now: datetime, limit: int) -> Sequence[Promise]: ...

    def message(self, promise: Any) -> Message: ...

    def mark(self, calls: Sequence[Call], *, now: datetime) -> None: ...


# Note [Lease, call, mark]
# A worker leases what is due, calls the platform outside any transaction, and marks what came
# of it. Killed before the mark, its lease runs out and another worker calls again under the
# same key, which the platform takes as the same message. Calls run in threads; the database
# is spoken to by the calling thread alone, which marks whatever has been answered meanwhile
# in one transaction, so that a slow answer delays nobody else's mark.


def deliver(
    errand: Errand, *, platform: Platform, clock: Callable[[], datetime], limit: int
) -> int:
    """Call the platform for up to `limit` due promises, AT_ONCE at a time.

    Returns how many calls were made. See Note [Lease, call, mark].
    """
    made = 0
    pending: dict[Future[Answer], tuple[Promise, datetime]] = {}
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        while True:
            room = min(AHEAD - len(pending), limit - made)
            leased = errand.lease(now=clock(), limit=room) if room >= AT_ONCE or not pending else []
            for promise in leased:
                made += 1
                call = pool.submit(_call, platform, errand, promise)
                pending[call] = (promise, clock())
            if not pending:
                return made
            errand.mark(list(_answered(pending)), now=clock())


def _call(platform: Platform, errand: Errand, promise: Promise) -> Answer:
    """One call. What goes wrong on this side is one promise's misfortune, not its neighbours'."""
    try:
        return platform.send(errand.message(promise))
    except Exception as failure:
        log.exception("Promise %s could not be sent.", promise.key)
        return Answer(status=None, text=f"Not sent: {type(failure).__name__}")


def _answered(pending: dict[Future[Answer], tuple[Promise, datetime]]) -> Iterator[Call]:
    """Wait for one answer at least, and a moment for more; take every one that is in."""
    wait(pending, return_when=FIRST_COMPLETED)
    done, _ = wait(pending, timeout=GATHER_SECONDS)
    for future in done:
        promise, attempted_at = pending.pop(future)
        yield Call(promise, attempted_at, future.result())


def is_retried(promise: Promise, *, answer: Answer, now: datetime) -> bool:
    """Set when to try `promise` again after a failed attempt; False to ask a person instead.

    Honours Retry-After up to a day. Attempts made before a person replayed it do not count.
    """
    promise.due_at = None
    wait_for = backoff(promise.attempts_made - promise.attempts_forgiven, rng=_RNG)
    if wait_for is not None:
        asked = min(answer.retry_after or timedelta(), MOST_RETRY_AFTER)
        promise.due_at = now + max(wait_for, asked)
    return promise.due_at is not None


def gave_up(taker: str) -> str:
    """What is said of a promise that nobody tries any more by themselves."""
    return f"{taker} did not take it, in attempts over about three days."


def is_on_its_way(promise: Promise, *, now: datetime) -> bool:
    """Whether a worker has it, or will have it as soon as one is free."""
    leased = promise.leased_until is not None and promise.leased_until > now
    return leased or (promise.due_at is not None and promise.due_at <= now)


def start_over(promise: Any, *, state: str, at: datetime) -> None:
    """Make a failed promise due again from the start of its schedule, under the same key."""
    promise.state = state
    promise.attempts_forgiven = promise.attempts_made
    promise.due_at = at
    promise.detail = ""
    promise.save(update_fields=["state", "attempts_forgiven", "due_at", "detail"])
