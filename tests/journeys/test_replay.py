"""Real texts and calls of ordinary people, replayed, looked at, and dismissed."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases import claiming, deciding
from cases.enums import Confidence, Outcome
from cases.models import Case
from reviewapp.demo import replaying
from reviewapp.demo.copenhagen import DEFAULT_START
from reviewapp.ledger.sealing import seal_pending
from reviewapp.staff.models import User
from tests.cases.sending import post, send

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (DATA / "cns_sms.csv").is_file(),
        reason="the Copenhagen study's files are not in ../shared/data",
    ),
]


def batches(rows: list[Any], size: int) -> Iterator[list[Any]]:
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def dismiss(case: Case, by: User) -> None:
    now = timezone.now()
    claiming.take(case=case, by=by, now=now)
    case.refresh_from_db()
    deciding.decide(
        case=case,
        by=by,
        at=now,
        seen_version=case.version,
        outcome=Outcome.NO_VIOLATION,
        action="",
        until=None,
        clauses=[],
        rationale="Two friends who write fast.",
        reason="",
        locale="en",
        confidence=Confidence.HIGH,
        cited=[],
    )


def test_four_ordinary_people_are_queued_and_dismissed(
    api: Client, ada: User, asha: User, signed_in: Callable[[User], Client]
) -> None:
    judged = replaying.judge(replaying.read([DATA], start=DEFAULT_START))
    recording = judged.recording
    for rows in batches(recording.accounts, 1_000):
        assert send(api, "accounts", *rows).json()["rejected"] == []
    accepted = 0
    for rows in batches(recording.evidence, 5_000):
        body = "\n".join(map(json.dumps, rows))
        answer = post(api, "evidence", body, "application/x-ndjson").json()
        assert answer["rejected"] == []
        accepted += answer["accepted"]
    for rows in batches(recording.detections, 1_000):
        assert send(api, "detections", *rows).json()["rejected"] == []
    assert (len(recording.accounts), accepted) == (608, 24_333 + 3_600)

    cases = list(Case.objects.select_related("account"))
    assert len(cases) == 4
    wrote_to = defaultdict(set)
    for row in recording.evidence:
        wrote_to[row["account"]].add(row["data"]["recipient"])
    assert max(len(wrote_to[case.account.external_id]) for case in cases) <= 10

    for case in cases:
        assert signed_in(ada).get(f"/cases/{case.ref}/").status_code == 200
        dismiss(case, ada)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    seal_pending(now=timezone.now())

    labels = api.get("/api/v1/labels").json()["items"]
    assert {row["account"] for row in labels} == {case.account.external_id for case in cases}
    assert {row["label"] for row in labels} == {"NO_VIOLATION"}
    page = signed_in(asha).get("/detectors/").content.decode()
    [detector] = {row["detector"] for row in labels}
    assert detector in page
    assert f"0 of {len(labels)}" in page
