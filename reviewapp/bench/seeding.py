"""Rows in bulk, shaped like real ones, written by COPY."""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from cases.enums import Stage
from cases.models import Account, Case, Detector, Queue
from cases.models.cases import NEVER_DUE
from reviewapp.kernel import encryption
from reviewapp.kernel.ids import evidence_id, uuid7
from reviewapp.kernel.refs import next_refs
from reviewapp.staff.models import Source, User

DETECTORS = ("message-burst", "stranger-ratio", "report-rate", "no-typing", "group-adds")
POLICIES = ("BULK_MESSAGING", "AUTOMATED_MESSAGING", "MASS_GROUP_ABUSE", "HARASSMENT")


def copy_in(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    named = ", ".join(columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({named}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def analyze() -> None:
    """What autovacuum would have done by itself by the time a real table is this big."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def source() -> Source:
    return Source.objects.get_or_create(name="bench")[0]


def analysts(count: int) -> list[User]:
    return [
        User.objects.create_user(
            f"analyst{number}@example.org",
            None,
            name=f"Analyst {number}",
            roles=["ANALYST", "LEAD"],
        )
        for number in range(count)
    ]


def accounts(count: int, *, at: datetime) -> list[UUID]:
    """`count` accounts with a phone number and a key each."""
    refs = next_refs("A", count)
    ids = [uuid7() for _ in refs]

    def rows() -> Iterable[Sequence[Any]]:
        for number, (ref, account_id) in enumerate(zip(refs, ids, strict=True)):
            key = encryption.new_key()
            phone = f"+9198{number:08}"
            sealed = encryption.seal(phone, key=key, context="account.phone")
            index = encryption.blind_index(phone, purpose="account.phone")
            yield (
                account_id, ref, f"bench-{ref}", key, sealed, index, "IN", "+91",
                "PRIVATE_MESSAGING", "PERSONAL", "en", at - timedelta(days=40), 0, at, at,
            )  # fmt: skip

    copy_in(
        Account._meta.db_table,
        [
            "id", "ref", "external_id", "wrapped_key", "phone_sealed", "phone_index", "country",
            "country_prefix", "surface", "kind", "locale", "registered_at", "last_sequence",
            "created_at", "changed_at",
        ],
        rows(),
    )  # fmt: skip
    return ids


def open_cases(count: int, *, at: datetime) -> None:
    """`count` open cases, each with one detection, spread over the queues and over a month."""
    chance = random.Random(count)  # noqa: S311 - rows for measuring, the same each time
    sender = source()
    detectors = {
        name: Detector.objects.get_or_create(
            name=name, defaults={"source": sender, "first_seen_at": at}
        )[0]
        for name in DETECTORS
    }
    queues = list(Queue.objects.filter(active=True, worked_by__contains=["ANALYST"]))
    refs = next_refs("C", count)
    account_ids = accounts(count, at=at)
    plans = []
    for ref, account_id in zip(refs, account_ids, strict=True):
        opened = at - timedelta(seconds=chance.randrange(30 * 86_400))
        queue = chance.choice(queues)
        case = Case(queue=queue, opened_at=opened, severity_points=chance.randrange(5, 40))
        case.uncertainty_points = chance.random() * 20
        case.reprice()
        due = opened + timedelta(days=2) if chance.random() < 0.1 else None
        plans.append(
            (
                uuid7(), ref, account_id, queue.pk, case, due,
                chance.choice(DETECTORS), chance.choice(POLICIES), chance.choice(Stage.values),
                chance.choice(("IN", "BR", "ID", "MX", "NG")),
            )
        )  # fmt: skip

    def case_rows() -> Iterable[Sequence[Any]]:
        for pk, ref, account_id, queue_id, case, due, detector, policy, stage, country in plans:
            yield (
                pk, ref, account_id, queue_id, "DETECTOR", "OPEN", case.opened_at,
                case.severity_points, case.uncertainty_points, 0, 0, 0, case.priority,
                case.rank, due, due.date() if due else NEVER_DUE, 1, [stage], [detector], [policy],
                0.6, country,
                "PRIVATE_MESSAGING", 1,
            )  # fmt: skip

    copy_in(
        Case._meta.db_table,
        [
            "id", "ref", "account_id", "queue_id", "origin", "state", "opened_at",
            "severity_points", "uncertainty_points", "reach_points", "feedback_points",
            "joined_points", "priority", "rank", "due_at", "due_tier", "detection_count",
            "stages", "detectors", "policies", "top_score", "country", "surface", "version",
        ],
        case_rows(),
    )  # fmt: skip

    def detection_rows() -> Iterable[Sequence[Any]]:
        for pk, ref, account_id, _, case, _, detector, policy, stage, _ in plans:
            yield (
                uuid7(), sender.pk, f"det-{ref}", b"\0" * 16, account_id, detectors[detector].pk,
                "1.0", stage, 0.6, policy, "REVIEW", Jsonb([]), pk, case.opened_at,
            )  # fmt: skip

    copy_in(
        "cases_detection",
        [
            "id", "source_id", "sender_id", "digest", "account_id", "detector_id", "version",
            "stage", "score", "policy", "verdict", "signals", "case_id", "received_at",
        ],
        detection_rows(),
    )  # fmt: skip


def evidence(account_id: UUID, count: int, *, at: datetime, days: int = 30) -> None:
    """`count` items of one account over `days`: messages in bursts, some replies and reports."""
    chance = random.Random(count)  # noqa: S311 - rows for measuring, the same each time
    sender = source()
    moments = sorted(
        at
        - timedelta(seconds=chance.randrange(days * 86_400), microseconds=chance.randrange(10**6))
        for _ in range(count)
    )

    def rows() -> Iterable[Sequence[Any]]:
        for number, moment in enumerate(moments):
            sender_id = f"ev-{account_id}-{number}"
            drawn = chance.random()
            person = f"~{chance.randrange(2000):012d}"
            if drawn < 0.9:
                stage, kind, strangers = "MESSAGING", "message.sent", int(chance.random() < 0.7)
            elif drawn < 0.97:
                stage, kind, strangers = "MESSAGING", "message.received", 0
            else:
                stage, kind, strangers = "NEGATIVE_FEEDBACK", "user.reported", 0
            yield (
                moment, evidence_id(occurred_at=moment, source_id=sender.pk, sender_id=sender_id),
                sender.pk, sender_id, account_id, stage, kind, "ON_PLATFORM", at, 1, 1, strangers,
                person, Jsonb({"recipient": person, "strangers": strangers}), b"\0" * 16, "",
            )  # fmt: skip

    copy_in(
        "cases_evidenceitem",
        [
            "occurred_at", "id", "source_id", "sender_id", "account_id", "stage", "kind", "origin",
            "recorded_at", "weight", "people", "strangers", "counterpart", "data", "digest",
            "corrects",
        ],
        rows(),
    )  # fmt: skip
