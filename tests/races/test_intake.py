"""Batches that meet each other: real threads on real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from cases import opening
from cases.models import Account, Case, Detection, Detector, Enforcement, EvidenceItem, Queue
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import Source
from tests.cases.sending import a_ban, a_detection, an_account, an_item, send
from tests.conftest import NOON, client_with
from tests.factories import create_key, create_source, create_user

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 4


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run `calls` in threads that start together; what each returned."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def secret_of(name: str, **fields: Any) -> str:
    source = Source.objects.filter(name=name).first() or create_source(name=name, **fields)
    return create_key(source=source, at=NOON).secret


def sending(secret: str, what: str, *rows: Any) -> Callable[[], dict[str, Any]]:
    def call() -> dict[str, Any]:
        answer = send(client_with(secret), what, *rows)
        assert answer.status_code in (200, 422), answer.content
        found: dict[str, Any] = answer.json()
        return found

    return call


class TestTheSameBatchAtOnce:
    """A sender that retries before it was answered."""

    def test_of_evidence_goes_in_once(self) -> None:
        secret = secret_of("spam-models")
        rows = [an_item(id=f"i{n}", account=f"a{n % 7}") for n in range(200)]

        answers = at_once(*[sending(secret, "evidence", *rows)] * THREADS)

        assert sum(answer["accepted"] for answer in answers) == 200
        assert sum(answer["duplicates"] for answer in answers) == 200 * (THREADS - 1)
        assert EvidenceItem.objects.count() == 200
        assert Account.objects.count() == 7

    def test_in_another_order_does_not_deadlock(self) -> None:
        secret = secret_of("spam-models")
        rows = [an_item(id=f"i{n}", account=f"a{n}") for n in range(150)]

        answers = at_once(
            *[
                sending(secret, "evidence", *(rows if turn % 2 else reversed(rows)))
                for turn in range(THREADS)
            ]
        )

        assert sum(answer["accepted"] for answer in answers) == 150

    def test_of_accounts_makes_each_once(self) -> None:
        secrets = [secret_of(f"source-{n}") for n in range(THREADS)]
        rows = [an_account(id=f"a{n}", phone=f"+9198765432{n:02}") for n in range(50)]

        at_once(
            *[
                sending(secret, "accounts", *(rows if turn % 2 else reversed(rows)))
                for turn, secret in enumerate(secrets)
            ]
        )

        assert Account.objects.count() == 50
        assert all(account.phone() for account in Account.objects.all())

    def test_of_detections_is_answered_the_same_to_all(self) -> None:
        secret = secret_of("spam-models")
        rows = [a_detection(id=f"d{n}", account=f"a{n % 5}") for n in range(30)]
        rows += [a_ban(id=f"b{n}", account=f"b{n % 5}") for n in range(30)]

        answers = at_once(*[sending(secret, "detections", *rows)] * THREADS)

        assert sum(answer["accepted"] for answer in answers) == 60
        told = [
            [(row["id"], row.get("case"), row.get("enforcement")) for row in answer["results"]]
            for answer in answers
        ]
        assert all(each == told[0] for each in told)
        assert Detection.objects.count() == 60
        assert Case.objects.count() == 5
        assert Enforcement.objects.count() == 30
        assert LedgerEntry.objects.filter(kind="decision.made").count() == 30


class TestDetectionsAtOnce:
    def test_of_several_sources_open_one_case(self) -> None:
        secrets = [secret_of(f"source-{n}") for n in range(THREADS)]

        answers = at_once(
            *[
                sending(secret, "detections", a_detection(id="x", detector=f"d-{n}"))
                for n, secret in enumerate(secrets)
            ]
        )

        case = Case.objects.get()
        assert {answer["results"][0]["case"] for answer in answers} == {case.ref}
        assert case.detection_count == THREADS
        assert case.version == THREADS
        assert LedgerEntry.objects.filter(kind="case.opened").count() == 1
        assert LedgerEntry.objects.filter(kind="case.joined").count() == THREADS - 1

    def test_and_a_case_opened_by_hand_are_one_case(self) -> None:
        secret = secret_of("spam-models")
        send(client_with(secret), "accounts", an_account())
        account = Account.objects.get()
        ada = create_user(name="Ada")
        queue = Queue.objects.get(slug="general")

        def by_hand() -> str:
            try:
                return opening.open_by_hand(
                    account=account, by=ada, reason="Seen.", queue=queue, at=timezone.now()
                ).ref
            except opening.AlreadyOpen as refusal:
                return refusal.ref

        ref, answer = at_once(by_hand, sending(secret, "detections", a_detection()))

        assert Case.objects.get().ref == ref == answer["results"][0]["case"]

    def test_hand_out_each_sequence_number_once(self) -> None:
        secrets = [secret_of(f"source-{n}") for n in range(THREADS)]

        at_once(
            *[
                sending(
                    secret,
                    "detections",
                    *(
                        a_ban(id=f"b{number}", account=f"a{number % 3}", detector=f"d-{n}")
                        for number in range(30)
                    ),
                )
                for n, secret in enumerate(secrets)
            ]
        )

        for account in Account.objects.all():
            numbers = account.enforcements.values_list("sequence", flat=True)
            assert sorted(numbers) == list(range(1, 10 * THREADS + 1))
            assert account.last_sequence == 10 * THREADS

    def test_never_register_more_detectors_than_a_source_may_have(self) -> None:
        secret = secret_of("spam-models", detector_limit=3)

        at_once(
            *[
                sending(
                    secret,
                    "detections",
                    *(a_detection(id=f"{n}-{m}", detector=f"d-{n}-{m}") for m in range(2)),
                )
                for n in range(THREADS)
            ]
        )

        assert Detector.objects.count() == 3

    def test_give_a_detector_s_name_to_one_source(self) -> None:
        secrets = [secret_of(f"source-{n}") for n in range(THREADS)]

        answers = at_once(*[sending(secret, "detections", a_detection()) for secret in secrets])

        assert sum(answer["accepted"] for answer in answers) == 1
        assert Detector.objects.count() == Detection.objects.count() == 1
