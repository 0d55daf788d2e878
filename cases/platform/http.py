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
TIMEOUT = httpx.Timeout(15, connect=5)


class HttpPlatform:
    """Posts signed messages to one address.

    `secrets` are `whsec_…`; a message carries a signature by each, so that one can be rotated
    while the other stays valid.
    """

    def __init__(self, url: str, *, secrets: Sequence[str], client: httpx.Client | None = None):
        self.url = url
        self._signers = [Webhook(secret) for secret in secrets]
        # No redirects: 3xx is a failure, and a signed body goes to the configured address only.
        self._client = client or httpx.Client(
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16),
        )

    def send(self, message: Message) -> Answer:
        """Post `message` and say what was answered; no answer is an Answer without status."""
        body = message.body()
        started = time.monotonic()
        try:
            with self._client.stream(
                "POST", self.url, content=body, headers=self._headers(message.key, body)
            ) as response:
                text = _first_of(response)
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


def _first_of(response: httpx.Response) -> str:
    """As much of the answer as is kept; a body without end is not read to its end."""
    read = b""
    for chunk in response.iter_bytes():
        read += chunk
        if len(read) > KEPT_OF_ANSWER:
            break
    return read.decode("utf-8", "replace")


def _retry_after(header: str) -> timedelta | None:
    """Retry-After, in seconds or as a date (RFC 9110 section 10.2.3); None if it says neither."""
    if header.isascii() and header.isdigit():
        return timedelta(seconds=min(int(header), 10**7))
    try:
        return max(parsedate_to_datetime(header) - datetime.now(UTC), timedelta())
    except (ValueError, TypeError):
        return None


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
