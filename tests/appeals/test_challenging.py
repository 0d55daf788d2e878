"""Coming in by a code: asked for alike by everybody, sent to whoever has something to see."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appeals import challenging
from appeals.challenging import (
    CodeExpired,
    CodeMalformed,
    CodeUsed,
    NoNumber,
    NumberTooLong,
    TooManyCodes,
    TooManyTries,
    WrongCode,
)
from appeals.models import Challenge
from cases.delivering import Answer
from cases.enums import EnforcementState
from cases.models import Account
from cases.platform import FakePlatform
from reviewapp.ledger.models import LedgerEntry
from tests.appeals.factories import make_appeal
from tests.cases.factories import NOON, make_account, make_enforcement

pytestmark = pytest.mark.django_db

PHONE = "+919876500001"
HERE = "203.0.113.7"
NEIGHBOUR = "203.0.113.200"
ELSEWHERE = "198.51.100.1"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def banned() -> Account:
    account = make_account(external_id="wa-banned", phone=PHONE)
    make_enforcement(account=account)
    return account


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


def ask(number: str = PHONE, *, address: str = HERE, at=NOON) -> Challenge:
    return challenging.ask(number=number, address=address, at=at)


def send(platform: FakePlatform, *, at=NOON) -> int:
    return challenging.deliver_due(platform=platform, clock=lambda: at)


def wrong(challenge: Challenge) -> str:
    return f"{(int(challenge.code()) + 1) % 10**8:08}"


def answer_wrongly(challenge: Challenge, *, times: int, at=NOON) -> None:
    for _ in range(times):
        with pytest.raises((WrongCode, TooManyTries)):
            challenging.answer(challenge=challenge.pk, code=wrong(challenge), at=at)


class TestSomebodyBanned:
    """Is sent a code, whichever way they write their number, and comes in with it."""

    @pytest.mark.parametrize(
        "number", [PHONE, "+91 98765-00001", "0091 98765 00001", " wa-banned "]
    )
    def test_comes_in_with_the_code_that_was_sent(self, banned, platform, number) -> None:
        challenge = ask(number)
        send(platform)

        (code,) = platform.codes["wa-banned"]

        assert challenging.answer(challenge=challenge.pk, code=code, at=NOON) == banned

    @pytest.mark.parametrize("typed", ["{0} {1}", "{0}-{1}", " {0}{1}\u200b", "hindi"])
    def test_may_type_the_code_as_they_read_it(self, banned, platform, typed) -> None:
        challenge = ask()
        send(platform)
        code = challenge.code()
        if typed == "hindi":
            written = "".join(chr(0x966 + int(digit)) for digit in code)
        else:
            written = typed.format(code[:4], code[4:])

        assert challenging.answer(challenge=challenge.pk, code=written, at=NOON) == banned

    def test_is_sent_it_once_however_often_the_worker_runs(self, banned, platform) -> None:
        ask()

        calls = send(platform), send(platform), send(platform, at=NOON + 5 * MINUTE)

        assert calls == (1, 0, 0)

    def test_uses_a_code_once(self, banned, platform) -> None:
        challenge = ask()
        send(platform)
        challenging.answer(challenge=challenge.pk, code=challenge.code(), at=NOON)

        with pytest.raises(CodeUsed):
            challenging.answer(challenge=challenge.pk, code=challenge.code(), at=NOON)

    def test_has_ten_minutes(self, banned, platform) -> None:
        challenge = ask()
        send(platform)
        end = NOON + 10 * MINUTE

        with pytest.raises(CodeExpired):
            challenging.answer(challenge=challenge.pk, code=challenge.code(), at=end)
        just_in_time = end - timedelta(microseconds=1)
        assert challenging.answer(challenge=challenge.pk, code=challenge.code(), at=just_in_time)

    def test_leaves_a_trail_that_names_no_code(self, banned, platform) -> None:
        challenge = ask()
        send(platform)
        challenging.answer(challenge=challenge.pk, code=challenge.code(), at=NOON)

        lines = LedgerEntry.objects.filter(account=banned.ref, kind__startswith="challenge.")
        assert [each.kind for each in lines.order_by("id")] == [
            "challenge.sent",
            "challenge.passed",
        ]
        assert challenge.code() not in str([each.particulars for each in lines])

    def test_opens_nothing_with_the_code_of_another_challenge(self, banned, platform) -> None:
        first, second = ask(), ask()
        send(platform)

        assert first.code() != second.code()
        with pytest.raises(WrongCode):
            challenging.answer(challenge=first.pk, code=second.code(), at=NOON)


class TestACodeThatCannotBeSent:
    def test_is_tried_again_while_it_is_good(self, banned, platform) -> None:
        challenge = ask()
        platform.answers = [Answer(status=503), Answer(status=None)]

        send(platform)
        send(platform, at=NOON + timedelta(seconds=6))
        assert platform.codes == {}
        # The third attempt is due five minutes later, a tenth more or less.
        send(platform, at=NOON + 6 * MINUTE)

        assert platform.codes == {"wa-banned": [challenge.code()]}
        assert len({message.key for message in platform.received}) == 1

    def test_is_given_up_once_it_is_no_good(self, banned, platform) -> None:
        challenge = ask()

        assert send(platform, at=NOON + 10 * MINUTE) == 0

        challenge.refresh_from_db()
        assert (challenge.state, challenge.due_at) == ("FAILED", None)

    def test_is_given_up_when_refused(self, banned, platform) -> None:
        challenge = ask()
        platform.answers = [Answer(status=404)]

        send(platform)

        challenge.refresh_from_db()
        assert challenge.state == "FAILED"
        assert LedgerEntry.objects.get(kind="challenge.failed").particulars["status"] == 404

    def test_comes_from_another_worker_where_one_died(self, banned, platform) -> None:
        challenge = ask()
        Challenge.objects.lease(now=NOON, seconds=120, limit=1)

        assert send(platform, at=NOON + MINUTE) == 0
        assert send(platform, at=NOON + 2 * MINUTE) == 1
        assert platform.codes == {"wa-banned": [challenge.code()]}


class TestWhoIsSentOne:
    """Whoever has a restriction or an appeal to look at; nobody else."""

    @pytest.mark.parametrize(
        ("state", "sent"),
        [
            (EnforcementState.APPLIED, True),
            (EnforcementState.REQUESTED, True),
            (EnforcementState.FAILED, False),
            (EnforcementState.LIFTED, False),
        ],
    )
    def test_goes_by_what_is_in_force(self, platform, state, sent) -> None:
        account = make_account(external_id="wa-1", phone=PHONE)
        make_enforcement(account=account, state=state)
        ask()

        assert send(platform) == sent

    def test_is_somebody_with_an_appeal_after_the_ban_is_lifted(self, platform) -> None:
        account = make_account(external_id="wa-1", phone=PHONE)
        make_appeal(enforcement=make_enforcement(account=account, state="LIFTED"))
        ask()

        assert send(platform) == 1

    def test_is_the_newest_account_of_a_number(self, platform, banned) -> None:
        newer = make_account(external_id="wa-newer", phone=PHONE, at=NOON + MINUTE)
        make_enforcement(account=newer)
        make_account(external_id="wa-newest", phone=PHONE, at=NOON + 2 * MINUTE)
        ask()

        send(platform)

        assert list(platform.codes) == ["wa-newer"]

    def test_keeps_nobody_waiting_for_those_who_are_not(self, platform, banned) -> None:
        for each in range(20):
            ask(f"nobody-{each}", address=f"10.0.{each}.1")
        ask()

        assert send(platform) == 1
        assert set(Challenge.objects.values_list("state", flat=True)) == {"NOBODY", "SENT"}


class TestFiveWrongCodes:
    """Then this challenge is over, and a pause begins."""

    @pytest.fixture
    def challenge(self, banned, platform) -> Challenge:
        challenge = ask()
        send(platform)
        return challenge

    def test_are_counted_down(self, challenge) -> None:
        left = []
        for _ in range(4):
            with pytest.raises(WrongCode) as refusal:
                challenging.answer(challenge=challenge.pk, code=wrong(challenge), at=NOON)
            left.append(refusal.value.tries_left)

        assert left == [4, 3, 2, 1]
        with pytest.raises(TooManyTries):
            challenging.answer(challenge=challenge.pk, code=wrong(challenge), at=NOON)

    def test_shut_out_the_right_one(self, challenge) -> None:
        answer_wrongly(challenge, times=5)

        with pytest.raises(TooManyTries):
            challenging.answer(challenge=challenge.pk, code=challenge.code(), at=NOON)

    def test_leave_four_for_the_right_one(self, challenge, banned) -> None:
        answer_wrongly(challenge, times=4)

        assert challenging.answer(challenge=challenge.pk, code=challenge.code(), at=NOON) == banned

    def test_are_not_what_is_no_code_at_all(self, challenge) -> None:
        for typed in ("", "1234", "12345678901", "ABCDEFGH", "<script>", "1" * 10_000):
            with pytest.raises(CodeMalformed):
                challenging.answer(challenge=challenge.pk, code=typed, at=NOON)

        challenge.refresh_from_db()
        assert challenge.tries == 0

    def test_begin_a_pause_for_that_number_from_that_network(self, challenge) -> None:
        answer_wrongly(challenge, times=5)
        just_before = NOON + 15 * MINUTE - timedelta(seconds=1)

        for at in (NOON, just_before):
            with pytest.raises(TooManyCodes):
                ask(address=NEIGHBOUR, at=at)

        assert ask(at=NOON + 15 * MINUTE)
        assert ask("wa-other")
        assert ask(address=ELSEWHERE), "who tries elsewhere shuts out nobody here"


class TestTheLimits:
    """Count the same whatever is behind a number."""

    @pytest.mark.parametrize("number", [PHONE, "nobody"])
    def test_are_four_an_hour_for_a_number_from_one_network(self, banned, number) -> None:
        for _ in range(4):
            ask(number)

        with pytest.raises(TooManyCodes) as refusal:
            ask(number, address=NEIGHBOUR)
        assert refusal.value.wait == timedelta(hours=1)
        assert ask(number, address=ELSEWHERE)
        assert ask(number, at=NOON + timedelta(hours=1))

    def test_are_ten_an_hour_for_a_number_from_everywhere(self, banned) -> None:
        for each in range(10):
            ask(address=f"10.0.{each}.1")

        with pytest.raises(TooManyCodes):
            ask(address="10.0.99.1")

    def test_count_a_number_once_however_it_is_written(self, banned) -> None:
        for number in (PHONE, "+91 98765 00001", "00919876500001", "919876500001"):
            ask(number)

        with pytest.raises(TooManyCodes):
            ask("+91-98765-00001")

    @pytest.mark.parametrize(
        ("addresses", "most"),
        [
            ([HERE], 20),
            ([f"203.0.113.{each}" for each in range(256)], 100),
            ([f"2001:db8:1:2::{each:x}" for each in range(1, 256)], 100),
            ([f"::ffff:203.0.113.{each}" for each in range(256)], 100),
        ],
        ids=["an address", "a network", "a network of IPv6", "a network of IPv4 in IPv6"],
    )
    def test_hold_for_an_address_and_its_network(self, addresses, most) -> None:
        for each in range(most):
            ask(f"nobody-{each}", address=addresses[each % len(addresses)])

        with pytest.raises(TooManyCodes):
            ask("nobody", address=addresses[most % len(addresses)])
        assert ask("nobody", address=ELSEWHERE)

    def test_hold_whatever_the_address_is(self) -> None:
        assert ask(address="")
        assert ask(address="unix:")

    def test_are_kept_under_names_that_give_nobody_away(self, banned) -> None:
        ask()

        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(name, ' ') FROM web_allowance")
            (names,) = cursor.fetchone()
        assert HERE not in names
        assert "98765" not in names
        assert Challenge.objects.get().number() == PHONE


class TestWhatWasTyped:
    @pytest.mark.parametrize("number", ["", "   ", "\t\n"])
    def test_may_not_be_nothing(self, number) -> None:
        with pytest.raises(NoNumber):
            ask(number)

    def test_may_not_be_endless(self) -> None:
        with pytest.raises(NumberTooLong):
            ask("9" * 10_000)

    @pytest.mark.parametrize(
        "number", ["' OR 1=1 --", "<script>alert(1)</script>", "\u202e+91", "😀" * 50, "+" * 100]
    )
    def test_may_be_anything_else(self, number, platform) -> None:
        ask(number)

        assert send(platform) == 0


class TestUnknownUnbannedAndBanned:
    """Look alike until the code has been entered: the same is asked of the database."""

    @pytest.fixture
    def numbers(self, banned) -> dict[str, str]:
        make_account(external_id="wa-unbanned", phone="+919876500002")
        return {"unknown": "+919876500003", "unbanned": "+919876500002", "banned": PHONE}

    def test_cost_the_same_queries(self, numbers, platform) -> None:
        asked, refused = {}, {}
        for what, number in numbers.items():
            with CaptureQueriesContext(connection) as captured:
                challenge = ask(number)
            asked[what] = shapes(captured)
            send(platform)
            refused[what] = []
            for _ in range(6):
                with CaptureQueriesContext(connection) as captured:
                    answer_wrongly(challenge, times=1)
                refused[what].append(shapes(captured))

        assert asked["unknown"] == asked["unbanned"] == asked["banned"]
        assert refused["unknown"] == refused["unbanned"] == refused["banned"]

    def test_write_the_same_row(self, numbers) -> None:
        rows = {what: vars(ask(number)) for what, number in numbers.items()}

        differing = {"_state", "id", "key", "wrapped_key", "number_sealed", "number_index"}
        kept = [
            {name: value for name, value in row.items() if name not in differing}
            for row in rows.values()
        ]
        assert kept[0] == kept[1] == kept[2]
        lengths = {len(bytes(row["number_sealed"])) for row in rows.values()}
        assert len(lengths) == 1

    def test_are_refused_alike_even_with_the_right_code(self, numbers, platform) -> None:
        """Nobody can have it, for it was sent to nobody; if they could, it would be wrong."""
        challenge = ask(numbers["unbanned"])
        send(platform)

        with pytest.raises(WrongCode):
            challenging.answer(challenge=challenge.pk, code=challenge.code(), at=NOON)


class TestAChallengeThatIsNone:
    def test_is_as_one_whose_time_is_over(self) -> None:
        with pytest.raises(CodeExpired):
            challenging.answer(challenge=uuid4(), code="12345678", at=NOON)

    def test_is_forgotten_a_day_later(self, banned) -> None:
        ask()
        end = NOON + challenging.GOOD_FOR + timedelta(days=1)

        assert challenging.forget(now=end) == 0
        assert challenging.forget(now=end + timedelta(seconds=1)) == 1


def shapes(captured: CaptureQueriesContext) -> list[str]:
    """What was asked of the database, without the values."""
    return [
        re.sub(r"'[^']*'|\b\d+\b|\\x[0-9a-f]+|\bs\d+_x\d+", "?", each["sql"])
        for each in captured.captured_queries
    ]
