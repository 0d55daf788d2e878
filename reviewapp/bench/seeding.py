"""Rows in bulk, shaped like real ones, written by COPY."""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from cases.enums import Surface
from cases.models import Account
from reviewapp.kernel import encryption
from reviewapp.kernel.ids import evidence_id, uuid7
from reviewapp.kernel.refs import next_refs
from reviewapp.staff.models import Source, User

# The shares of accounts: large countries, small ones, and some that hardly have any.
COUNTRIES = {
    "IN": 0.38, "BR": 0.18, "ID": 0.13, "MX": 0.09, "NG": 0.07, "PK": 0.06, "EG": 0.04,
    "DE": 0.03, "KE": 0.015, "PT": 0.004, "UY": 0.0009, "LU": 0.0001,
}  # fmt: skip
_KEYS = 500


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


class Person(NamedTuple):
    """Of an account what the rows about it repeat."""

    id: UUID
    ref: str
    country: str
    surface: str


def accounts(count: int, *, at: datetime) -> list[Person]:
    """`count` accounts with a phone number each, in countries of very different sizes."""
    chance = random.Random(count)  # noqa: S311 - rows for measuring, the same each time
    people = [
        Person(uuid7(), ref, country, surface)
        for ref, country, surface in zip(
            next_refs("A", count),
            chance.choices(list(COUNTRIES), list(COUNTRIES.values()), k=count),
            chance.choices(Surface.values, (0.95, 0.05), k=count),
            strict=True,
        )
    ]
    # Making a key and sealing with it takes longer than all else about a row, and a page opens
    # as many of them whether they differ or not.
    sealed = []
    for number in range(min(count, _KEYS)):
        key = encryption.new_key()
        phone = encryption.seal(f"+9198{number:08}", key=key, context="account.phone")
        sealed.append((key, phone))

    def rows() -> Iterable[Sequence[Any]]:
        registered_at = at - timedelta(days=90)
        for number, person in enumerate(people):
            key, phone = sealed[number % len(sealed)]
            index = encryption.blind_index(f"+9198{number:08}", purpose="account.phone")
            yield (
                person.id, person.ref, f"bench-{person.ref}", key, phone, index, person.country,
                "+91", person.surface, "PERSONAL", "en", registered_at, 0, at, at,
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
    return people


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
