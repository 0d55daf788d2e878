from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from reviewapp.web.allowances import Limit, spend
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


@pytest.mark.django_db
class TestAnAllowance:
    def test_lasts_for_its_window_and_begins_anew(self) -> None:
        key = Limit("key", 2, MINUTE)
        waits = [spend(key, now=NOON + timedelta(seconds=each)) for each in (0, 10, 20)]
        later = spend(key, now=NOON + timedelta(seconds=60))

        assert waits == [0, 0, 40]
        assert later == 0

    def test_is_spent_of_several_at_once_and_the_longest_wait_counts(self) -> None:
        hour, day = Limit("b", 2, timedelta(hours=1)), Limit("a", 1, timedelta(days=1))

        assert spend(hour, day, now=NOON) == 0
        assert spend(hour, now=NOON) == 0
        assert spend(hour, day, now=NOON) == timedelta(days=1).total_seconds()

    def test_is_not_spent_by_what_is_rolled_back(self) -> None:
        key = Limit("key", 1, MINUTE)
        for _ in range(3):
            with transaction.atomic():
                assert spend(key, now=NOON) == 0
                transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_an_allowance_is_never_overspent_by_coming_all_at_once() -> None:
    def come(_: int) -> bool:
        try:
            return spend(Limit("key", 10, MINUTE), now=NOON) == 0
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        passed = list(threads.map(come, range(40)))

    assert sum(passed) == 10
