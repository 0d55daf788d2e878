"""What of an entry is hashed, to the byte.

# Note [The leaf of an entry]

An auditor who has the tables alone can make every hash again. The leaf of an entry is

    SHA-256(0x00 || text)

where `text` is one JSON array in UTF-8, without spaces, of these members in this order:

    "ledger entry 1", id, recorded_at, happened_at, kind, actor, account, case, country_prefix,
    surface, stage, detector, detector_version, policy, action, outcome, maker, particulars

that is, the name of this format and then every column of the row. The id is written in lower-case
hexadecimal with hyphens; times are in UTC with six decimals, `2026-03-10T12:00:00.000000Z`, as
PostgreSQL's `to_char(…, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')` gives them. Strings escape `"`, `\\` and
the characters below U+0020 (`\\b \\f \\n \\r \\t`, else `\\u00xx`) and nothing else.

Particulars are jsonb, whose own text differs from one program to the next, so they are written
anew: keys sorted by code point, no spaces, and each number exactly as PostgreSQL prints it. Numbers
never pass through a float, which would round some and let an altered digit slip by.

Trees over leaves are those of RFC 6962 (section 2.1): an inner node is SHA-256(0x01 || left ||
right), and each split takes the largest power of two below the count to the left.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

FORMAT = "ledger entry 1"

# Placed into the queries of sealing and verifying, which read entries under the name `entry`.
_UTC = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_TEXTS = [
    "kind",
    "actor",
    "account",
    "case",
    "country_prefix",
    "surface",
    "stage",
    "detector",
    "detector_version",
    "policy",
    "action",
    "outcome",
    "maker",
]
LEAF_COLUMNS = ", ".join(
    [
        "entry.id::text",
        _UTC.format("entry.recorded_at"),
        _UTC.format("entry.happened_at"),
        *(f'entry."{column}"' for column in _TEXTS),
        "entry.particulars::text",
    ]
)


# No column holds NULL and no finite time prints as one; a forger's would come out as null.
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _Number(str):
    """The digits of a JSON number, as they stood."""

    __slots__ = ()


def leaf_text(columns: Sequence[str | None]) -> str:
    """The canonical text of an entry from its `LEAF_COLUMNS`. See Note [The leaf of an entry]."""
    *plain, particulars = columns
    return f"{_json([FORMAT, *plain])[:-1]},{_particulars(particulars)}]"


def leaf_hash(columns: Sequence[str | None]) -> bytes:
    """The leaf of an entry from its `LEAF_COLUMNS`."""
    return sha256(b"\0" + leaf_text(columns).encode()).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of RFC 6962 over leaf hashes, of which there must be one at least.

    Joining neighbours level by level, an odd last one going up as it is, gives the same tree as
    splitting at powers of two from above.
    """
    level = list(leaves)
    while len(level) > 1:
        joined = [
            sha256(b"\1" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        if len(level) % 2:
            joined.append(level[-1])
        level = joined
    return level[0]


def _particulars(text: str | None) -> str:
    if text == "{}":
        return text
    if text is None:
        return "null"
    return _canonical(json.loads(text, parse_float=_Number, parse_int=_Number))


def _canonical(value: Any) -> str:
    match value:
        case _Number():
            return str(value)
        case str():
            return _json(value)
        case dict():
            members = ",".join(f"{_json(key)}:{_canonical(value[key])}" for key in sorted(value))
            return f"{{{members}}}"
        case list():
            return f"[{','.join(map(_canonical, value))}]"
        case None:
            return "null"
        case _:
            return "true" if value else "false"
