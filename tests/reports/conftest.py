from collections.abc import Iterator

import pytest
import time_machine

from tests.conftest import NOON


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    """Views ask what time it is; here it is noon."""
    with time_machine.travel(NOON, tick=False):
        yield
