"""The head of the chain of seals, short enough to keep elsewhere.

# Note [What a head proves]

A head hashes its seal together with the head before (`chain` says how), and so vouches for every
seal, place and entry down to the first. Whoever can write to the database and holds the sealing key
can make a whole new chain that fits in itself. They cannot make one that passes through a head that
somebody else wrote down. So heads leave the machine: with each export and by
`verify_ledger --print-head`, to be handed back with `--against`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.models import Seal

NO_HEAD = bytes(32)

_TEXT = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadHead(Refused):
    """A head looks like 12:5e88…, a seal's number and 64 hexadecimal digits."""


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """The number of a seal and the hash that vouches for everything up to it."""

    number: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.digest.hex()}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """The head written as `text`, case and surrounding space aside. Raises `BadHead`."""
        found = _TEXT.match(text.strip().lower())
        if not found:
            raise BadHead(
                f"“{text.strip()[:80]}” is not a head: a seal's number, a colon and"
                " 64 hexadecimal digits."
            )
        return cls(int(found[1]), bytes.fromhex(found[2]))


def read_heads(lines: Iterable[str]) -> list[Head]:
    """The heads kept in a file, one a line; empty lines and those after # are passed over.

    Raises `BadHead` for any other line, and when there is no head at all: a check against nothing
    must not look like a check.
    """
    kept = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not kept:
        raise BadHead("There is no head to hold the ledger against.")
    return sorted(map(Head.parse, kept))


def latest_head() -> Head | None:
    """The head of the newest seal, or None before the first."""
    newest = Seal.objects.order_by("-number").values_list("number", "head").first()
    return Head(newest[0], bytes(newest[1])) if newest else None


def chain(
    *,
    previous_head: bytes,
    number: int,
    first_sequence: int,
    last_sequence: int,
    root: bytes,
    sealed_at: int,
) -> bytes:
    """The head of a seal: SHA-256 over the concatenation of

    the ASCII text `ledger seal 1`, the previous head (32 bytes, zeros before the first seal), the
    number, first and last sequence (8 bytes each, big-endian), the root (32 bytes) and the time
    of sealing in microseconds since 1970 (8 bytes, big-endian, signed).
    """
    numbers = (number, first_sequence, last_sequence)
    return sha256(
        b"ledger seal 1"
        + previous_head
        + b"".join(value.to_bytes(8, "big", signed=True) for value in numbers)
        + root
        + sealed_at.to_bytes(8, "big", signed=True)
    ).digest()


def microseconds(at: datetime) -> int:
    """`at` in microseconds since 1970, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)
