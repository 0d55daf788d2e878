"""The cast, the hour, and what every test stands on.

Ada and Bo are analysts. Lena leads. Omar audits. Asha administers.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection, connections
from django.test import Client

from reviewapp.staff import keying
from reviewapp.staff.models import Source, User
from reviewapp.staff.roles import Role
from tests.factories import PASSWORD, create_key, create_source, create_user

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def _flush_past_triggers() -> Iterator[None]:
    """Let the flush after a transactional test empty tables that refuse it.

    Append-only tables refuse TRUNCATE, which is how Django empties a test database. A replica role
    passes the triggers by, for the length of that one transaction. On the class, because a thread
    in which a browser is driven has connections of its own.
    """
    operations: Any = type(connection.ops)
    sql_flush = operations.sql_flush

    def flush(*args: Any, **kwargs: Any) -> list[str]:
        statements = sql_flush(*args, **kwargs)
        return ["SET LOCAL session_replication_role = replica;", *statements] if statements else []

    operations.sql_flush = flush
    yield
    operations.sql_flush = sql_flush


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Close the replica's pool when all is done; its connections would keep the database in use."""
    yield
    connections["replica"].close_pool()  # type: ignore[attr-defined]


def this_database() -> str:
    """The URL of the test database, for another process."""
    held = connection.settings_dict
    who = f"{quote(held['USER'])}:{quote(held['PASSWORD'] or '')}"
    where = f"host={quote(held['HOST'], safe='')}&port={held['PORT']}"
    return f"postgresql://{who}@/{held['NAME']}?{where}"


# The cast


@pytest.fixture
def ada(db: None) -> User:
    return create_user(name="Ada", roles=[Role.ANALYST])


@pytest.fixture
def bo(db: None) -> User:
    return create_user(name="Bo", roles=[Role.ANALYST])


@pytest.fixture
def lena(db: None) -> User:
    return create_user(name="Lena", roles=[Role.LEAD])


@pytest.fixture
def omar(db: None) -> User:
    return create_user(name="Omar", roles=[Role.AUDITOR])


@pytest.fixture
def asha(db: None) -> User:
    return create_user(name="Asha", roles=[Role.ADMIN])


# Machines


@pytest.fixture
def source(db: None) -> Source:
    return create_source(name="spam-models")


@pytest.fixture
def key(source: Source) -> keying.Issued:
    """A key of `source` with every scope: `key.key` is the row, `key.secret` opens doors."""
    return create_key(source=source, at=NOON)


@pytest.fixture
def api(key: keying.Issued) -> Client:
    """A client that presents `key`."""
    return client_with(key.secret)


def client_with(secret: str) -> Client:
    """A client that presents `secret` as its key."""
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """Answers a browser in which the given person is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def password() -> str:
    return PASSWORD
