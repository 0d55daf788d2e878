"""A milder decision in the place of one that was too hard."""

from itertools import combinations

import pytest

from cases import (
    advising,
    enforcing,
    notifying,
    overturning,
)
from cases.delivering import Answer
from cases.enums import Action
from cases.models import (
    AgreementCount,
    Decision,
    Label,
)
from cases.models.enforcement import MILDER
from cases.platform import FakePlatform
from tests.cases.factories import (
    NOON,
    clause,
    identity,
    make_account,
    make_enforcement,
    make_evidence,
)
from tests.cases.secondlook import DAY, LATER, decide, overturn, replace, settle, told, work

pytestmark = pytest.mark.django_db


class TestReplacing:
    """Ada banned an account for good; Bo finds that a week is enough."""

    @pytest.fixture(autouse=True)
    def _banned(self, ada, bo):
        self.ada, self.bo, self.platform = ada, bo, FakePlatform()
        self.account = make_account(external_id="busy")
        self.item = make_evidence(account=self.account, stage="NEGATIVE_FEEDBACK")
        self.decision = decide(self.account, ada, cited=[identity(self.item)])
        work(self.platform, NOON)

    def test_has_the_milder_one_in_force_before_the_harder_ends(self):
        replace(self.decision, self.bo)
        self.platform.received.clear()

        work(self.platform)

        asked = [(m.type, m.data.get("action")) for m in self.platform.received]
        assert asked == [
            ("enforcement.requested", "TEMPORARY_BAN"),
            ("enforcement.lifted", "LIFT"),
            ("notification.requested", None),
        ]
        assert [action for _, action in self.platform.standing["busy"]] == ["TEMPORARY_BAN"]

    def test_is_one_decision_that_rests_on_the_same(self):
        milder = replace(self.decision, self.bo)

        assert (milder.undoes, milder.outcome, milder.upon) == (
            self.decision,
            "VIOLATION",
            "APPEAL",
        )
        assert (milder.action, milder.until) == ("TEMPORARY_BAN", LATER + 7 * DAY)
        assert [each.code for each in milder.clauses.all()] == ["BULK_MESSAGING"]
        assert [each.evidence_id for each in milder.citations.all()] == [self.item.id]
        assert not Label.objects.filter(decision=milder).exists()
        assert AgreementCount.objects.get().agreed == 2

    def test_is_told_when_both_have_reached_the_platform_and_links_to_what_is_new(self):
        milder = replace(self.decision, self.bo)
        enforcing.EnforcementErrand().lease(now=LATER, limit=1)
        restriction = milder.enforcements.get(action="TEMPORARY_BAN")
        enforcing.confirm(
            enforcement=restriction, outcome="APPLIED", at=LATER, detail="", by="source:p",
            now=LATER,
        )  # fmt: skip
        notification = milder.notifications.get()
        assert (notification.state, notification.enforcement) == ("WAITING", restriction)

        work(self.platform)

        assert told(self.platform, self.account)[1:] == [
            "We have changed our decision about your account"
        ]

    def test_is_not_told_while_the_lift_has_failed(self):
        self.platform.received.clear()
        milder = replace(self.decision, self.bo)
        applied = Answer(status=200, text='{"status": "applied"}')
        self.platform.answers = [applied, Answer(status=422)]
        settle(self.platform)
        lift = milder.enforcements.get(action="LIFT")
        assert (lift.state, milder.notifications.get().state) == ("FAILED", "WAITING")

        enforcing.replay(enforcement=lift, by=self.bo, at=LATER + DAY)
        settle(self.platform, LATER + DAY)

        assert milder.notifications.get().state == "SENT"

    def test_says_both_plainly_in_one_message(self):
        replace(self.decision, self.bo)
        work(self.platform)

        [_, said] = self.platform.told["busy"]
        assert said["subject"] == "We have changed our decision about your account"
        for words in (
            "No longer in force: the ban without an end.",
            "We have banned your account until 2026-03-17 13:00 UTC.",
            "Rule: Your account sent messages in bulk",
            "how the account sent messages, made calls or used groups; what other people told us",
            "For good was too much.",
            "Request a review",
        ):
            assert words in said["text"]

    @pytest.mark.parametrize("language", ["en", "hi", "pt", "es"])
    @pytest.mark.parametrize("action", [Action.WARN, Action.FEATURE_LIMIT])
    def test_speaks_each_language(self, language, action):
        milder = replace(self.decision, self.bo, action=action, until=None, locale=language)

        words = notifying.texts()[language]
        text = milder.notifications.get().text()
        assert words["former"]["PERMANENT_BAN"] in text
        warned = action == Action.WARN
        assert words["replaced"]["warning"] in text if warned else words["actions"][action] in text

    def test_of_what_was_never_sent_sends_the_milder_one_alone(self, ada):
        account = make_account(external_id="new")
        decision = decide(account, ada)

        replace(decision, self.bo, at=NOON)
        settle(self.platform)

        assert decision.enforcements.get().state in ("CANCELLED", "SUPERSEDED")
        sent = [m.data["action"] for m in self.platform.received if m.data["account"] == "new"
                and "action" in m.data]  # fmt: skip
        assert sent == ["TEMPORARY_BAN"]
        assert told(self.platform, account) == ["We have changed our decision about your account"]

    def test_counts_as_the_violation_that_it_was(self):
        replace(self.decision, self.bo)

        [advice] = advising.advise(self.account, clauses=[clause("BULK_MESSAGING")], at=LATER + DAY)
        assert advice.violation == 2

    def test_can_be_contested_in_its_turn(self):
        milder = replace(self.decision, self.bo)
        settle(self.platform)

        [standing] = enforcing.appealable(self.account, at=LATER + DAY)
        assert (standing.decision, standing.action) == (milder, "TEMPORARY_BAN")
        overturn(milder, self.ada, at=LATER + DAY)
        settle(self.platform, LATER + DAY)
        assert self.platform.standing["busy"] == []
        assert AgreementCount.objects.get().agreed == 0

    def test_may_be_the_same_for_a_shorter_time(self, ada):
        account = make_account()
        decision = decide(account, ada, action=Action.TEMPORARY_BAN, until=NOON + 30 * DAY)

        for until in (NOON + 30 * DAY, NOON + 31 * DAY):
            with pytest.raises(overturning.NotMilder):
                replace(decision, self.bo, until=until)
        assert replace(decision, self.bo, until=NOON + 2 * DAY).until == NOON + 2 * DAY

    def test_ends_by_itself_when_its_time_has_come(self):
        replace(self.decision, self.bo)
        work(self.platform)

        work(self.platform, LATER + 7 * DAY)

        assert self.platform.standing["busy"] == []

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"action": Action.LIFT, "until": None}, "action"),
            ({"action": "", "until": None}, "action"),
            ({"action": Action.PERMANENT_BAN, "until": None}, "action"),
            ({"action": Action.REGISTRATION_BLOCK, "until": None}, "action"),
            ({"until": None}, "until"),
            ({"until": LATER}, "until"),
            ({"until": LATER + 366 * DAY}, "until"),
            ({"action": Action.WARN}, "until"),
            ({"clauses": []}, "clauses"),
            ({"reason": ""}, "reason"),
            ({"rationale": "\x00"}, "rationale"),
        ],
    )
    def test_is_refused_beside_the_field_it_is_about(self, changed, pointer):
        with pytest.raises(overturning.CannotOverturn) as refusal:
            replace(self.decision, self.bo, **changed)

        assert refusal.value.pointer == pointer
        assert Decision.objects.count() == 1


class TestTheTableOfWhatIsMilder:
    def test_has_a_row_for_every_action_and_no_two_that_are_milder_than_each_other(self):
        assert set(MILDER) == set(Action)
        for one, other in combinations(Action, 2):
            assert not (one in MILDER[other] and other in MILDER[one])

    def test_follows_the_order_of_the_actions(self):
        order = [action for action in Action if action != Action.LIFT]
        for place, action in enumerate(order):
            assert set(order[:place]) == MILDER[action]
        assert not MILDER[Action.LIFT]

    @pytest.mark.parametrize("former", [action for action in Action if action != Action.LIFT])
    @pytest.mark.parametrize("action", [action for action in Action if action != Action.LIFT])
    def test_is_what_a_replacement_is_held_to(self, bo, former, action):
        ends = {Action.TEMPORARY_BAN: NOON + 7 * DAY}
        enforcement = make_enforcement(
            account=make_account(), action=former, until=ends.get(former)
        )
        changed = {"action": action, "until": ends.get(action)}

        if action in MILDER[former]:
            assert replace(enforcement.decision, bo, **changed).action == action
        else:
            with pytest.raises(overturning.NotMilder):
                replace(enforcement.decision, bo, **changed)
