"""The desk's page over many appeals, and filing through the API beside plain inserts."""

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import product as product_of
from typing import Any

import httpx
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appeals.models import Appeal
from reviewapp.bench import disputes, seeding
from reviewapp.bench.measures import Measure, beside, duration, median_ms, medians_ms, rate
from reviewapp.bench.pages import bare, far, get
from reviewapp.bench.serving import CLIENTS, serving
from reviewapp.kernel.refusals import Refused
from reviewapp.staff import keying
from reviewapp.staff.models import User

FEW = 1_000
# In the order of their due times, narrowed by what people narrow it by all day.
DAILY = ("", "state=OPEN", "held=nobody", "held=me", "due=overdue", "due=today", "jurisdiction=IN")
OTHERS = (
    "state=AWAITING_APPROVAL",
    "state=OUT_OF_TIME",
    "state=WITHDRAWN",
    "ground=NOT_BULK_OR_AUTOMATED",
    "ground=PROACTIVE_TECH_OUTSIDE_TERMS",
    "channel=POST",
    "jurisdiction=EU",
    "jurisdiction=EU&ground=ACCOUNT_COMPROMISED",
    "action=FEATURE_LIMIT",
    "action=TEMPORARY_BAN&channel=EMAIL",
)
DEEP = "20 pages on"
_SYLLABLES = ("ba", "de", "fi", "go", "lu", "ma", "ne", "pi", "ro", "su", "ta", "ve")
_WORDS = ["".join(each) for each in product_of(_SYLLABLES, repeat=3)]
# What an appeal that is filed writes, parents before children.
WRITTEN = ("appeals_appeal", "appeals_statement", "appeals_clock", "ledger_entry")


def measure(*, rows: int, say: Callable[[str], None]) -> Iterable[Measure]:
    now = timezone.now()
    yield from _pages(rows, at=now, say=say)
    yield _filing(min(rows // 100, 4_000), at=now, say=say)


def _pages(rows: int, *, at: datetime, say: Callable[[str], None]) -> Iterator[Measure]:
    disputes.open_appeals(FEW, at=at)
    seeding.analyze()
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(
        User.objects.create_user("appeals@example.org", None, name="Priya", roles=["APPEALS"])
    )
    page = reverse("appeals:queue")
    daily = {query or "as it opens": f"{page}?{query}" for query in DAILY}
    few = {name: median_ms(partial(get, client, url)) for name, url in daily.items()}
    few[DEEP] = median_ms(partial(get, client, far(client, page)))

    say(f"Making {rows:,} open appeals, and {rows // 10:,} that are closed.")
    disputes.open_appeals(rows - FEW, at=at)
    disputes.closed_appeals(rows // 10, at=at)
    seeding.analyze()
    assert Appeal.objects.open().count() == rows

    daily[DEEP] = far(client, page)
    for name, url in daily.items():
        yield duration(
            f"desk's page, {name}", product=median_ms(partial(get, client, url)),
            limit=few[name], ratio_at_most=1.3, or_ms=60,
        )  # fmt: skip
    for query in OTHERS:
        url = f"{page}?{query}"
        product, limit = medians_ms(partial(get, client, url), bare(client, url), times=7)
        yield beside(f"desk's page, {query}", product=product, limit=limit, at_most=250)


# Filing


def _filing(count: int, *, at: datetime, say: Callable[[str], None]) -> Measure:
    say(f"Filing {count:,} appeals through the API.")
    banned = disputes.bans(count, at=at)
    # Each in words of its own: near copies are compared with each other, and a flood is no day.
    chance = random.Random(count)  # noqa: S311 - rows for measuring, the same each time
    issued = keying.issue(source=seeding.source(), scopes=["appeals"], by="system", at=at)
    _empty()
    seeding.analyze()
    bodies = [
        json.dumps(
            {
                "id": f"bench-{number}",
                "account": f"bench-{ban.person.ref}",
                "ground": "NOT_BULK_OR_AUTOMATED",
                "text": " ".join(chance.choices(_WORDS, k=30)),
                "locale": "en",
                "contact": f"person-{number}@example.org",
            }
        ).encode()
        for number, ban in enumerate(banned)
    ]
    with serving(issued.secret) as client:
        product = _file(client, bodies)
    if Appeal.objects.count() != count:
        raise Refused("Not every appeal was filed; the rate would be of something else.")
    return rate(
        "filing appeals", unit="appeals/s", product=product, limit=_inserted_again(),
        at_least=0.2,
    )  # fmt: skip


def _empty() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"TRUNCATE {', '.join(WRITTEN)}, ledger_unplaced CASCADE")


def _file(client: httpx.Client, bodies: Sequence[bytes]) -> float:
    """Appeals per second over `CLIENTS` connections; the bodies are made beforehand."""

    def post(body: bytes) -> None:
        answer = client.post(
            "/api/v1/appeals", content=body, headers={"Content-Type": "application/json"}
        )
        if answer.status_code != 201:
            raise Refused(f"/appeals answered {answer.status_code}: {answer.text[:300]}")

    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(post, bodies))
    return len(bodies) / (time.perf_counter() - started)


def _inserted_again() -> float:
    """Appeals per second of plain inserts of the same rows, a transaction for each appeal."""
    with connection.cursor() as cursor:
        statements = {table: _insert(cursor, table) for table in WRITTEN}
        by_appeal: dict[str, list[tuple[str, str]]] = {}
        for table, key in zip(WRITTEN, ("id", "appeal_id", "appeal_id", None), strict=True):
            named = f"t.{key}::text" if key else "t.particulars ->> 'appeal'"
            cursor.execute(f"SELECT {named}, row_to_json(t)::text FROM {table} t")  # noqa: S608 - our own tables
            for appeal, row in cursor.fetchall():
                by_appeal.setdefault(appeal, []).append((table, row))
        refs = dict(Appeal.objects.values_list("ref", "pk"))
    for ref, pk in refs.items():
        by_appeal[str(pk)] += by_appeal.pop(ref, [])
    by_appeal = {key: rows for key, rows in by_appeal.items() if len(rows) > 1}
    _empty()

    def insert(rows: list[tuple[str, str]]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, row in rows:
                cursor.execute(statements[table], [row])

    def insert_all(share: list[list[tuple[str, str]]]) -> None:
        try:
            for rows in share:
                insert(rows)
        finally:
            connection.close()

    everything = list(by_appeal.values())
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(insert_all, [everything[place::CLIENTS] for place in range(CLIENTS)]))
    return len(everything) / (time.perf_counter() - started)


def _insert(cursor: Any, table: str) -> str:
    """The statement that inserts one row of `table`, given as JSON."""
    cursor.execute(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
        " WHERE table_name = %s AND is_generated = 'NEVER' AND is_identity = 'NO'",
        [table],
    )
    [columns] = cursor.fetchone()
    return (
        f"INSERT INTO {table} ({columns})"  # noqa: S608 - our own tables
        f" SELECT {columns} FROM json_populate_record(NULL::{table}, %s::json)"
    )
