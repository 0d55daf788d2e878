"""The rows of detections, and what a batch reads and locks to place them."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from cases.intake import arrays
from cases.intake.knowing import Known
from cases.intake.sent import SentDetection
from cases.models import Detector
from reviewapp.kernel.encryption import seal

if TYPE_CHECKING:
    from reviewapp.staff.models import Source

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Row:
    """A valid detection on its way, and where it is to end up."""

    index: int
    sent: SentDetection
    digest: bytes
    id: UUID
    case_id: UUID | None = None
    decision_id: UUID | None = None
    # The clearing that it falls under, and what of it goes beyond that.
    clearing_id: UUID | None = None
    beyond: str = ""

    @property
    def held_back(self) -> bool:
        """Whether it opens no case because of its clearing."""
        cleared = self.clearing_id is not None and not self.beyond
        return cleared and self.case_id is None and self.decision_id is None


class Kept(NamedTuple):
    """A detection that was there before: what it said, and where it ended up."""

    digest: bytes
    case: str | None
    enforcement: str | None
    held_back: bool


def lock(accounts: dict[str, Known]) -> dict[UUID, int]:
    """Lock the accounts' rows; the last sequence number of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, last_sequence FROM cases_account WHERE id = ANY(%s)"
            " ORDER BY external_id FOR NO KEY UPDATE",
            [[account.pk for account in accounts.values()]],
        )
        return dict(cursor.fetchall())


def keep_sequences(sequences: dict[UUID, int], handed_out: set[UUID]) -> None:
    if not handed_out:
        return
    pks = sorted(handed_out)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_account SET last_sequence = given.sequence"
            "  FROM unnest(%s::uuid[], %s::bigint[]) AS given (id, sequence)"
            " WHERE cases_account.id = given.id",
            [arrays.uuids(pks), arrays.numbers(sequences[pk] for pk in pks)],
        )


def kept_before(source: "Source", sender_ids: list[str]) -> dict[str, Kept]:
    """Those of the ids that were sent before, with what became of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.sender_id, d.digest, c.ref, e.ref,"
            "       d.clearing_id IS NOT NULL AND d.decision_id IS NULL"
            "  FROM cases_detection d"
            "  LEFT JOIN cases_case c ON c.id = d.case_id"
            "  LEFT JOIN cases_enforcement e ON e.decision_id = d.decision_id"
            " WHERE d.source_id = %s AND d.sender_id = ANY(%s)",
            [source.pk, sender_ids],
        )
        return {
            sender_id: Kept(bytes(digest), case, enforcement, held_back)
            for sender_id, digest, case, enforcement, held_back in cursor.fetchall()
        }


_INSERT = """
    INSERT INTO cases_detection
           (id, source_id, sender_id, digest, account_id, detector_id, version, stage, score,
            policy, verdict, user_reports_before, signals, reasons_sealed, case_id, decision_id,
            clearing_id, received_at)
    SELECT id, %s, sender_id, digest, account_id, detector_id, version, stage, score,
           policy, verdict, user_reports_before, signals::jsonb, reasons_sealed, case_id,
           decision_id, clearing_id, %s
      FROM unnest(%s::uuid[], %s::text[], %s::bytea[], %s::uuid[], %s::bigint[], %s::text[],
                  %s::text[], %s::float8[], %s::text[], %s::text[], %s::int[], %s::text[],
                  %s::bytea[], %s::uuid[], %s::uuid[], %s::uuid[])
           AS sent (id, sender_id, digest, account_id, detector_id, version,
                    stage, score, policy, verdict, user_reports_before, signals,
                    reasons_sealed, case_id, decision_id, clearing_id)
        ON CONFLICT (source_id, sender_id) DO NOTHING
    RETURNING id
"""


def insert(
    source: "Source",
    rows: list[Row],
    accounts: dict[str, Known],
    detectors: dict[str, Detector],
    *,
    at: datetime,
) -> set[UUID]:
    """Put the rows in, before the cases and decisions they name; the ids of those that went in."""
    rows = sorted(rows, key=lambda row: row.sent.id)
    sent = [row.sent for row in rows]
    owners = [accounts[each.account] for each in sent]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                source.pk,
                at,
                arrays.uuids(row.id for row in rows),
                arrays.texts(each.id for each in sent),
                arrays.blobs(row.digest for row in rows),
                arrays.uuids(owner.pk for owner in owners),
                arrays.numbers(detectors[each.detector].pk for each in sent),
                arrays.texts(each.version for each in sent),
                arrays.texts(each.stage for each in sent),
                arrays.numbers(each.score for each in sent),
                arrays.texts(each.policy for each in sent),
                arrays.texts(each.verdict for each in sent),
                arrays.numbers(each.user_reports_before for each in sent),
                arrays.texts(_encode(each.signals).decode() for each in sent),
                arrays.blobs(
                    seal(
                        _encode(each.reasons).decode(),
                        key=owner.wrapped_key,
                        context="detection.reasons",
                    )
                    if each.reasons
                    else None
                    for each, owner in zip(sent, owners, strict=True)
                ),
                arrays.uuids(row.case_id for row in rows),
                arrays.uuids(row.decision_id for row in rows),
                # A case that opened in spite of a clearing was not its doing.
                arrays.uuids(
                    row.clearing_id if row.held_back or row.decision_id else None for row in rows
                ),
            ],
        )
        return {found for (found,) in cursor.fetchall()}
