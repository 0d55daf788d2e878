"""Verifying Standard Webhooks 1.0.0 signatures."""

import hmac
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

# The tolerance of the reference libraries, both ways.
TOLERANCE_S = 300


class BadSignature(Exception):
    """The message is not from whom it says, or not from now."""


def verify(
    headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: datetime
) -> str:
    """Check a message's signature and age; returns its `webhook-id`.

    Args:
        headers: with lower-case names.
        secrets: `whsec_…`; while one is rotated either is good.
        now: for the timestamp of the attempt, which is tolerated for five minutes both ways.

    Raises:
        BadSignature: a header is missing or malformed, the timestamp is outside the tolerance, or
            no signature fits. (The package's own `verify` reads the machine's clock.)
    """
    message_id = headers.get("webhook-id", "")
    signatures = headers.get("webhook-signature", "")
    stamp = headers.get("webhook-timestamp", "")
    if not (message_id and signatures and stamp):
        raise BadSignature("A webhook header is missing.")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        raise BadSignature("The webhook timestamp is not a number of seconds.")
    sent_at = datetime.fromtimestamp(int(stamp), UTC)
    if math.fabs((now - sent_at).total_seconds()) > TOLERANCE_S:
        raise BadSignature("The webhook timestamp is too far from now.")
    try:
        text = body.decode()
    except UnicodeDecodeError as exc:
        raise BadSignature("The body is not UTF-8.") from exc
    given = [each.encode() for each in signatures.split(" ")]
    for secret in secrets:
        fits = Webhook(secret).sign(msg_id=message_id, timestamp=sent_at, data=text).encode()
        if any(hmac.compare_digest(fits, each) for each in given):
            return message_id
    raise BadSignature("No signature fits.")
