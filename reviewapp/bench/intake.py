"""Evidence and automated bans over HTTP, beside COPY of the same rows into the same tables."""

import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.db import connection, transaction
from django.utils import timezone

from cases.models import Detection, EvidenceItem
from reviewapp.bench import seeding
from reviewapp.bench.measures import Measure, rate
from reviewapp.bench.serving import CLIENTS, serving
from reviewapp.kernel.refusals import Refused
from reviewapp.staff import keying

EVIDENCE_BATCH = 5_000
DETECTION_BATCH = 1_000
ACCOUNTS = 2_000
# What one ENFORCED detection writes, parents before children.
WRITTEN = (
    "cases_decision",
    "cases_decision_clauses",
    "cases_detection",
    "cases_enforcement",
    "ledger_entry",
)
COUNTING = "cases_evidenceitem_count_hours"


def measure(*, rows: int, say: Callable[[str], None]) -> Iterable[Measure]:
    now = timezone.now()
    seeding.accounts(ACCOUNTS, at=now)
    names = _account_names()
    issued = keying.issue(
        source=seeding.source(), scopes=["intake", "enforced"], by="system", at=now
    )
    seeding.analyze()
    with serving(issued.secret) as client:
        yield _evidence(client, names, rows, now=now, say=say)
        yield _enforced(client, names, rows // 4, now=now, say=say)


def _evidence(
    client: httpx.Client,
    names: Sequence[str],
    rows: int,
    *,
    now: datetime,
    say: Callable[[str], None],
) -> Measure:
    say(f"Sending {rows:,} items of evidence.")
    bodies = [
        b"\n".join(
            json.dumps(_item(names, number, now)).encode()
            for number in range(start, min(start + EVIDENCE_BATCH, rows))
        )
        for start in range(0, rows, EVIDENCE_BATCH)
    ]
    product = _post_all(client, "/api/v1/evidence", bodies, "application/x-ndjson", rows)
    if EvidenceItem.objects.count() != rows:
        raise Refused("Not every item arrived; the rate would be of something else.")
    limit = _copied_again(["cases_evidenceitem"], rows)
    return rate("evidence", unit="rows/s", product=product, limit=limit, at_least=0.3)


def _enforced(
    client: httpx.Client,
    names: Sequence[str],
    rows: int,
    *,
    now: datetime,
    say: Callable[[str], None],
) -> Measure:
    say(f"Sending {rows:,} detections that were enforced.")
    bodies = [
        json.dumps(
            {
                "items": [
                    _detection(names, number, now)
                    for number in range(start, min(start + DETECTION_BATCH, rows))
                ]
            }
        ).encode()
        for start in range(0, rows, DETECTION_BATCH)
    ]
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("TRUNCATE ledger_entry, ledger_unplaced")
    product = _post_all(client, "/api/v1/detections", bodies, "application/json", rows)
    if Detection.objects.count() != rows:
        raise Refused("Not every detection arrived; the rate would be of something else.")
    limit = _copied_again(WRITTEN, rows)
    return rate("ENFORCED detections", unit="rows/s", product=product, limit=limit, at_least=0.2)


def _post_all(
    client: httpx.Client, path: str, bodies: Sequence[bytes], media_type: str, rows: int
) -> float:
    """Rows per second over `CLIENTS` connections; the bodies are made beforehand."""

    def post(body: bytes) -> None:
        answer = client.post(path, content=body, headers={"Content-Type": media_type})
        if answer.status_code != 200 or answer.json()["rejected"]:
            raise Refused(f"{path} answered {answer.status_code}: {answer.text[:300]}")

    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(post, bodies))
    return rows / (time.perf_counter() - started)


def _copied_again(tables: Sequence[str], rows: int) -> float:
    """Rows per second of COPY, one connection, of what the tables hold, into them emptied."""
    kept = {}
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            with cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as copy:  # noqa: S608 - our own tables
                kept[table] = b"".join(bytes(chunk) for chunk in copy)
        cursor.execute("SET LOCAL session_replication_role = replica")
        # What a trigger of the ledger's writes is written again by that trigger.
        cursor.execute(f"TRUNCATE {', '.join(tables)}, ledger_unplaced CASCADE")
        # Counting hours is our own: the limit goes without.
        cursor.execute(f"ALTER TABLE cases_evidenceitem DISABLE TRIGGER {COUNTING}")
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, content in kept.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(content)
    return rows / (time.perf_counter() - started)


def _item(names: Sequence[str], number: int, now: datetime) -> dict[str, Any]:
    chance = random.Random(number)  # noqa: S311 - rows for measuring, the same each time
    return {
        "id": f"bench-{number}",
        "account": names[number % len(names)],
        "stage": "MESSAGING",
        "kind": "message.sent",
        "occurred_at": (now - timedelta(seconds=chance.randrange(30 * 86_400))).isoformat(),
        "data": {
            "recipient": f"person-{chance.randrange(100_000)}",
            "strangers": chance.randrange(2),
            "typing": bool(chance.randrange(2)),
        },
    }


def _detection(names: Sequence[str], number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": f"bench-{number}",
        "account": names[number % len(names)],
        "detector": "message-burst",
        "version": "1.0",
        "stage": "MESSAGING",
        "score": 0.99,
        "policy": "BULK_MESSAGING",
        "verdict": "ENFORCED",
        "action": "PERMANENT_BAN",
        "enforced_at": (now - timedelta(minutes=1)).isoformat(),
        "user_reports_before": 0,
        "reasons": ["100 messages in 15 seconds"],
        "signals": [
            {"name": "MSG_BURST_MAX_15S", "value": 100, "threshold": 60, "unit": "messages"}
        ],
    }


def _account_names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT external_id FROM cases_account ORDER BY id")
        return [name for (name,) in cursor.fetchall()]
