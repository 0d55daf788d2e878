"""Noor and Ravi answer appeals, grievances and orders."""

import pytest

from reviewapp.staff.models import User
from reviewapp.staff.roles import Role
from tests.factories import create_user


@pytest.fixture
def noor(db: None) -> User:
    return create_user(name="Noor", roles=[Role.APPEALS, Role.GRIEVANCE_OFFICER])


@pytest.fixture
def ravi(db: None) -> User:
    return create_user(name="Ravi", roles=[Role.APPEALS, Role.GRIEVANCE_OFFICER])
