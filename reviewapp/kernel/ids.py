import uuid
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from uuid_utils import compat

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

_VERSION_AND_VARIANT = (8 << 76) | (0b10 << 62)


def uuid7() -> uuid.UUID:
    """A new id that sorts by when it was made; ids of one process never go backwards."""
    return compat.uuid7()


def evidence_id(*, occurred_at: datetime, source_id: int, sender_id: str) -> uuid.UUID:
    """The one id that this item of this source has, however often it is sent.

    It is a UUIDv8 (RFC 9562, 5.8): 48 bits of `occurred_at` in whole milliseconds, so that ids
    order the timeline, then 74 bits of a hash of the source and the sender's own id, so that a
    retry finds its first arrival without a global unique index.

    Raises `ValueError` for a time before 1970, which 48 unsigned bits cannot hold.
    """
    milliseconds = (occurred_at - EPOCH) // MILLISECOND
    if milliseconds < 0:
        raise ValueError("occurred_at lies before 1970.")
    digest = blake2b(
        source_id.to_bytes(8, "big") + sender_id.encode(),
        digest_size=10,
        person=b"evidence-id",
    ).digest()
    bits = int.from_bytes(digest, "big")
    return uuid.UUID(
        int=(milliseconds << 80)
        | _VERSION_AND_VARIANT
        | ((bits >> 62 & 0xFFF) << 64)
        | (bits & 0x3FFF_FFFF_FFFF_FFFF)
    )
