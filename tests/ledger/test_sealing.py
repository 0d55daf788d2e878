import threading
from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test import override_settings

from reviewapp.ledger import tasks
from reviewapp.ledger.heads import NO_HEAD, chain, microseconds
from reviewapp.ledger.keys import public_keys, signature_fits
from reviewapp.ledger.leaves import tree_root
from reviewapp.ledger.models import LedgerEntry, Place, Seal, Unplaced
from reviewapp.ledger.sealing import _LOCK, RUN, seal_pending
from reviewapp.ledger.verifying import verify
from tests.ledger.forging import forge
from tests.ledger.lines import NOON, record_lines

SECOND = timedelta(seconds=1)


@pytest.mark.django_db
class TestSealing:
    def test_gives_every_entry_a_place_in_the_order_of_recording(self):
        record_lines(3)
        record_lines(2, at=NOON + SECOND)

        assert seal_pending(now=NOON + SECOND) == 5
        assert list(Place.objects.order_by("sequence").values_list("sequence", "entry_id")) == list(
            enumerate(LedgerEntry.objects.order_by("id").values_list("id", flat=True), start=1)
        )
        assert not Unplaced.objects.exists()

    def test_closes_each_run_under_a_signed_head_that_follows_from_the_one_before(self):
        for number in range(3):
            record_lines(number + 1)
            seal_pending(now=NOON + number * SECOND)

        previous_head, next_place = NO_HEAD, 1
        for number, seal in enumerate(Seal.objects.order_by("number"), start=1):
            places = Place.objects.filter(
                sequence__range=(seal.first_sequence, seal.last_sequence)
            ).order_by("sequence")
            assert (seal.number, seal.first_sequence) == (number, next_place)
            assert seal.root == tree_root([bytes(place.leaf) for place in places])
            assert seal.head == chain(
                previous_head=previous_head,
                number=number,
                first_sequence=seal.first_sequence,
                last_sequence=seal.last_sequence,
                root=seal.root,
                sealed_at=microseconds(NOON + (number - 1) * SECOND),
            )
            assert signature_fits(
                head=seal.head, signature=seal.signature, by=public_keys()[seal.key_id]
            )
            previous_head, next_place = seal.head, seal.last_sequence + 1
        assert next_place == 7

    def test_does_nothing_when_nothing_waits(self):
        assert seal_pending(now=NOON) == 0
        assert not Seal.objects.exists()

    def test_works_a_backlog_off_in_runs(self):
        record_lines(RUN + 500)

        assert seal_pending(now=NOON) == RUN + 500
        assert list(
            Seal.objects.order_by("number").values_list("first_sequence", "last_sequence")
        ) == [(1, RUN), (RUN + 1, RUN + 500)]

    def test_seals_no_more_than_it_is_asked_to(self):
        record_lines(10)

        assert [seal_pending(now=NOON, limit=4) for _ in range(4)] == [4, 4, 2, 0]
        assert verify(now=NOON).entries == 10

    def test_passes_over_an_entry_that_is_gone_or_placed_already(self):
        record_lines(2)
        seal_pending(now=NOON)
        record_lines(3)
        forge("DELETE FROM ledger_entry WHERE account = 'A-3'")
        forge("INSERT INTO ledger_unplaced SELECT entry_id, recorded_at FROM ledger_place LIMIT 1")

        assert [seal_pending(now=NOON, limit=1) for _ in range(3)] == [1, 1, 0]
        assert Unplaced.objects.count() == 2

    def test_signs_with_the_present_key_and_keeps_the_former_ones_seals(self):
        record_lines(1)
        seal_pending(now=NOON)
        former = next(iter(public_keys().values())).public_bytes_raw()

        with override_settings(SEAL_KEY=b"k" * 32, SEAL_PUBLIC_KEYS=[former]):
            record_lines(1)
            seal_pending(now=NOON)

            assert verify(now=NOON).seals == 2
        assert Seal.objects.values("key_id").distinct().count() == 2

    def test_is_done_by_the_task(self):
        record_lines(1)
        tasks.seal()

        assert Place.objects.count() == 1


def another_connection() -> psycopg.Connection:
    """A connection of its own, as another process would have."""
    return psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None})


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def record_elsewhere(other: psycopg.Connection, account: str) -> None:
    other.execute(
        "INSERT INTO ledger_entry (recorded_at, id, happened_at, kind, actor, account)"
        " VALUES (%s, gen_random_uuid(), %s, 'decision.made', 'worker', %s)",
        [NOON, NOON, account],
    )


def accounts_in_order() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account FROM ledger_place place JOIN ledger_entry entry"
            " ON entry.id = entry_id ORDER BY sequence"
        )
        return [account for (account,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
class TestSealingBesideOthers:
    """Real connections, committing in whatever order they do."""

    def test_misses_no_entry_that_commits_after_later_ones_were_sealed(self):
        with another_connection() as slow:
            record_elsewhere(slow, "A-slow")
            record_lines(1, account="A-quick")
            assert seal_pending(now=NOON) == 1
            slow.commit()

        assert seal_pending(now=NOON) == 1
        assert accounts_in_order() == ["A-quick", "A-slow"]
        assert verify(now=NOON).entries == 2

    def test_leaves_the_work_to_the_sealer_that_is_at_it(self):
        record_lines(3)
        with another_connection() as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            assert seal_pending(now=NOON) == 0

        assert seal_pending(now=NOON) == 3

    def test_leaves_nothing_half_done_when_it_is_killed(self):
        record_lines(3)

        with another_connection() as other, transaction.atomic():
            seal_pending(now=NOON)
            other.execute("SELECT pg_terminate_backend(%s)", [backend()])
            with pytest.raises(OperationalError):
                Seal.objects.count()
            connection.close()

        assert not Place.objects.exists()
        assert seal_pending(now=NOON) == 3

    def test_seals_each_entry_once_while_many_record_and_many_seal(self):
        recorders, sealers, done = 3, 3, threading.Event()
        failures: list[Exception] = []

        def recorder() -> None:
            for _ in range(20):
                record_lines(5)

        def sealer() -> None:
            while not done.is_set():
                seal_pending(now=NOON, limit=40)

        def run(work) -> None:
            try:
                work()
            except Exception as failure:  # noqa: BLE001 - whatever a thread met is shown below
                failures.append(failure)
            finally:
                connection.close()

        sealing = [threading.Thread(target=run, args=[sealer]) for _ in range(sealers)]
        recording = [threading.Thread(target=run, args=[recorder]) for _ in range(recorders)]
        for thread in sealing + recording:
            thread.start()
        for thread in recording:
            thread.join()
        done.set()
        for thread in sealing:
            thread.join()
        seal_pending(now=NOON)

        assert failures == []
        verified = verify(now=NOON)
        assert (verified.entries, verified.waiting) == (recorders * 20 * 5, 0)

    def test_lets_the_ledger_be_verified_meanwhile(self):
        record_lines(200)
        seal_pending(now=NOON, limit=100)
        figures = []

        def verifier() -> None:
            try:
                figures.append(verify(now=NOON))
            finally:
                connection.close()

        with transaction.atomic():
            seal_pending(now=NOON)
            record_lines(1)
            thread = threading.Thread(target=verifier)
            thread.start()
            thread.join(timeout=20)

        assert [(each.entries, each.waiting) for each in figures] == [(100, 100)]
