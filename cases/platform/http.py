"""The platform, reached over HTTP with Standard Webhooks (version 1.0.0)."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache

import httpx
from django.conf import settings
from standardwebhooks import Webhook

from cases.delivering import KEPT_OF_ANSWER, Answer, Message

# Between the 15 and 30 seconds that Standard Webhooks advises.
SECONDS = 15.0
CONNECT_SECONDS = 5.0


class HttpPlatform:
    """Posts signed messages to one address.

    `secrets` are `whsec_…`; a message carries a signature by each, so that one can be rotated
    while the other stays valid. `seconds` is how long an answer may take.
    """

    def __init__(
        self,
        url: str,
        *,
        secrets: Sequence[str],
        seconds: float = SECONDS,
    ) -> None:
        self.url = url
        self._seconds = seconds
        self._signers = [Webhook(secret) for secret in secrets]
        # No redirects: 3xx is a failure, and a signed body goes to the configured address only.
        self._client = httpx.Client(
            timeout=httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16),
        )

    def close(self) -> None:
        """Hang up the connections that are kept open between messages."""
        self._client.close()

    def send(self, message: Message) -> Answer:
        """Post `message` and say what was answered; no answer is an Answer without status."""
        body = message.body()
        started = time.monotonic()
        try:
            with self._client.stream(
                "POST", self.url, content=body, headers=self._headers(message.key, body)
            ) as response:
                text = _first_of(response, until=started + self._seconds)
                return Answer(
                    status=response.status_code,
                    text=text,
                    took_ms=_ms_since(started),
                    retry_after=_retry_after(response.headers.get("retry-after", "")),
                )
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as failure:
            said = f"{type(failure).__name__}: {failure}"
            return Answer(status=None, text=said, took_ms=_ms_since(started))

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        attempted_at = datetime.now(UTC)
        text = body.decode()
        return {
            "content-type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(int(attempted_at.timestamp())),
            "webhook-signature": " ".join(
                signer.sign(key, attempted_at, text) for signer in self._signers
            ),
        }


@cache
def configured() -> HttpPlatform:
    """The platform that PLATFORM_URL and PLATFORM_SECRETS name; one per process."""
    return HttpPlatform(settings.PLATFORM_URL, secrets=settings.PLATFORM_SECRETS)


def _first_of(response: httpx.Response, *, until: float) -> str:
    """As much of the answer as is kept. Neither a body without end nor one that only drips is
    read to its end: the status has been said, and a worker waits.
    """
    read = b""
    for chunk in response.iter_bytes():
        read += chunk
        if len(read) > KEPT_OF_ANSWER or time.monotonic() > until:
            break
    return read[: KEPT_OF_ANSWER + 1].decode("utf-8", "replace")


def _retry_after(header: str) -> timedelta | None:
    """Retry-After, in seconds or as a date (RFC 9110 section 10.2.3); None if it says neither."""
    if header.isascii() and header.isdigit():
        # Python reads no number of thousands of digits; all of them are far away.
        return timedelta(seconds=int(header) if len(header) < 8 else 10**7)
    try:
        return max(parsedate_to_datetime(header) - datetime.now(UTC), timedelta())
    except (ValueError, TypeError, OverflowError):
        return None


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
