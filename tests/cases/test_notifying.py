"""What people are told, and the link that it comes with."""

import re
from datetime import timedelta

import pytest

from cases import claiming, deciding, enforcing, notifying
from cases.delivering import Answer
from cases.enums import Action, Maker, Stage
from cases.models import Notification
from cases.notifying import sending
from cases.platform import FakePlatform
from tests.cases.factories import (
    NOON,
    clause,
    identity,
    make_account,
    make_case,
    make_detection,
    make_evidence,
    verdict,
)

LANGUAGES = ["en", "hi", "pt", "es"]
WEEK = NOON + timedelta(days=7)
LIMITS = (Action.RATE_LIMIT, Action.GROUP_CREATE_BLOCK, Action.FEATURE_LIMIT)
# Each restriction, with an end and without, as far as there is such a one.
TERMS = [
    *((action, True) for action in (*LIMITS, Action.TEMPORARY_BAN)),
    *((action, False) for action in (*LIMITS, Action.PERMANENT_BAN, Action.REGISTRATION_BLOCK)),
]


def shape(table):
    """Each text's path, with what stands in its braces."""
    found = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= {f"{name}.{rest}": braces for rest, braces in shape(value).items()}
        else:
            found[name] = set(re.findall(r"\{(\w+)\}", value))
    return found


def compose(language="en", **changed):
    return notifying.compose(
        **{
            "action": Action.PERMANENT_BAN, "since": NOON, "until": None,
            "rule": "Your account sent messages in bulk.", "stages": [Stage.MESSAGING],
            "reason": "You wrote to strangers.", "locale": language,
            "maker": Maker.PARTIALLY_AUTOMATED,
        }
        | changed
    )  # fmt: skip


class TestTheTexts:
    def test_are_there_in_every_language(self):
        assert list(notifying.texts()) == LANGUAGES

    @pytest.mark.parametrize("language", LANGUAGES[1:])
    def test_say_the_same_in_each(self, language):
        assert shape(notifying.texts()[language]) == shape(notifying.texts()["en"])

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_have_words_for_everything_that_can_be_done_found_and_decided(self, language):
        words = notifying.texts()[language]

        assert set(words["actions"]) == set(words["subjects"]) == set(Action)
        assert set(words["makers"]) == set(Maker)
        assert set(words["stages"]) == set(Stage)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_give_no_limit_away(self, language):
        said = str(notifying.texts()[language])

        assert not re.search(r"\d", said)


class TestAStatementOfReasons:
    """DSA Art. 17(3), point by point, in each language and for each restriction."""

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(("action", "ends"), TERMS)
    def test_says_what_from_when_until_when_and_where(self, language, action, ends):
        words = notifying.texts()[language]

        subject, text = compose(language, action=action, until=WEEK if ends else None)

        assert subject == words["subjects"][action]
        assert words["actions"][action].split("{")[0] in text
        # Art. 17(3)(a): since when and where.
        assert words["begins"].format(since="2026-03-10 12:00 UTC") in text
        assert text.count("2026-03-17 12:00 UTC") == (1 if ends else 0)
        assert (words["endless"] in text) is not ends

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_says_which_rule_and_which_facts_in_kind_and_why(self, language):
        words = notifying.texts()[language]

        _, text = compose(language, stages=[Stage.NEGATIVE_FEEDBACK, Stage.REGISTRATION])

        assert words["rule"].format(rule="Your account sent messages in bulk.") in text
        told = f"{words['stages']['REGISTRATION']}; {words['stages']['NEGATIVE_FEEDBACK']}"
        assert words["facts"].format(facts=told) in text
        assert words["stages"]["MESSAGING"] not in text
        assert "You wrote to strangers." in text

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("maker", list(Maker))
    def test_says_who_found_it_and_who_decided(self, language, maker):
        _, text = compose(language, maker=maker)

        assert notifying.texts()[language]["makers"][maker] in text

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_says_how_to_contest_it_here_and_elsewhere(self, language):
        words = notifying.texts()[language]

        _, text = compose(language)

        assert text.endswith(f"{words['contest']} {words['redress']}")

    def test_leaves_out_what_it_does_not_know(self):
        _, text = compose(stages=[], rule="")

        assert "What it rests on" not in text
        assert "Rule:" not in text
        assert "Request a review" in text
        assert "\n\n\n" not in text

    def test_says_the_rule_once_where_the_reason_is_only_that(self):
        _, text = compose(reason="Your account\nsent messages in bulk. ")

        assert text.count("sent messages in bulk") == 1

    def test_of_a_warning_has_neither_beginning_nor_end(self):
        _, text = compose(action=Action.WARN)

        assert "2026" not in text
        assert "no end date" not in text

    def test_is_none_where_something_is_lifted(self):
        subject, text = compose(action=Action.LIFT, rule="", stages=[], reason="We were wrong.")

        assert subject == "Your account is restored"
        assert text.endswith("We were wrong.")
        assert "review" not in text


