"""A ban that is overturned wherever it may be by then: the account ends free of it."""

from datetime import timedelta

import pytest

from cases import (
    enforcing,
)
from cases.delivering import Answer, Call
from cases.models import (
    Enforcement,
)
from cases.platform import FakePlatform
from tests.cases.factories import (
    NOON,
    make_account,
)
from tests.cases.secondlook import (
    DAY,
    LATER,
    decide,
    overturn,
    replace,
    settle,
    told,
    work,
)

pytestmark = pytest.mark.django_db


class Deaf(FakePlatform):
    """Obeys, and its answer is lost on the way."""

    deaf = True

    def send(self, message):
        answer = super().send(message)
        return Answer(status=None) if self.deaf else answer


def undelivered(test):
    """Nobody had it yet."""


def in_hand(test):
    """A worker has it, and delivers it after all."""
    errand = enforcing.EnforcementErrand()
    [leased] = errand.lease(now=NOON, limit=1)

    def finish():
        answer = test.platform.send(errand.message(leased))
        errand.mark([Call(leased, NOON, answer)], now=LATER)

    return finish


def hanging(test):
    """A worker has sent it, the platform has obeyed, and no answer comes."""
    errand = enforcing.EnforcementErrand()
    [leased] = errand.lease(now=NOON, limit=1)
    test.platform.send(errand.message(leased))
    return lambda: errand.mark([Call(leased, NOON, Answer(status=None))], now=LATER)


def dropped(test):
    """A worker had it, and died, before the platform heard of it."""
    enforcing.EnforcementErrand().lease(now=NOON, limit=1)


def dropped_once_sent(test):
    """A worker sent it, and died before it could say so."""
    errand = enforcing.EnforcementErrand()
    [leased] = errand.lease(now=NOON, limit=1)
    test.platform.send(errand.message(leased))


def refused_in_hand(test):
    """A worker has it, and the platform is about to refuse it for good."""
    errand = enforcing.EnforcementErrand()
    [leased] = errand.lease(now=NOON, limit=1)
    return lambda: errand.mark([Call(leased, NOON, Answer(status=422))], now=LATER)


def retrying(test):
    """The platform was down when it was sent."""
    test.platform.answers = [Answer(status=503)]
    work(test.platform, NOON)


def retrying_for_days(test):
    """It has come to waits of a day."""
    now = NOON
    for _ in range(8):
        test.platform.answers = [Answer(status=503)]
        enforcing.deliver_due(platform=test.platform, clock=lambda now=now: now)
        now = test.decision.enforcements.get().due_at


def in_hand_after_days(test):
    """Waits have come to a day. A worker tries again: it is obeyed, and no answer comes."""
    retrying_for_days(test)
    due = test.decision.enforcements.get().due_at
    errand = enforcing.EnforcementErrand()
    [leased] = errand.lease(now=due, limit=1)
    test.platform.send(errand.message(leased))
    return lambda: errand.mark([Call(leased, LATER, Answer(status=None))], now=LATER)


def retrying_though_obeyed(test):
    """The platform took it, and the answer was lost."""
    test.platform.deaf = True
    work(test.platform, NOON)
    test.platform.deaf = False


def given_up(test):
    """The platform never answered, for days."""
    now = NOON
    while test.decision.enforcements.get().state != "FAILED":
        test.platform.answers = [Answer(status=None)]
        enforcing.deliver_due(platform=test.platform, clock=lambda now=now: now)
        now = test.decision.enforcements.get().due_at or now


def given_up_though_obeyed(test):
    """Its answers were lost, for days."""
    test.platform.deaf, now = True, NOON
    while test.decision.enforcements.get().state != "FAILED":
        enforcing.deliver_due(platform=test.platform, clock=lambda now=now: now)
        now = test.decision.enforcements.get().due_at or now
    test.platform.deaf = False


def acknowledged(test):
    """The platform took it, and has not said that it was done."""
    test.platform.confirms = False
    work(test.platform, NOON)


def applied(test):
    """It is in force."""
    work(test.platform, NOON)


@pytest.mark.parametrize(
    "become",
    [
        undelivered, in_hand, hanging, dropped, dropped_once_sent, refused_in_hand, retrying,
        retrying_for_days, in_hand_after_days, retrying_though_obeyed, given_up,
        given_up_though_obeyed, acknowledged, applied,
    ],
    ids=lambda become: become.__name__,
)  # fmt: skip
class TestWhateverHasBecomeOfTheBan:
    @pytest.fixture(autouse=True)
    def _banned(self, ada, bo, become):
        self.bo, self.platform = bo, Deaf()
        self.platform.deaf = False
        self.account = make_account(external_id="busy")
        self.decision = decide(self.account, ada)
        finish = become(self)
        self.finish = finish or (lambda: None)

    def test_the_account_is_free_in_the_end(self):
        overturn(self.decision, self.bo)
        self.finish()
        settle(self.platform)

        assert self.platform.standing.get("busy", []) == []
        ban = self.decision.enforcements.get()
        assert ban.state in ("LIFTED", "CANCELLED", "ACKNOWLEDGED", "FAILED")
        assert not enforcing.appealable(self.account, at=LATER + DAY).exists()
        assert not Enforcement.objects.filter(state__in=["REQUESTED", "RETRYING"]).exists()
        assert told(self.platform, self.account)[-1] == "Your account is restored"
        assert told(self.platform, self.account).count("Your account is restored") == 1

    def test_the_account_is_free_within_minutes_of_the_platform_being_back(self):
        overturn(self.decision, self.bo)
        self.finish()
        for minutes in (0, 1, 3, 6, 12):
            work(self.platform, LATER + timedelta(minutes=minutes))

        assert self.platform.standing.get("busy", []) == []

    def test_the_account_has_what_is_milder_in_the_end_and_nothing_else(self):
        milder = replace(self.decision, self.bo, until=LATER + 30 * DAY)
        self.finish()
        settle(self.platform)

        ref = milder.enforcements.get(action="TEMPORARY_BAN").ref
        assert self.platform.standing["busy"] == [(ref, "TEMPORARY_BAN")]
        assert (
            told(self.platform, self.account)[-1]
            == "We have changed our decision about your account"
        )

    def test_what_can_be_contested_can_be_overturned(self):
        assert enforcing.appealable(self.account, at=LATER).filter(decision=self.decision).exists()
