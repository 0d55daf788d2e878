"""Codes asked for and entered at once: real threads on real connections."""

import pytest

from appeals import challenging
from appeals.challenging import CodeUsed, TooManyCodes, TooManyTries, WrongCode
from appeals.models import Challenge
from cases.models import Account
from cases.platform import FakePlatform
from tests.cases.factories import NOON, make_account, make_enforcement
from tests.races.test_cases import at_once

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "+919876500001"


def ask() -> Challenge:
    return challenging.ask(number=PHONE, address="203.0.113.7", at=NOON)


@pytest.fixture
def challenge(db: None) -> Challenge:
    make_enforcement(account=make_account(phone=PHONE))
    challenge = ask()
    challenging.deliver_due(platform=FakePlatform(), clock=lambda: NOON)
    return challenge


class TestCodesAtOnce:
    def test_let_one_in(self, challenge: Challenge) -> None:
        """The same code, entered in six windows."""

        def enter() -> Account:
            return challenging.answer(challenge=challenge.pk, code=challenge.code(), at=NOON)

        results = at_once(*[enter] * 6)

        assert sum(isinstance(each, Account) for each in results) == 1
        assert sum(isinstance(each, CodeUsed) for each in results) == 5

    def test_are_tried_no_more_than_five_times(self, challenge: Challenge) -> None:
        wrong = f"{(int(challenge.code()) + 1) % 10**8:08}"

        results = at_once(
            *[lambda: challenging.answer(challenge=challenge.pk, code=wrong, at=NOON)] * 8
        )

        left = sorted(each.tries_left for each in results if isinstance(each, WrongCode))
        assert left == [1, 2, 3, 4]
        assert sum(isinstance(each, TooManyTries) for each in results) == 4

    def test_are_asked_for_no_more_than_four_times(self, challenge: Challenge) -> None:
        results = at_once(*[ask] * 8)

        # The fixture's was the first.
        assert sum(isinstance(each, Challenge) for each in results) == 3
        assert sum(isinstance(each, TooManyCodes) for each in results) == 5

    def test_are_sent_once_by_two_workers(self, challenge: Challenge) -> None:
        for each in range(5):
            phone = f"+9198765100{each:02}"
            make_enforcement(account=make_account(external_id=f"wa-{each}", phone=phone))
            challenging.ask(number=phone, address=f"10.0.{each}.1", at=NOON)
        platform = FakePlatform()

        at_once(*[lambda: challenging.deliver_due(platform=platform, clock=lambda: NOON)] * 3)

        assert {len(codes) for codes in platform.codes.values()} == {1}
        assert set(platform.calls.values()) == {1}
        assert len(platform.codes) == 5
