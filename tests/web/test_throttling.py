from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from reviewapp.web.throttling import spend
from tests.conftest import NOON


@pytest.mark.django_db
class TestAnAllowance:
    def test_lasts_for_a_minute_and_begins_anew(self) -> None:
        waits = [spend("key", limit=2, now=NOON + timedelta(seconds=each)) for each in (0, 10, 20)]
        later = spend("key", limit=2, now=NOON + timedelta(seconds=60))

        assert waits == [0, 0, 40]
        assert later == 0


@pytest.mark.django_db(transaction=True)
def test_an_allowance_is_never_overspent_by_coming_all_at_once() -> None:
    def come(_: int) -> bool:
        try:
            return spend("key", limit=10, now=NOON) == 0
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        passed = list(threads.map(come, range(40)))

    assert sum(passed) == 10
