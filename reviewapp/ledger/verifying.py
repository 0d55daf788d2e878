"""Reading the whole ledger again, to prove that it is what was sealed.

# Note [What verifying can and cannot see]

The walk makes every leaf, root, head and signature again, in flat memory, in one snapshot, so that
sealing may go on meanwhile. An altered or removed entry or place, a number left out, a seal altered
or removed, an entry sealed twice: each contradicts something that the sealing key signed.

Two things stand outside. Whoever holds the database *and* the sealing key can seal a false ledger
anew, or cut its end off; only a head kept elsewhere tells (`--against`). And an entry that was not
sealed yet, less than two seconds old as a rule, can be removed without trace by whoever also
removes its id from `ledger_unplaced`; if the id is left, the removal is reported.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from reviewapp.ledger import keys
from reviewapp.ledger.heads import NO_HEAD, Head, chain
from reviewapp.ledger.leaves import LEAF_COLUMNS, leaf_hash, tree_root
from reviewapp.ledger.misfits import Misfit, check_strays, entry_with_id, named, stray_entry

LATE = timedelta(minutes=1)

_AT_ONCE = 5_000
_BEFORE_ALL = -(2**63)
# Times are read as text and numbers: a forger's 'infinity' must not stop the reader.
_SEALS = """
    SELECT number, first_sequence, last_sequence, root, previous_head, head, signature, key_id,
        CASE WHEN isfinite(sealed_at)
            THEN (extract(epoch FROM sealed_at) * 1000000)::bigint ELSE 0 END
    FROM ledger_seal WHERE number > %s ORDER BY number LIMIT %s
"""
_PLACES = f"""
    SELECT place.sequence, place.entry_id::text, place.kind, place.leaf, {LEAF_COLUMNS}
    FROM (
        SELECT * FROM ledger_place WHERE sequence > %s ORDER BY sequence LIMIT %s
    ) place
    LEFT JOIN LATERAL (
        SELECT * FROM ledger_entry
        WHERE recorded_at = place.recorded_at AND id = place.entry_id
        OFFSET 0
    ) entry ON true
    ORDER BY place.sequence
