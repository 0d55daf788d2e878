"""The stand-in platform itself: what it answers to each request, without the HTTP around it."""

import hashlib
import json
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from standardwebhooks import Webhook

from reviewapp.demo.platform.mood import Mood
from reviewapp.demo.platform.signatures import BadSignature, verify
from reviewapp.demo.platform.standings import Malformed, Standing, text_of

ORDERS = ("enforcement.requested", "enforcement.lifted")
MESSAGES = ("notification.requested", "challenge.requested")
RECENT = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status and a JSON body."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request, for the page."""

    at: datetime
    type: str
    account: str
    webhook_id: str
    status: int
    said: str


def clock() -> datetime:
    """The machine's clock, for a platform that is given no other."""
    return datetime.now(UTC)


class StandInPlatform:
    """A messenger's enforcement endpoint, strict in what it takes.

    It verifies signatures, answers a repeated `webhook-id` as before without doing anything, and
    obeys only a higher sequence than it has seen for the account, whose restrictions are a set:
    see Standing. What it did is kept in memory for as long as it runs. Safe to call from several
    threads.

    Args:
        secrets: the `whsec_…` secrets it accepts; two while one is rotated. Raises ValueError for
            none or for one that is no secret.
        now, sleep, rng: the clock, the way to wait (in seconds), and chance.
    """

    def __init__(
        self,
        secrets: Sequence[str],
        *,
        mood: Mood | None = None,
        now: Callable[[], datetime] = clock,
        sleep: Callable[[float], None] = time.sleep,
        rng: Random | None = None,
    ) -> None:
        if not secrets:
            raise ValueError("The platform needs at least one secret.")
        for secret in secrets:
            _check_secret(secret)
        self._secrets = tuple(secrets)
        self._now = now
        self._sleep = sleep
        self._rng = rng or Random()  # noqa: S311 (chance, not a secret)
        self._lock = threading.Lock()
        self.mood = mood or Mood()
        self._mood_since = now()
        self.counts: Counter[tuple[str, str]] = Counter()
        self.duplicates = 0
        self.stale = 0
        self.rejected_signatures = 0
        self.failures = 0
        self.standings: dict[str, Standing] = {}
        self.notifications: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.challenges: dict[str, list[str]] = defaultdict(list)
        self.recent: deque[Seen] = deque(maxlen=RECENT)
        self._answered: dict[str, tuple[bytes, Answer]] = {}

    def change_mood(self, wishes: object) -> Mood:
        """Behave differently from now on; raises BadMood. Flapping starts with being down."""
        with self._lock:
            self.mood = self.mood.changed(wishes)
            self._mood_since = self._now()
            return self.mood

    def handle(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request.

        Args:
            headers: names in any case.
            body: the raw bytes, as signed.

        Returns:
            200 `applied` or 202 `accepted` as the mood is; 200 `ignored` for a stale sequence; 401
            for a bad signature; 400 for what it does not understand; 422 for a known id with
            another body; 503 when it is failing or down.
        """
        if self.mood.slow_ms:
            self._sleep(self.mood.slow_ms / 1000)
        with self._lock:
            lowered = {name.lower(): value for name, value in headers.items()}
            return self._answer(lowered, body)

    def _answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        now = self._now()
        if self.mood.is_down(seconds=(now - self._mood_since).total_seconds()):
            return self._fail(headers, now, "down")
        # Half of the failures lose the request, the other half only the answer: both happen.
        failing = self._rng.random() < self.mood.fail_rate
        if failing and self._rng.random() < 0.5:
            return self._fail(headers, now, "lost the request")
        answer = self._take(headers, body, now=now)
        return self._fail(headers, now, "lost the answer") if failing else answer

    def _take(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Answer:
        try:
            webhook_id = verify(headers, body, secrets=self._secrets, now=now)
        except BadSignature as exc:
            self.rejected_signatures += 1
            return self._note(now, "", "", headers.get("webhook-id", ""), _refused(401, exc))
        digest = hashlib.sha256(body).digest()
        if webhook_id in self._answered:
            self.duplicates += 1
            before, answer = self._answered[webhook_id]
            if before != digest:
                answer = _refused(422, "this id came before with another body")
            return self._note(now, "repeated", "", webhook_id, answer)
        try:
            kind, account, data = _parsed(body)
            answer = self._do(kind, account, data)
        except Malformed as exc:
            return self._note(now, "", "", webhook_id, _refused(400, exc))
        self._answered[webhook_id] = (digest, answer)
        self.counts[kind, answer.body["status"]] += 1
        return self._note(now, kind, account, webhook_id, answer)

    def _do(self, kind: str, account: str, data: Mapping[str, Any]) -> Answer:
        if kind in ORDERS:
            standing = self.standings.get(account) or Standing()
            if not standing.obey(kind, data):
                self.stale += 1
                return Answer(200, {"status": "ignored", "reason": "stale sequence"})
            self.standings[account] = standing
        elif kind == "notification.requested":
            fields = ("notification", "locale", "subject", "text", "link")
            self.notifications[account].append({name: data.get(name) for name in fields})
        else:
            text_of(data, "challenge")
            self.challenges[account].append(text_of(data, "code"))
        if self.mood.answer == "acknowledge":
            return Answer(202, {"status": "accepted"})
        return Answer(200, {"status": "applied"})

    def _fail(self, headers: Mapping[str, str], now: datetime, said: str) -> Answer:
        self.failures += 1
        answer = Answer(503, {"status": "failed", "reason": said})
        return self._note(now, "", "", headers.get("webhook-id", ""), answer)

    def _note(
        self, now: datetime, kind: str, account: str, webhook_id: str, answer: Answer
    ) -> Answer:
        said = " ".join(str(value) for value in answer.body.values())
        self.recent.appendleft(Seen(now, kind, account, webhook_id, answer.status, said))
        return answer

    def state(self) -> dict[str, Any]:
        """Everything it counts and keeps, for `state.json`."""
        with self._lock:
            by_type: dict[str, dict[str, int]] = defaultdict(dict)
            for (kind, status), count in sorted(self.counts.items()):
                by_type[kind][status] = count
            return {
                "mood": {
                    "slow_ms": self.mood.slow_ms,
                    "fail_rate": self.mood.fail_rate,
                    "flap_s": self.mood.flap_s,
                    "answer": self.mood.answer,
                },
                "counts": dict(by_type),
                "duplicates": self.duplicates,
                "stale": self.stale,
                "rejected_signatures": self.rejected_signatures,
                "failures": self.failures,
                "standings": {
                    account: standing.row() for account, standing in self.standings.items()
                },
                "notifications": {
                    account: list(sent) for account, sent in self.notifications.items()
                },
                "challenges": {account: list(codes) for account, codes in self.challenges.items()},
            }

    def recent_requests(self) -> list[Seen]:
        """The last requests, the newest first."""
        with self._lock:
            return list(self.recent)


def _parsed(body: bytes) -> tuple[str, str, Mapping[str, Any]]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise Malformed("The body is not JSON.") from exc
    if not isinstance(message, dict) or not isinstance(message.get("data"), dict):
        raise Malformed("The body has no data.")
    kind, account = message.get("type"), message["data"].get("account")
    if kind not in ORDERS + MESSAGES:
        raise Malformed(f"There is no type {kind!r}.")
    if not isinstance(account, str) or not account:
        raise Malformed("data names no account.")
    return kind, account, message["data"]


def _refused(status: int, why: object) -> Answer:
    return Answer(status, {"status": "refused", "reason": str(why)})


def _check_secret(secret: str) -> None:
    try:
        Webhook(secret)
    except Exception as exc:
        raise ValueError("A secret is whsec_ and base64.") from exc
    if not secret.startswith("whsec_"):
        raise ValueError("A secret begins with whsec_.")
