"""Noor and Ravi answer appeals, grievances and orders. What people sent is gone after each test."""

from collections.abc import Iterator

import pytest
from django.core.files.storage import default_storage

from reviewapp.staff.models import User
from reviewapp.staff.roles import Role
from tests.factories import create_user


@pytest.fixture
def noor(db: None) -> User:
    return create_user(name="Noor", roles=[Role.APPEALS, Role.GRIEVANCE_OFFICER])


@pytest.fixture
def ravi(db: None) -> User:
    return create_user(name="Ravi", roles=[Role.APPEALS, Role.GRIEVANCE_OFFICER])


@pytest.fixture(autouse=True)
def _empty_storage() -> Iterator[None]:
    yield
    _empty("")


def _empty(folder: str) -> None:
    folders, names = default_storage.listdir(folder)
    for name in names:
        default_storage.delete(f"{folder}{name}")
    for each in folders:
        _empty(f"{folder}{each}/")
