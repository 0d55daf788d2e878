import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

from reviewapp.kernel.promises import WAITS, Promise, backoff

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def errand_type():
    with isolate_apps("tests"):

        class Errand(Promise):
            kind = models.TextField(default="walk")

            class Meta:
                app_label = "tests"
                db_table = "tests_errand"

    return Errand


@pytest.fixture
def table(db, errand_type):
    with connection.schema_editor() as editor:
        editor.create_model(errand_type)


@pytest.mark.usefixtures("table")
class TestLease:
    def test_gives_the_longest_due_first(self, errand_type):
        late = errand_type.objects.create(due_at=NOON - MINUTE)
        later = errand_type.objects.create(due_at=NOON - 2 * MINUTE)
        errand_type.objects.create(due_at=NOON)

        assert errand_type.objects.lease(now=NOON, seconds=30, limit=2) == [later.pk, late.pk]

    def test_gives_nothing_before_it_is_due(self, errand_type):
        errand_type.objects.create(due_at=NOON + timedelta(microseconds=1))
        errand_type.objects.create(due_at=None)

        assert errand_type.objects.lease(now=NOON, seconds=30, limit=10) == []

    def test_gives_nothing_twice_while_the_lease_lasts(self, errand_type):
        errand = errand_type.objects.create(due_at=NOON)
        errand_type.objects.lease(now=NOON, seconds=30, limit=10)

        soon, over = NOON + timedelta(seconds=29), NOON + timedelta(seconds=30)
        assert errand_type.objects.lease(now=soon, seconds=30, limit=10) == []
        assert errand_type.objects.lease(now=over, seconds=30, limit=10) == [errand.pk]

    def test_narrows_by_what_the_caller_says(self, errand_type):
        errand_type.objects.create(due_at=NOON, kind="walk")
        run = errand_type.objects.create(due_at=NOON, kind="run")

        leased = errand_type.objects.lease(
            now=NOON,
            seconds=30,
            limit=10,
            where_sql="kind = %s OR kind = %s",
            params=["run", "hop"],
        )

        assert leased == [run.pk]

    def test_is_one_statement(self, errand_type, django_assert_num_queries):
        errand_type.objects.create(due_at=NOON)

        with django_assert_num_queries(1):
            errand_type.objects.lease(now=NOON, seconds=30, limit=10)

    def test_gives_each_promise_a_key_of_its_own(self, errand_type):
        errand_type.objects.bulk_create(errand_type(due_at=NOON) for _ in range(100))

        assert errand_type.objects.values("key").distinct().count() == 100


@pytest.mark.django_db(transaction=True)
class TestLeaseInARace:
    """Workers on many connections, as they are in life."""

    @pytest.fixture(autouse=True)
    def standing_table(self, table, errand_type):
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(errand_type)

    def test_never_gives_two_workers_one_promise(self, errand_type):
        errand_type.objects.bulk_create(errand_type(due_at=NOON) for _ in range(600))
        start = threading.Barrier(6)
        taken: list[list[int]] = []

        def worker() -> None:
            mine: list[int] = []
            start.wait()
            try:
                while leased := errand_type.objects.lease(now=NOON, seconds=30, limit=7):
                    mine += leased
            finally:
                taken.append(mine)
                connection.close()

        threads = [threading.Thread(target=worker) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        everything = [key for mine in taken for key in mine]
        assert len(everything) == len(set(everything)) == 600

    def test_passes_over_rows_that_another_transaction_holds(self, errand_type):
        held = errand_type.objects.create(due_at=NOON - MINUTE)
        free = errand_type.objects.create(due_at=NOON)
        leased: list[int] = []

        def other_worker() -> None:
            try:
                leased.extend(errand_type.objects.lease(now=NOON, seconds=30, limit=10))
            finally:
                connection.close()

        with transaction.atomic():
            errand_type.objects.select_for_update().get(pk=held.pk)
            thread = threading.Thread(target=other_worker)
            thread.start()
            thread.join(timeout=10)

        assert leased == [free.pk]


class TestBackoff:
    def test_tries_for_about_three_days_and_then_gives_up(self):
        rng = random.Random(7)
        waits = [backoff(attempt, rng=rng) for attempt in range(1, len(WAITS) + 1)]

        assert timedelta(days=2.5) < sum(waits, timedelta()) < timedelta(days=3.6)
        assert backoff(len(WAITS) + 1, rng=rng) is None

    def test_waits_longer_each_time_but_never_the_same(self):
        rng = random.Random(7)
        first = {backoff(1, rng=rng) for _ in range(50)}
        second = {backoff(2, rng=rng) for _ in range(50)}

        assert len(first) > 40
        assert max(first) < min(second)
        assert timedelta(seconds=4.5) <= min(first) < max(first) <= timedelta(seconds=5.5)
