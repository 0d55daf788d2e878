"""Evidence: what happened, as sources saw it.

# Note [Which evidence is the same]

An item is known by its source, the sender's id and its time (see Note [An evidence item's
identity] in cases.models.evidence). Sent again with the same content it is a duplicate and
changes nothing; with other content it is a conflict and is refused, so that what a decision
cited never changes. The same id at another time is another item: finding it would take a
unique index over the whole table, all months of it, for every row. Only within one batch, where
it can be seen for nothing, it is refused as the slip that it surely is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection, transaction

from cases import waking
from cases.intake import arrays, counts, people
from cases.intake.checking import ERASED, holds_nul, id_fault, kind_fault, time_check
from cases.intake.digests import batch_digest, digester
from cases.intake.knowing import Known, known_accounts
from cases.intake.racing import again_after_deadlock
from cases.intake.receipts import Fault, Receipt, Rejected
from cases.intake.sent import SentEvidence
from reviewapp.kernel.encryption import seal
from reviewapp.kernel.ids import evidence_id
from reviewapp.ledger.recording import Entry, record

if TYPE_CHECKING:
    from reviewapp.staff.models import Source

BATCH = 5_000
DATA_BYTES = 16_384
SEALED = "evidence.sealed"

_encode = msgspec.json.Encoder().encode
# How a NUL is written in JSON, which PostgreSQL's jsonb cannot hold.
_NUL = "\\u0000"
_CONFLICT = Fault("/id", "Was sent before with other content. A correction is a new item.")


class _Row(NamedTuple):
    """A valid item on its way into the table."""

    place: int
    item: SentEvidence
    id: UUID
    digest: bytes
    data: str
    # JSON of what is to be sealed; empty where nothing is.
    text: str
    # Events, people, strangers, counterpart: see `counts.figures`.
    figures: tuple[int, int, int, str]


@again_after_deadlock
def receive_evidence(
    *, source: "Source", items: Sequence[SentEvidence | Rejected | None], at: datetime
) -> Receipt:
    """Keep what `source` sends, all valid items in one transaction, recorded at `at`.

    Accounts that are not known yet come into being. Items under a known id are duplicates or
    conflicts: see Note [Which evidence is the same]. The ledger gets one entry for the batch.
    """
    receipt = Receipt()
    rows = _valid(source, receipt.readable(items), receipt, at)
    if rows:
        with transaction.atomic():
            accounts, made = known_accounts((row.item.account for row in rows), at=at)
            rows = _keepable(rows, accounts, receipt)
            inserted = _insert(source, rows, accounts, at=at)
            new = [row for row in rows if row.id in inserted]
            receipt.accepted = len(new)
            if len(new) < len(rows):
                _settle_known(source, [row for row in rows if row.id not in inserted], receipt)
            if new:
                owners = {accounts[row.item.account].pk for row in new}
                waking.information_arrived(owners, at=at, actor=source.actor)
                record(_entry(source, new, made, at), at=at)
    return receipt.in_order()


def _valid(
    source: "Source", rows: list[tuple[int, SentEvidence]], receipt: Receipt, at: datetime
) -> list[_Row]:
    """The items that can be kept, each once; the receipt learns of the others."""
    time_fault = time_check(at)
    digest_of = digester()
    source_id: int = source.pk
    valid: list[_Row] = []
    seen: dict[str, _Row] = {}
    for index, item in rows:
        faults = [
            fault
            for fault in (
                id_fault(item.id, "/id"),
                id_fault(item.account, "/account"),
                kind_fault(item.kind, "/kind"),
                time_fault(item.occurred_at, "/occurred_at"),
                item.corrects is not None and id_fault(item.corrects, "/corrects"),
                counts.count_fault(item.kind, item.data) if item.data else None,
            )
            if fault
        ]
        shown = text = ""
        digest, figures = b"", (1, 0, 0, "")
        try:
            open_data, sealed = people.keep_apart(item.data)
            figures = counts.figures(item.kind, open_data)
            if figures[2] and (fault := counts.strangers_fault(figures[1], figures[2])):
                faults.append(fault)
            shown = _encode(open_data).decode()
            text = _encode(sealed).decode() if sealed else ""
            digest = digest_of(item)
        except people.TooDeep:
            faults.append(Fault("/data", f"Is nested more than {people.DEEPEST} levels deep."))
        except people.TooLarge as wrong:
            faults.append(wrong.fault)
        except UnicodeEncodeError:
            faults.append(Fault("/data", "Holds half of a surrogate pair."))
        if _is_too_large(shown, text):
            faults.append(Fault("/data", f"Is larger than {DATA_BYTES:,} bytes."))
        elif (_NUL in shown or _NUL in text) and holds_nul(item.data):
            faults.append(Fault("/data", "Holds a NUL character."))
        if faults:
            receipt.reject(index, item.id, *faults)
            continue
        row = _Row(
            place=index,
            item=item,
            id=evidence_id(occurred_at=item.occurred_at, source_id=source_id, sender_id=item.id),
            digest=digest,
            data=shown,
            text=text,
            figures=figures,
        )
        first = seen.setdefault(item.id, row)
        if first is row:
            valid.append(row)
        elif first.digest == digest:
            receipt.duplicates += 1
        else:
            receipt.reject(index, item.id, _CONFLICT)
    return valid


def _is_too_large(*texts: str) -> bool:
    """Whether `texts` are more than DATA_BYTES, in UTF-8; a letter is four bytes at most."""
    letters = sum(map(len, texts))
    if letters * 4 <= DATA_BYTES:
        return False
    return letters > DATA_BYTES or sum(len(text.encode()) for text in texts) > DATA_BYTES


def _keepable(rows: list[_Row], accounts: dict[str, Known], receipt: Receipt) -> list[_Row]:
    """The rows without words of somebody who was erased; the receipt learns of the others."""
    keepable = []
    for row in rows:
        if row.text and not accounts[row.item.account].wrapped_key:
            receipt.reject(row.place, row.item.id, ERASED)
        else:
            keepable.append(row)
    return keepable


# Sorted, as everywhere: of two batches that share items, the later waits, then finds them.
_INSERT = """
    INSERT INTO cases_evidenceitem
           (occurred_at, id, source_id, sender_id, account_id, stage, kind, origin, recorded_at,
            weight, people, strangers, counterpart, data, sealed, digest, corrects)
    SELECT occurred_at, id, %s, sender_id, account_id, stage, kind, origin, %s,
           weight, people, strangers, counterpart, data::jsonb, sealed, digest, corrects
      FROM unnest(%s::timestamptz[], %s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::text[],
                  %s::text[], %s::int[], %s::int[], %s::int[], %s::text[], %s::text[],
                  %s::bytea[], %s::bytea[], %s::text[])
           AS sent (occurred_at, id, sender_id, account_id, stage, kind,
                    origin, weight, people, strangers, counterpart, data,
                    sealed, digest, corrects)
        ON CONFLICT DO NOTHING
    RETURNING id
