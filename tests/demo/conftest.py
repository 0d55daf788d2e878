"""A month of the simulated messenger, and a small product and platform to speak with."""

from datetime import UTC, datetime

import pytest

from reviewapp.demo.world import World, build_world

UNTIL = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    return build_world(seed=7, until=UNTIL)