@pytest.mark.django_db
class TestTheFactsOfADecision:
    """A case with a detection of each stage; Ada cites what she decides on."""

    @pytest.fixture(autouse=True)
    def _case(self, ada):
        self.ada, self.account = ada, make_account()
        self.case = make_case(account=self.account, detections=0)
        make_detection(account=self.account, case=self.case, policy="BULK_MESSAGING")
        make_detection(
            account=self.account, case=self.case, policy="HARASSMENT", stage="NEGATIVE_FEEDBACK"
        )
        claiming.take(case=self.case, by=ada, now=NOON)

    def told(self, **changed):
        decision = deciding.decide(
            case=self.case, by=self.ada, at=NOON, **verdict(self.case, **changed)
        )
        text = decision.notifications.get().text()
        words = notifying.texts()["en"]["stages"]
        return [stage for stage in Stage if words[stage] in text]

    def test_are_those_of_the_detections_that_it_bears_out(self):
        assert self.told() == ["MESSAGING"]

    def test_are_those_of_what_it_cites_too(self):
        item = make_evidence(account=self.account, stage="REGISTRATION")

        assert self.told(cited=[identity(item)]) == ["REGISTRATION", "MESSAGING"]

    def test_are_not_those_of_what_it_does_not_rest_on(self):
        assert self.told(clauses=[clause("PHISHING_LINK")]) == []


@pytest.mark.django_db
class TestTheLink:
    """Ada has warned an account; a room above makes links."""

    @pytest.fixture(autouse=True)
    def _decided(self, ada, monkeypatch):
        monkeypatch.setattr(sending, "_make_link", None)
        case = make_case(account=make_account(external_id="warned"))
        claiming.take(case=case, by=ada, now=NOON)
        self.decision = deciding.decide(case=case, by=ada, at=NOON, **verdict(case))
        self.platform = FakePlatform()
        enforcing.deliver_due(platform=self.platform, clock=lambda: NOON)

    def deliver(self, now=NOON):
        notifying.deliver_due(platform=self.platform, clock=lambda: now)

    def link(self):
        return self.platform.told["warned"][0]["link"]

    def test_is_none_where_nobody_makes_links(self):
        self.deliver()

        assert self.link() is None

    def test_is_made_of_what_a_worker_has_loaded(self, django_assert_num_queries):
        def of(notification):
            asked = notification.enforcement.ref, notification.decision.action
            return f"https://example.org/{notification.account.ref}/{'/'.join(asked)}"

        notifying.link_with(of)
        [leased] = notifying.NotificationErrand().lease(now=NOON, limit=1)
        with django_assert_num_queries(0):
            data = notifying.NotificationErrand().message(leased).data

        promised = self.decision.enforcements.get()
        account = promised.account.ref
        assert data["link"] == f"https://example.org/{account}/{promised.ref}/WARN"

    def test_may_be_none_for_some(self):
        notifying.link_with(lambda notification: None)
        self.deliver()

        assert self.link() is None

    def test_goes_out_in_the_same_body_each_time(self):
        """The first answer is lost; the platform refuses another body under the same key."""
        notifying.link_with(lambda notification: f"https://example.org/{notification.ref}")
        self.platform.answers = [Answer(status=None)]
        self.deliver()
        self.deliver(NOON + timedelta(minutes=5))

        first, second = (m for m in self.platform.received if m.type == "notification.requested")
        assert first.body() == second.body()
        assert Notification.objects.get().state == "SENT"

    def test_that_can_not_be_made_leaves_the_person_to_be_told_later(self):
        def broken(notification):
            raise RuntimeError("no key")

        notifying.link_with(broken)
        self.deliver()
        assert Notification.objects.get().state == "RETRYING"
        assert self.platform.told == {}

        notifying.link_with(lambda notification: "https://example.org/")
        self.deliver(NOON + timedelta(minutes=5))

        assert self.link() == "https://example.org/"
