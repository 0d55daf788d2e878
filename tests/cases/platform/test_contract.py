"""What every platform does with what it is asked, in memory and over HTTP alike."""

from collections.abc import Iterator

import pytest

from cases.delivering import Message, Result
from reviewapp.demo.platform import StandInPlatform, serving
from tests.cases.platform.platforms import (
    NOON,
    OLD,
    InMemory,
    Messenger,
    OverHttp,
    challenge,
    lift,
    notification,
    order,
)


@pytest.fixture(params=["in memory", "over HTTP"])
def platform(request: pytest.FixtureRequest) -> Iterator[Messenger]:
    if request.param == "in memory":
        yield InMemory()
        return
    standin = StandInPlatform([OLD])
    with serving(standin) as server:
        yield OverHttp(standin, server)


class TestAnyPlatform:
    def test_does_what_it_is_asked_and_says_so(self, platform: Messenger) -> None:
        answer = platform.send(order(1))

        assert (answer.status, answer.result) == (200, Result.APPLIED)
        assert platform.in_force("m1") == [("E-1", "PERMANENT_BAN")]

    def test_may_only_acknowledge_what_it_does(self, platform: Messenger) -> None:
        platform.only_acknowledges()

        answer = platform.send(order(1))

        assert (answer.status, answer.result) == (202, Result.ACKNOWLEDGED)
        assert platform.in_force("m1") == [("E-1", "PERMANENT_BAN")]

    def test_takes_the_same_key_for_the_same_message(self, platform: Messenger) -> None:
        first = platform.send(order(1))
        platform.send(lift(2, lifts="E-1"))

        again = platform.send(order(1))

        assert (again.status, again.text) == (first.status, first.text)
        assert platform.in_force("m1") == []

    def test_refuses_another_message_under_a_known_key(self, platform: Messenger) -> None:
        platform.send(order(1))

        answer = platform.send(order(2, key="key-1"))

        assert (answer.status, answer.result) == (422, Result.REFUSED)
        assert platform.in_force("m1") == [("E-1", "PERMANENT_BAN")]

    def test_obeys_only_a_higher_sequence(self, platform: Messenger) -> None:
        platform.send(lift(2, lifts="E-1"))

        late = platform.send(order(1))
        equal = platform.send(order(2, key="another"))

        assert [late.result, equal.result] == [Result.IGNORED, Result.IGNORED]
        assert platform.in_force("m1") == []

    def test_counts_sequences_by_account(self, platform: Messenger) -> None:
        platform.send(order(7))
        platform.send(order(1, account="m2"))
        assert platform.in_force("m2") == [("E-1", "PERMANENT_BAN")]

    def test_holds_a_set_of_restrictions(self, platform: Messenger) -> None:
        platform.send(order(1, action="RATE_LIMIT"))
        platform.send(order(2, action="TEMPORARY_BAN", until="2026-03-12T12:00:00+00:00"))
        platform.send(order(3))
        assert platform.in_force("m1") == [
            ("E-1", "RATE_LIMIT"),
            ("E-2", "TEMPORARY_BAN"),
            ("E-3", "PERMANENT_BAN"),
        ]

    def test_lifts_exactly_what_a_lift_names(self, platform: Messenger) -> None:
        platform.send(order(1, action="RATE_LIMIT"))
        platform.send(order(2))

        answer = platform.send(lift(3, lifts="E-1"))

        assert answer.result is Result.APPLIED
        assert platform.in_force("m1") == [("E-2", "PERMANENT_BAN")]

    def test_lifts_nothing_where_the_named_one_is_not_in_force(self, platform: Messenger) -> None:
        platform.send(order(1))

        answer = platform.send(lift(2, lifts="E-0"))

        assert answer.result is Result.APPLIED
        assert platform.in_force("m1") == [("E-1", "PERMANENT_BAN")]

    def test_restricts_nobody_by_a_warning(self, platform: Messenger) -> None:
        platform.send(order(1))

        answer = platform.send(order(2, action="WARN"))

        assert answer.result is Result.APPLIED
        assert platform.in_force("m1") == [("E-1", "PERMANENT_BAN")]

    def test_tells_a_person_once(self, platform: Messenger) -> None:
        answers = [platform.send(notification()) for _ in range(2)]

        assert [answer.result for answer in answers] == [Result.APPLIED] * 2
        assert platform.told("m1") == ["आपका खाता बंद है"]

    def test_shows_a_person_their_code_once(self, platform: Messenger) -> None:
        answers = [platform.send(challenge()) for _ in range(2)]

        assert [answer.result for answer in answers] == [Result.APPLIED] * 2
        assert platform.codes("m1") == ["01234567"]

    @pytest.mark.parametrize(
        "message",
        [
            order(1, enforcement=""),
            order(1, action=""),
            order(1, account=""),
            Message("key-1", "enforcement.requested", NOON, order(1).data | {"sequence": "1"}),
            lift(1, lifts=""),
            challenge(account=""),
            challenge(challenge=""),
            challenge(code=""),
            Message("key-1", "enforcement.imagined", NOON, order(1).data),
        ],
        ids=[
            *("no enforcement", "no action", "no account", "a text", "lifts nothing"),
            *("a code for nobody", "a code of nothing", "no code", "no type"),
        ],
    )
    def test_refuses_what_it_does_not_understand(
        self, platform: Messenger, message: Message
    ) -> None:
        answer = platform.send(message)

        assert (answer.status, answer.result) == (400, Result.REFUSED)
        assert platform.in_force("m1") == []
        assert platform.codes("m1") == []
        assert platform.send(order(1)).result is Result.APPLIED
