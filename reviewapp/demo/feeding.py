"""Sending rows to the product through its API, with patience."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import msgspec

from reviewapp.demo.appellants import Disagreement
from reviewapp.demo.counts import Counts
from reviewapp.demo.world import World

Row = Mapping[str, Any]
#: Called with what is being sent ("accounts", "evidence", "detections"), how many rows of it are
#: done, and how many there are.
OnProgress = Callable[[str, int, int], None]

BATCH = {"accounts": 1_000, "evidence": 5_000, "detections": 1_000}
TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
LONGEST_PAUSE_S = 30.0


class CannotFeed(Exception):
    """The product could not be reached, or does not want what was sent."""


class Feeder:
    """A client of the intake API.

    Rows carry ids of the sender's own, so that sending a batch again after a lost answer changes
    nothing: what fails for a passing reason is simply tried again, until `patience_s` are over.

    Args:
        url: where the product listens, such as `http://127.0.0.1:8000`.
        key: an API key with the scope `intake`, and `enforced` where bans are reported.
        patience_s: how long one batch is tried for, in seconds.
        sleep: how to wait, in seconds.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        patience_s: float = 60,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        # A proxy that the environment names is for the world outside, not for this machine.
        local = urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
        try:
            self._client = httpx.Client(
                base_url=url.rstrip("/") + "/api/v1/",
                headers={"Authorization": f"Bearer {key}"},
                timeout=60,
                trust_env=not local,
            )
        except (httpx.InvalidURL, UnicodeError, ValueError) as exc:
            raise CannotFeed(f"{url!r} or the key cannot be used: {exc}.") from exc
        self.url = url
        self._patience_s = patience_s
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def send(
        self, what: str, rows: Sequence[Row], *, on_progress: OnProgress | None = None
    ) -> Counts:
        """Send rows of one call (`accounts`, `evidence` or `detections`) in batches.

        Returns:
            The sum of the answers. Rows that the product rejects are counted, not raised.

        Raises:
            CannotFeed: the product stayed unreachable, refused the key, or took the whole batch
                for something else.
        """
        counts = Counts()
        size = BATCH[what]
        if on_progress:
            on_progress(what, 0, len(rows))
        for start in range(0, len(rows), size):
            counts += self._batch(what, rows[start : start + size])
            if on_progress:
                on_progress(what, min(start + size, len(rows)), len(rows))
        return counts

    def file(
        self, what: str, rows: Sequence[Row], *, on_progress: OnProgress | None = None
    ) -> list[dict[str, Any]]:
        """Send `appeals` or `grievances`, which go one by one; answer what each was answered.

        Sent again, a row is answered as before. Raises CannotFeed for one that is refused.
        """
        answers = []
        for number, row in enumerate(rows, start=1):
            content = msgspec.json.encode(row)
            answer = self._post_patiently(what, content, "application/json")
            body = _json(answer)
            if answer.status_code not in {200, 201}:
                raise CannotFeed(f"{self.url} refused {row['id']}: {_words(answer, body)}")
            answers.append(body)
            if on_progress:
                on_progress(what, number, len(rows))
        return answers

    def _batch(self, what: str, rows: Sequence[Row]) -> Counts:
        answer = self._post(what, rows)
        if answer.status_code == 413 and len(rows) > 1:
            half = len(rows) // 2
            return self._batch(what, rows[:half]) + self._batch(what, rows[half:])
        body = _json(answer)
        if answer.status_code == 200:
            return Counts.of_answer(body)
        if answer.status_code == 422:
            # Not one row was valid; each is named where the answer names them.
            counts = Counts.of_answer(body)
            counts.rejected = len(rows)
            counts.refusals = counts.refusals or [_words(answer, body)]
            return counts
        if answer.status_code in {401, 403}:
            raise CannotFeed(f"{self.url} refused the key: {_words(answer, body)}")
        raise CannotFeed(f"{self.url} refused the {what}: {_words(answer, body)}")

    def _post(self, what: str, rows: Sequence[Row]) -> httpx.Response:
        if what == "evidence":
            content = b"\n".join(map(msgspec.json.encode, rows))
            media_type = "application/x-ndjson"
        else:
            content = msgspec.json.encode({"items": rows})
            media_type = "application/json"
        return self._post_patiently(what, content, media_type)

    def _post_patiently(self, what: str, content: bytes, media_type: str) -> httpx.Response:
        waited, tries = 0.0, 0
        while True:
            pause = min(LONGEST_PAUSE_S, 0.25 * 2**tries)
            try:
                answer = self._client.post(
                    what, content=content, headers={"Content-Type": media_type}
                )
            except (httpx.UnsupportedProtocol, httpx.InvalidURL) as exc:
                raise CannotFeed(f"{self.url!r} is not an address to send to: {exc}") from exc
            except httpx.TransportError as exc:
                if waited + pause > self._patience_s:
                    raise CannotFeed(f"{self.url} cannot be reached: {exc}.") from exc
            else:
                if answer.status_code not in TRY_AGAIN:
                    return answer
                pause = max(pause, _retry_after(answer, now=datetime.now(UTC)))
                if waited + pause > self._patience_s:
                    raise CannotFeed(
                        f"{self.url} answered {answer.status_code} for too long:"
                        f" {_words(answer, _json(answer))}"
                    )
            self._sleep(pause)
            waited += pause
            tries += 1


def feed_world(
    world: World,
    *,
    url: str,
    key: str,
    on_progress: OnProgress | None = None,
    patience_s: float = 60,
) -> Counts:
    """Send a simulated messenger to the product: accounts, evidence, then detections.

    The key needs the scopes `intake` and `enforced`. Sending the same world again changes nothing.
    Raises CannotFeed.
    """
    with Feeder(url, key, patience_s=patience_s) as feeder:
        return (
            feeder.send("accounts", world.accounts, on_progress=on_progress)
            + feeder.send("evidence", world.evidence, on_progress=on_progress)
            + feeder.send("detections", world.detections, on_progress=on_progress)
        )


def feed_disagreement(
    disagreement: Disagreement,
    *,
    url: str,
    key: str,
    on_progress: OnProgress | None = None,
    patience_s: float = 60,
) -> None:
    """Send what people disagree with: appeals, then grievances, one by one.

    The key needs the scope `appeals`. Sending the same again changes nothing. Raises CannotFeed.
    """
    with Feeder(url, key, patience_s=patience_s) as feeder:
        feeder.file("appeals", disagreement.appeals, on_progress=on_progress)
        feeder.file("grievances", disagreement.grievances, on_progress=on_progress)


def _retry_after(answer: httpx.Response, *, now: datetime) -> float:
    """The seconds that the answer asks to wait: given as a number or as a date (RFC 9110)."""
    text = answer.headers.get("Retry-After", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _words(answer: httpx.Response, body: Mapping[str, Any]) -> str:
    """What the answer says, in one line."""
    said = [str(body[name]) for name in ("title", "detail") if body.get(name)]
    errors = body.get("errors")
    if isinstance(errors, list):
        said += [str(error.get("detail")) for error in errors[:3] if isinstance(error, dict)]
    return " ".join(" ".join(said).split())[:500] or f"status {answer.status_code}."
