from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from reviewapp.web.allowances import Limit, spend
from reviewapp.web.forgetting import forget_expired
from reviewapp.web.models import Allowance
from tests.conftest import NOON


@pytest.mark.django_db
def test_what_expired_is_forgotten_and_nothing_else() -> None:
    for each, hours in enumerate((-1, 1)):
        Session.objects.create(
            session_key=f"session-{each}",
            session_data="",
            expire_date=NOON + timedelta(hours=hours),
        )
    spend(Limit("long ago", 1, timedelta(minutes=1)), now=NOON - timedelta(hours=1))
    spend(Limit("just now", 1, timedelta(minutes=1)), now=NOON)

    assert forget_expired(now=NOON) == 2
    assert [session.session_key for session in Session.objects.all()] == ["session-1"]
    assert [allowance.name for allowance in Allowance.objects.all()] == ["just now"]