"""


def _insert(
    source: "Source", rows: list[_Row], accounts: dict[str, Known], *, at: datetime
) -> set[UUID]:
    """Put the rows in; the ids of those that were not there yet."""
    rows = sorted(rows, key=lambda row: row.id.int)
    items = [row.item for row in rows]
    owners = [accounts[item.account] for item in items]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                source.pk,
                at,
                arrays.times(item.occurred_at for item in items),
                arrays.uuids(row.id for row in rows),
                arrays.texts(item.id for item in items),
                arrays.uuids(owner.pk for owner in owners),
                arrays.texts(item.stage for item in items),
                arrays.texts(item.kind for item in items),
                arrays.texts(item.origin for item in items),
                arrays.numbers(row.figures[0] for row in rows),
                arrays.numbers(row.figures[1] for row in rows),
                arrays.numbers(row.figures[2] for row in rows),
                arrays.texts(row.figures[3] for row in rows),
                arrays.texts(row.data for row in rows),
                arrays.blobs(
                    seal(row.text, key=owner.wrapped_key, context=SEALED) if row.text else None
                    for row, owner in zip(rows, owners, strict=True)
                ),
                arrays.blobs(row.digest for row in rows),
                arrays.texts(item.corrects or "" for item in items),
            ],
        )
        return {found for (found,) in cursor.fetchall()}


_KNOWN = """
    SELECT e.id, e.digest
      FROM unnest(%s::timestamptz[], %s::uuid[]) AS sent (occurred_at, id)
      JOIN cases_evidenceitem e
        ON e.occurred_at = sent.occurred_at AND e.id = sent.id AND e.source_id = %s
"""


def _settle_known(source: "Source", rows: list[_Row], receipt: Receipt) -> None:
    """Rows that were there already: the same again, or another under the same id."""
    with connection.cursor() as cursor:
        cursor.execute(
            _KNOWN,
            [
                arrays.times(row.item.occurred_at for row in rows),
                arrays.uuids(row.id for row in rows),
                source.pk,
            ],
        )
        kept = {found: bytes(digest) for found, digest in cursor.fetchall()}
    for row in rows:
        if kept[row.id] == row.digest:
            receipt.duplicates += 1
        else:
            receipt.reject(row.place, row.item.id, _CONFLICT)


def _entry(source: "Source", rows: list[_Row], made: int, at: datetime) -> Entry:
    return Entry(
        kind="evidence.received",
        actor=source.actor,
        happened_at=at,
        particulars={
            "count": len(rows),
            "digest": batch_digest([row.digest for row in rows]),
            "accounts_made": made,
        },
    )
