from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cases import claiming, deciding, enforcing, notifying
from cases.delivering import Answer
from cases.enums import Action
from cases.models import Enforcement, Notification
from cases.platform import FakePlatform
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import NOON, make_account, make_case, make_enforcement, verdict

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=1)
DAYS = timedelta(days=1)


class TestEnforcing:
    """Ada has banned an account for a week; the platform has not been asked yet."""

    @pytest.fixture(autouse=True)
    def _decided(self, ada):
        self.platform = FakePlatform()
        self.account = make_account(external_id="spammer")
        case = make_case(account=self.account)
        claiming.take(case=case, by=ada, now=NOON)
        self.until = NOON + 7 * DAYS
        self.decision = deciding.decide(
            case=case,
            by=ada,
            at=NOON,
            **verdict(case, action=Action.TEMPORARY_BAN, until=self.until),
        )

    def work(self, now=LATER):
        """What a worker does when it is woken."""
        enforcing.lift_expired(now=now)
        enforcing.deliver_due(platform=self.platform, clock=lambda: now)
        notifying.deliver_due(platform=self.platform, clock=lambda: now)

    @property
    def ban(self):
        return self.decision.enforcements.get(action=Action.TEMPORARY_BAN)

    def test_reaches_the_platform_once_however_often_the_worker_runs(self):
        for _ in range(3):
            self.work()

        assert self.platform.standing == {"spammer": [(self.ban.ref, "TEMPORARY_BAN")]}
        assert self.platform.calls[str(self.ban.key)] == 1
        assert (self.ban.state, self.ban.applied_at) == ("APPLIED", LATER)

    def test_tells_the_person_after_the_platform_has_it(self):
        self.platform.answers = [Answer(status=503)]
        self.work()
        assert Notification.objects.get().state == "WAITING"

        self.work(LATER + timedelta(minutes=10))

        assert Notification.objects.get().state == "SENT"
        assert "We have banned your account" in self.platform.told["spammer"][0]["text"]

    @pytest.mark.parametrize("status", [None, 302, 408, 409, 425, 429, 500, 503])
    def test_tries_again_later_what_may_yet_succeed(self, status):
        self.platform.answers = [Answer(status=status, text="busy")]

        self.work()

        assert self.ban.state == "RETRYING"
        assert LATER < self.ban.due_at < LATER + timedelta(seconds=10)
        attempt = self.ban.attempts.get()
        assert (attempt.status, attempt.answer, attempt.result) == (status, "busy", "RETRY")

    @pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
    def test_asks_for_attention_where_the_platform_refuses_for_good(self, status, lena):
        self.platform.answers = [Answer(status=status)]
        self.work()
        assert self.ban.state == "FAILED"
        assert Enforcement.objects.needing_attention().get() == self.ban

        enforcing.replay(enforcement=self.ban, by=lena, at=LATER)
        self.work()

        assert self.ban.state == "APPLIED"
        assert [attempt.number for attempt in self.ban.attempts.order_by("number")] == [1, 2]

    def test_waits_as_long_as_it_is_asked_to(self):
        self.platform.answers = [Answer(status=429, retry_after=timedelta(hours=1))]

        self.work()

        assert self.ban.due_at == LATER + timedelta(hours=1)

    def test_gives_up_after_about_three_days(self):
        now = LATER
        for _ in range(20):
            self.platform.answers = [Answer(status=500)]
            self.work(now)
            if self.ban.state == "FAILED":
                break
            now = self.ban.due_at

        assert self.ban.state == "FAILED"
        assert 2 * DAYS < now - LATER < 4 * DAYS

    def test_keeps_the_first_kilobyte_of_an_answer(self):
        self.platform.answers = [Answer(status=500, text="é\x00" * 5000)]

        self.work()

        assert len(self.ban.attempts.get().answer.encode()) <= 1024

    def test_lifts_a_temporary_ban_when_its_time_has_come(self):
        self.work()
        self.work(self.until - timedelta(seconds=1))
        assert self.platform.standing["spammer"]

        self.work(self.until)

        assert self.platform.standing["spammer"] == []
        assert self.ban.state == "EXPIRED"
        assert self.decision.enforcements.count() == 2

    def test_lifts_it_too_where_the_platform_never_confirmed(self):
        self.platform.confirms = False
        self.work()
        assert self.ban.state == "ACKNOWLEDGED"

        self.work(self.until)

        assert self.platform.standing["spammer"] == []

    def test_does_not_let_an_expiry_undo_a_later_ban(self):
        self.work()
        later = make_enforcement(account=self.reloaded_account(), state="REQUESTED")

        self.work(self.until)

        assert self.platform.standing["spammer"] == [(later.ref, "PERMANENT_BAN")]
        assert self.ban.state == "EXPIRED"

    def test_lifts_everything_that_may_be_in_force_when_a_person_says_so(self, ada):
        self.work()
        later = make_enforcement(account=self.reloaded_account(), state="REQUESTED")
        self.work()

        self.lift(ada)
        self.work(LATER + timedelta(seconds=1))

        later.refresh_from_db()
        assert self.platform.standing["spammer"] == []
        assert (self.ban.state, later.state) == ("LIFTED", "LIFTED")

    def test_lifts_too_what_was_given_up_on_without_an_answer(self, ada):
        now = LATER
        while self.ban.state != "FAILED":
            self.platform.answers = [Answer(status=None)]
            self.work(now)
            now = self.ban.due_at or now

        lifted = self.lift(ada, at=now)

        assert [row.lifts for row in lifted.enforcements.all()] == [self.ban]

    def test_can_be_lifted_again_after_a_lift_that_failed(self, ada):
        self.work()
        self.lift(ada)
        self.platform.answers = [Answer(status=422)]
        self.work()
        self.decide_again(ada, action=Action.WARN)
        self.work()

        again = self.lift(ada)
        self.work()

        assert again.enforcements.get().state == "APPLIED"
        assert self.ban.state == "LIFTED"
        assert self.ban.ref not in dict(self.platform.standing["spammer"])

    def test_stays_lifted_when_it_is_confirmed_too_late(self, ada):
        self.platform.answers = [Answer(status=None)]
        self.work()
        lifted = self.lift(ada)
        enforcing.confirm(
            enforcement=self.ban, outcome="FAILED", at=LATER, detail="", by="source:p", now=LATER
        )
        self.work(LATER + timedelta(seconds=1))
        assert (self.ban.state, lifted.enforcements.get().state) == ("LIFTED", "APPLIED")

        with pytest.raises(enforcing.CannotConfirm):
            enforcing.confirm(
                enforcement=self.ban, outcome="APPLIED", at=LATER, detail="", by="source:p",
                now=LATER + timedelta(minutes=1),
            )  # fmt: skip

    def test_does_not_hold_up_the_lift_that_waits_behind_it(self, ada):
        self.platform.answers = [Answer(status=429, retry_after=timedelta(hours=20))]
        self.work()

        self.lift(ada)
        self.work(LATER + timedelta(seconds=1))
        self.work(LATER + timedelta(seconds=2))

        assert self.platform.standing["spammer"] == []
        assert self.ban.state == "LIFTED"

    def test_tells_the_person_in_the_order_of_what_was_decided(self, ada):
        enforcing.deliver_due(platform=self.platform, clock=lambda: LATER)
        self.platform.answers = [Answer(status=503)]
        notifying.deliver_due(platform=self.platform, clock=lambda: LATER)

        self.lift(ada)
        for seconds in (1, 2):
            self.work(LATER + timedelta(seconds=seconds))

        told = [each["subject"] for each in self.platform.told["spammer"]]
        assert told == ["Your account is banned for a time", "Your account is restored"]

    def test_survives_an_answer_that_is_poison(self):
        self.platform.answers = [Answer(status=200, text="[" * 100_000)]

        self.work()

        assert self.ban.state == "ACKNOWLEDGED"

    def test_is_not_lifted_over_and_over_by_the_sweep_when_a_lift_fails(self):
        self.work()
        self.platform.answers = [Answer(status=422)]
        self.work(self.until)

        self.work(self.until + timedelta(minutes=1))

        assert self.decision.enforcements.filter(action=Action.LIFT).count() == 1
        assert Enforcement.objects.needing_attention().get().action == Action.LIFT

    def test_sends_an_accounts_requests_in_their_order(self):
        self.platform.answers = [Answer(status=503)]
        self.work()
        warning = make_enforcement(
            account=self.reloaded_account(), action=Action.WARN, state="REQUESTED"
        )

        self.work(LATER + timedelta(seconds=1))
        assert len(self.platform.received) == 1

        self.work(LATER + timedelta(minutes=10))
        warning.refresh_from_db()
        assert warning.state == "APPLIED"
        sent = [message.data.get("sequence") for message in self.platform.received]
        assert [sequence for sequence in sent if sequence] == [1, 1, 2]

    def test_writes_every_step_into_the_ledger(self):
        self.platform.answers = [Answer(status=503)]
        self.work()
        self.work(LATER + timedelta(minutes=10))

        kinds = LedgerEntry.objects.filter(account=self.account.ref).values_list("kind", flat=True)
        assert [kind for kind in kinds.order_by("recorded_at", "id") if "enforcement" in kind] == [
            "enforcement.requested",
            "enforcement.attempted",
            "enforcement.attempted",
            "enforcement.acknowledged",
            "enforcement.applied",
        ]

    def test_is_confirmed_by_call_where_the_answer_did_not(self):
        self.platform.confirms = False
        self.work()

        for _ in range(2):
            enforcing.confirm(
                enforcement=self.ban,
                outcome="APPLIED",
                at=LATER,
                detail="",
                by="source:p",
                now=LATER,
            )

        assert self.ban.state == "APPLIED"
        assert LedgerEntry.objects.filter(kind="enforcement.applied").count() == 1

    def test_cannot_be_confirmed_before_it_was_sent(self):
        with pytest.raises(enforcing.CannotConfirm):
            enforcing.confirm(
                enforcement=self.ban,
                outcome="APPLIED",
                at=LATER,
                detail="",
                by="source:p",
                now=LATER,
            )

    def test_fails_when_the_platform_says_so(self):
        self.platform.confirms = False
        self.work()

        enforcing.confirm(
            enforcement=self.ban, outcome="FAILED", at=LATER, detail="no such account",
            by="source:p", now=LATER,
        )  # fmt: skip

        assert (self.ban.state, self.ban.detail) == ("FAILED", "no such account")

    def test_can_be_sent_at_once_when_the_platform_is_back(self, lena):
        self.platform.answers = [Answer(status=429, retry_after=timedelta(hours=20))]
        self.work()
        assert Enforcement.objects.needing_attention().get() == self.ban

        enforcing.replay(enforcement=self.ban, by=lena, at=LATER)
        self.work()

        assert self.ban.state == "APPLIED"
        with pytest.raises(enforcing.NothingToReplay):
            enforcing.replay(enforcement=self.ban, by=lena, at=LATER)

    def test_gives_way_to_a_harder_one_before_it_was_sent(self, ada):
        self.decide_again(ada, action=Action.PERMANENT_BAN)

        self.work()

        assert self.ban.state == "SUPERSEDED"
        assert [action for _, action in self.platform.standing["spammer"]] == ["PERMANENT_BAN"]

    def test_gives_way_to_nothing_milder(self, ada):
        self.decide_again(ada, action=Action.WARN)

        self.work()

        assert self.ban.state == "APPLIED"

    def test_cannot_be_replayed_over_a_later_one(self, ada, lena):
        self.platform.answers = [Answer(status=400)]
        self.work()
        self.decide_again(ada, action=Action.PERMANENT_BAN)

        with pytest.raises(enforcing.NothingToReplay):
            enforcing.replay(enforcement=self.ban, by=lena, at=LATER)

    def test_is_leased_again_when_a_worker_dies_holding_it(self):
        errand = enforcing.EnforcementErrand()
        [leased] = errand.lease(now=LATER, limit=5)
        assert errand.lease(now=LATER, limit=5) == []

        [again] = errand.lease(now=LATER + timedelta(minutes=5), limit=5)

        assert again.key == leased.key

    def test_is_held_to_one_in_flight_per_account_by_the_database(self):
        other = make_enforcement(account=self.reloaded_account(), state="REQUESTED")
        Enforcement.objects.filter(pk=self.ban.pk).update(leased_until=LATER)

        with pytest.raises(IntegrityError, match="one_enforcement_in_flight"), transaction.atomic():
            Enforcement.objects.filter(pk=other.pk).update(leased_until=LATER)

    def decide_again(self, by, *, action):
        case = make_case(account=self.reloaded_account())
        claiming.take(case=case, by=by, now=LATER)
        return deciding.decide(case=case, by=by, at=LATER, **verdict(case, action=action))

    def lift(self, by, *, at=LATER):
        case = make_case(account=self.reloaded_account())
        claiming.take(case=case, by=by, now=at)
        asked = verdict(case, outcome="NO_VIOLATION", action=Action.LIFT, clauses=[])
        return deciding.decide(case=case, by=by, at=at, **asked)

    def reloaded_account(self):
        self.account.refresh_from_db()
        return self.account
