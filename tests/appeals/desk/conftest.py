import pytest

from reviewapp.staff.models import User
from reviewapp.staff.roles import Role
from tests.factories import create_user


@pytest.fixture
def legal(db: None) -> User:
    """Somebody who reads grievances and no appeals."""
    return create_user(name="Lata", roles=[Role.LEGAL])
