import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from psycopg.types.json import Jsonb

from reviewapp.kernel.ids import uuid7
from reviewapp.ledger.kinds import KINDS, UnknownKind

_COLUMNS = (
    'recorded_at, id, happened_at, kind, actor, account, "case", country_prefix, surface, stage,'
    " detector, detector_version, policy, action, outcome, maker, particulars"
)
# For the rare statement that must write its lines itself: the columns that a SELECT has to follow.
INSERT_LINES = (
    'INSERT INTO ledger_entry (recorded_at, id, happened_at, kind, actor, account, "case")'
)
_INSERT = f"INSERT INTO ledger_entry ({_COLUMNS}) VALUES ({', '.join(['%s'] * 17)})"  # noqa: S608 - names of our own tables and columns
_COPY = f"COPY ledger_entry ({_COLUMNS}) FROM STDIN"
_dumps = partial(json.dumps, cls=DjangoJSONEncoder, allow_nan=False)


@dataclass(slots=True, frozen=True)
class Entry:
    """What is to be recorded: who (`actor`) did what (`kind`), and what reports group by.

    Everything is a ref, an enum's value or a figure; `particulars` too: no names, no free text.
    """

    kind: str
    actor: str
    happened_at: datetime
    account: str = ""
    case: str = ""
    country_prefix: str = ""
    surface: str = ""
    stage: str = ""
    detector: str = ""
    detector_version: str = ""
    policy: str = ""
    action: str = ""
    outcome: str = ""
    maker: str = ""
    particulars: Mapping[str, Any] = field(default_factory=dict)


def record(entry: Entry, *, at: datetime) -> None:
    """Add `entry` to the ledger, in the caller's transaction. See `record_all`."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, _row(entry, at))


def record_all(entries: Iterable[Entry], *, at: datetime) -> None:
    """Add `entries` to the ledger in their order, in the caller's transaction, by one COPY.

    They stand if the transaction does, and get their place and seal within seconds of its commit.
    Raises `UnknownKind`, before anything is sent, for a kind that is not in `kinds.KINDS`.
    """
    rows = [_row(entry, at) for entry in entries]
    if len(rows) < 2:
        with connection.cursor() as cursor:
            for row in rows:
                cursor.execute(_INSERT, row)
        return
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(_COPY) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _row(entry: Entry, at: datetime) -> tuple[Any, ...]:
    if entry.kind not in KINDS:
        raise UnknownKind(f"{entry.kind!r} is not a kind of ledger entry.")
    return (
        at,
        uuid7(),
        entry.happened_at,
        entry.kind,
        entry.actor,
        entry.account,
        entry.case,
        entry.country_prefix,
        entry.surface,
        entry.stage,
        entry.detector,
        entry.detector_version,
        entry.policy,
        entry.action,
        entry.outcome,
        entry.maker,
        Jsonb(entry.particulars, _dumps),
    )