"""  # noqa: S608 - names of our own tables and columns


@dataclass(frozen=True, slots=True)
class Verified:
    """The figures of a ledger in which everything fits."""

    entries: int
    seals: int
    head: Head | None
    waiting: int
    late: int  # of the waiting, those recorded more than LATE ago: is the sealer running?


class _Seal(NamedTuple):
    number: int
    first_sequence: int
    last_sequence: int
    root: bytes
    previous_head: bytes
    head: bytes
    signature: bytes
    key_id: str
    sealed_at: int


class _Place(NamedTuple):
    sequence: int
    entry_id: str
    kind: str
    leaf: bytes
    entry: list[str | None]


def verify(*, now: datetime, against: Iterable[Head] = ()) -> Verified:
    """Make every seal again and hold it against what is stored, and against heads kept elsewhere.

    Raises `Misfit` for the first thing that does not fit, in the order of the chain.
    See Note [What verifying can and cannot see].
    """
    kept = sorted(against)
    last = _Seal(0, 0, 0, b"", b"", NO_HEAD, b"", "", 0)
    with _one_moment(), connection.cursor() as cursor:
        places = _places(cursor)
        held = keys.public_keys()
        for seal in _seals(cursor):
            _check_chain(seal, after=last)
            _check_places(cursor, seal, places)
            _check_signature(seal, held)
            _check_kept(seal, kept)
            last = seal
        if beyond := next(places, None):
            raise Misfit(
                f"Place {beyond.sequence} (entry {beyond.entry_id}) is under no seal:"
                f" what followed seal {last.number} was removed."
            )
        if kept and kept[-1].number > last.number:
            first_missing = next(head for head in kept if head.number > last.number)
            raise Misfit(
                f"Seal {first_missing.number}, whose head was kept, is missing:"
                f" the ledger ends at seal {last.number}."
            )
        check_strays(cursor)
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE recorded_at < %s) FROM ledger_unplaced",
            [now - LATE],
        )
        waiting, late = cursor.fetchone()
    head = Head(last.number, last.head) if last.number else None
    return Verified(last.last_sequence, last.number, head, waiting, late)


def _check_chain(seal: _Seal, *, after: _Seal) -> None:
    if seal.number != after.number + 1:
        raise Misfit(f"Seal {after.number + 1} is missing: seal {seal.number} comes next.")
    if seal.first_sequence != after.last_sequence + 1 or seal.last_sequence < seal.first_sequence:
        raise Misfit(
            f"Seal {seal.number} does not begin at place {after.last_sequence + 1}, where the one"
            f" before ends, but covers places {seal.first_sequence} to {seal.last_sequence}."
        )
    if seal.previous_head != after.head:
        raise Misfit(f"Seal {seal.number} does not follow from the head of the seal before it.")


def _check_places(cursor: CursorWrapper, seal: _Seal, places: Iterator[_Place]) -> None:
    stored: list[bytes] = []
    made: list[bytes] = []
    odd: _Place | None = None
    for sequence in range(seal.first_sequence, seal.last_sequence + 1):
        place = next(places, None)
        if place is None or place.sequence != sequence:
            raise _missing_place(cursor, sequence, seal, place)
        if place.entry[0] is None:
            raise _missing_entry(cursor, place, seal)
        leaf = leaf_hash(place.entry)
        stored.append(place.leaf)
        made.append(leaf)
        if odd is None and (leaf != place.leaf or place.kind != place.entry[3]):
            odd = place
    if odd is not None:
        raise _altered(odd, seal, entries_fit=tree_root(made) == seal.root)
    if tree_root(stored) != seal.root:
        raise Misfit(
            f"Seal {seal.number} does not fit the entries at places {seal.first_sequence} to"
            f" {seal.last_sequence}: their root is another."
        )


def _check_signature(seal: _Seal, held: dict[str, Any]) -> None:
    head = chain(
        previous_head=seal.previous_head,
        number=seal.number,
        first_sequence=seal.first_sequence,
        last_sequence=seal.last_sequence,
        root=seal.root,
        sealed_at=seal.sealed_at,
    )
    if head != seal.head:
        raise Misfit(f"Seal {seal.number} was altered: its head is not that of what it says.")
    if seal.key_id not in held:
        raise Misfit(
            f"Seal {seal.number} is signed with the key {seal.key_id}, which is neither SEAL_KEY's"
            " nor among SEAL_PUBLIC_KEYS."
        )
    if not keys.signature_fits(head=head, signature=seal.signature, by=held[seal.key_id]):
        raise Misfit(f"Seal {seal.number} does not bear the signature of its key.")


def _check_kept(seal: _Seal, kept: list[Head]) -> None:
    for head in kept:
        if head.number == seal.number and head.digest != seal.head:
            fitting = max((other.number for other in kept if other.number < seal.number), default=0)
            raise Misfit(
                f"Seal {seal.number} is not the one whose head was kept: the ledger was sealed anew"
                f" between seals {fitting + 1} and {seal.number}."
            )


def _missing_place(
    cursor: CursorWrapper, sequence: int, seal: _Seal, found: _Place | None
) -> Misfit:
    if found is not None and found.sequence < sequence:
        return Misfit(f"Place {found.sequence} (entry {found.entry_id}) is under no seal.")
    stray = stray_entry(cursor)
    whose = f" {named(stray)} has none." if stray else ""
    return Misfit(f"Place {sequence}, which seal {seal.number} closed, is missing.{whose}")


def _missing_entry(cursor: CursorWrapper, place: _Place, seal: _Seal) -> Misfit:
    elsewhere = entry_with_id(cursor, place.entry_id)
    if elsewhere is not None:
        return Misfit(
            f"{named(elsewhere, place=place.sequence)} was altered: seal {seal.number} closed it"
            " with another time."
        )
    return Misfit(
        f"Entry {place.entry_id} (place {place.sequence}, {place.kind}), which seal"
        f" {seal.number} closed, was removed."
    )


def _altered(place: _Place, seal: _Seal, *, entries_fit: bool) -> Misfit:
    name = named(place.entry, place=place.sequence)
    if entries_fit:
        return Misfit(f"{name} is as seal {seal.number} closed it, but its place was altered.")
    return Misfit(f"{name} was altered: it is not what seal {seal.number} closed.")


@contextmanager
def _one_moment() -> Iterator[None]:
    """One snapshot for everything that is read. Inside another transaction, what that one sees."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _seals(cursor: CursorWrapper) -> Iterator[_Seal]:
    after = _BEFORE_ALL
    while True:
        cursor.execute(_SEALS, [after, _AT_ONCE])
        rows = cursor.fetchall()
        for row in rows:
            yield _Seal(*row)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]


def _places(cursor: CursorWrapper) -> Iterator[_Place]:
    after = _BEFORE_ALL
    while True:
        cursor.execute(_PLACES, [after, _AT_ONCE])
        rows = cursor.fetchall()
        for sequence, entry_id, kind, leaf, *entry in rows:
            yield _Place(sequence, entry_id, kind, leaf, entry)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]
