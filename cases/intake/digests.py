"""Telling a row that is sent again from another one under the same id."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import msgspec

from reviewapp.kernel import encryption

_encode = msgspec.json.Encoder(order="deterministic").encode


def digester() -> Callable[[Any], bytes]:
    """A function from a sent row to 16 bytes that say the same for the same content.

    The order of keys and the writing of numbers and escapes make no difference; a time in
    another offset does. Keyed, so that nobody can find a body by guessing its digest.
    """
    key = encryption.blind_index("body", purpose="intake.digest")

    def digest(row: Any) -> bytes:
        return blake2b(_encode(row), digest_size=16, key=key).digest()

    return digest


def batch_digest(digests: list[bytes]) -> str:
    """One digest for the rows of a batch, as the ledger keeps it."""
    return blake2b(b"".join(sorted(digests)), digest_size=16).hexdigest()
