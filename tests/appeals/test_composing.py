import re
import string
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from appeals import composing, wording
from appeals.composing import Reader, Reasons
from appeals.enums import AppealOutcome, GrievanceResolution, Ground, ReversalCause
from cases.enums import Action, Maker, Stage
from cases.notifying import texts as notices

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LANGUAGES = list(wording.LOCALES)
GAC = "https://gac.gov.in"
BAN = Reasons(
    action=Action.TEMPORARY_BAN,
    decided_at=NOON,
    until=NOON + timedelta(days=7),
    maker=Maker.PARTIALLY_AUTOMATED,
    rules=["The service is for personal conversations."],
    reason="Most of them did not know you.",
    stages=[Stage.MESSAGING, Stage.NEGATIVE_FEEDBACK],
)


def reader(language: str = "en", **changed: Any) -> Reader:
    return Reader(**({"locale": language, "country": "IN", "jurisdiction": "IN"} | changed))


def answered(language: str = "en", **changed: Any) -> tuple[str, str]:
    arguments: dict[str, Any] = {
        "ref": "AP-4F7K2M",
        "reader": reader(language),
        "outcome": AppealOutcome.ORIGINAL_DECISION_UPHELD,
        "ground": Ground.ACCOUNT_COMPROMISED,
        "reason": "All of it came from your own phone.",
        "reasons": BAN,
    }
    return composing.answer(**(arguments | changed))


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


class TestTheTexts:
    """The same in every language: as many, and with the same braces."""

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_are_whole(self, language: str) -> None:
        english = dict(wording.flat(composing.texts()["en"]))
        here = dict(wording.flat(composing.texts()[language]))

        assert list(here) == list(english)
        assert {key: braces(text) for key, text in here.items()} == {
            key: braces(text) for key, text in english.items()
        }
        assert [key for key, text in here.items() if not text.strip()] == []

    @pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
    def test_are_translated(self, language: str) -> None:
        english = dict(wording.flat(composing.texts()["en"]))
        here = dict(wording.flat(composing.texts()[language]))

        assert [key for key, text in here.items() if text == english[key]] == []

    def test_are_in_devanagari_where_they_are_in_hindi(self) -> None:
        here = dict(wording.flat(composing.texts()["hi"]))

        assert [key for key, text in here.items() if not re.search("[\u0900-\u097f]", text)] == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_have_words_for_everything_that_can_be_said(self, language: str) -> None:
        words = composing.texts()[language]

        assert set(words["grounds"]) == set(Ground.values)
        assert set(words["causes"]) == set(ReversalCause.values)
        assert set(words["appeal"]["ANSWER"]) == set(AppealOutcome.values)
        assert set(words["grievance"]["ANSWER"]) == set(GrievanceResolution.values)
        assert set(words["statement"]["makers"]) == set(Maker.values)


class TestAnAcknowledgement:
    def test_says_the_ticket_and_by_when(self) -> None:
        subject, text = composing.acknowledgement(
            ref="AP-4F7K2M", reader=reader("hi"), by=NOON, link="https://example.org/review/hi/"
        )

        assert "AP-4F7K2M" in subject
        assert "टिकट नंबर: AP-4F7K2M" in text
        assert "10 मार्च 2026, 17:30 (भारत)" in text
        assert "https://example.org/review/hi/" in text

    def test_promises_no_day_where_there_is_no_limit(self) -> None:
        _, text = composing.acknowledgement(ref="G-4F7K2M", reader=reader(), about="grievance")

        assert "as soon as somebody has looked at it" in text
        assert not re.search(r"\d{4}", text)

    def test_says_that_a_repeat_has_joined_what_is_open(self) -> None:
        subject, _ = composing.acknowledgement(ref="AP-4F7K2M", reader=reader(), repeated=True)

        assert subject == "We have added this to your request (AP-4F7K2M)"

    def test_asks_to_keep_the_ticket_in_the_subject_of_mail_alone(self) -> None:
        by_mail, in_app = (
            composing.acknowledgement(ref="AP-4F7K2M", reader=reader(via=via))[1]
            for via in ("EMAIL", "PLATFORM")
        )

        assert "answer this e-mail" in by_mail
        assert "e-mail" not in in_app


class TestAQuestion:
    @pytest.mark.parametrize("about", ["appeal", "grievance"])
    def test_is_asked_in_the_words_of_whoever_asks(self, about: str) -> None:
        subject, text = composing.question(
            ref="AP-4F7K2M",
            reader=reader(),
            about=about,
            question="Who were the people on {the list}?",
            by=NOON,
        )

        assert "question" in subject
        assert "Who were the people on {the list}?" in text
        assert "10 March 2026, 17:30 (India)" in text


class TestAnAnswer:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("outcome", AppealOutcome.values)
    @pytest.mark.parametrize("ground", Ground.values)
    def test_can_be_given_on_every_ground(self, language: str, outcome: str, ground: str) -> None:
        subject, text = answered(language, outcome=outcome, ground=ground)

        opening = composing.texts()[language]["grounds"][ground]
        assert text.startswith(opening) == (outcome != "OMITTED")
        assert "AP-4F7K2M" in subject
        assert "All of it came from your own phone." in text
        assert "{" not in subject + text

    def test_repeats_the_reasons_of_what_stands(self) -> None:
        _, text = answered()

        assert "Decided: 10 March 2026, 17:30 (India)" in text
        assert "banned your account until 17 March 2026, 17:30 (India)" in text
        assert "Rule: The service is for personal conversations." in text
        assert "Reason given: Most of them did not know you." in text
        assert "What it rests on: how the account sent messages" in text
        assert "Automated systems found this; a person looked at it and decided it." in text

    def test_repeats_them_not_where_nothing_stands(self) -> None:
        _, text = answered(outcome=AppealOutcome.REVERSED, cause=ReversalCause.DETECTOR_ERROR)

        assert "Decided:" not in text
        assert "Our automated systems were wrong. We are sorry." in text

    def test_says_what_applies_instead(self) -> None:
        instead = Reasons(action=Action.WARN, decided_at=NOON, maker=Maker.ANALYST)
        _, text = answered(outcome=AppealOutcome.PARTIALLY_REVERSED, instead=instead)

        assert notices()["en"]["actions"]["WARN"] in text

    def test_leaves_out_what_is_not_known(self) -> None:
        bare = Reasons(action=Action.PERMANENT_BAN, decided_at=NOON, maker=Maker.AUTOMATED)
        _, text = answered(reasons=bare)

        assert "Rule:" not in text
        assert "What it rests on:" not in text
        assert "without a person" in text


class TestHowToGoOn:
    """Where somebody can turn to is said where the law has such a place, and nowhere else."""

    def test_is_the_committee_in_india(self) -> None:
        _, text = answered()

        assert GAC in text
        assert "30 days" in text

    def test_is_an_out_of_court_body_in_the_union_for_what_is_public(self) -> None:
        public = reader(country="ES", jurisdiction="EU", surface="CHANNELS")
        private = reader(country="ES", jurisdiction="EU", surface="PRIVATE_MESSAGING")

        assert "Article 21" in answered(reader=public)[1]
        assert "Article 21" not in answered(reader=private)[1]

    def test_is_invented_nowhere(self) -> None:
        _, text = answered(reader=reader(country="BR", jurisdiction="*"))

        assert "If you do not agree" not in text

    @pytest.mark.parametrize(
        ("outcome", "said"),
        [
            (AppealOutcome.ORIGINAL_DECISION_UPHELD, True),
            (AppealOutcome.PARTIALLY_REVERSED, True),
            (AppealOutcome.OMITTED, True),
            (AppealOutcome.REVERSED, False),
        ],
    )
    def test_is_said_unless_it_came_as_asked(self, outcome: str, said: bool) -> None:
        assert (GAC in answered(outcome=outcome)[1]) is said

    def test_is_said_to_those_who_were_not_admitted(self) -> None:
        for late in (False, True):
            _, text = composing.not_admitted(ref="AP-1", reader=reader(), out_of_time=late)
            assert GAC in text


class TestAResolution:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("resolution", GrievanceResolution.values)
    def test_can_be_written_for_each(self, language: str, resolution: str) -> None:
        subject, text = composing.resolution(
            ref="G-4F7K2M",
            reader=reader(language),
            resolution=resolution,
            reason="A word from us.",
            reasons=BAN,
            duplicate_of="G-7Q2M4F",
        )

        assert "G-4F7K2M" in subject
        assert "A word from us." in text
        assert "{" not in subject + text

    def test_names_the_ticket_that_answers_a_duplicate(self) -> None:
        _, text = composing.resolution(
            ref="G-4F7K2M", reader=reader(), resolution="DUPLICATE", duplicate_of="G-7Q2M4F"
        )

        assert "ticket G-7Q2M4F" in text
        assert GAC not in text

    def test_of_safety_leads_to_the_app(self) -> None:
        _, text = composing.resolution(
            ref="G-4F7K2M", reader=reader(), resolution="REDIRECTED_IN_APP"
        )

        assert "report this in the app" in text

    def test_that_refuses_repeats_the_reasons(self) -> None:
        _, text = composing.resolution(
            ref="G-4F7K2M", reader=reader(), resolution="RESTORATION_REFUSED", reasons=BAN
        )

        assert "The decision in question:" in text
        assert GAC in text


class TestAnOrder:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("kind", ["GAC_ORDER", "AUTHORITY_ORDER"])
    def test_is_told_of_with_what_was_done(self, language: str, kind: str) -> None:
        lift = Reasons(action=Action.LIFT, decided_at=NOON, maker=Maker.ANALYST)
        subject, text = composing.order_complied(
            ref="O-4F7K2M", reader=reader(language), kind=kind, done=lift
        )

        assert "O-4F7K2M" in subject
        assert notices()[language]["actions"]["LIFT"] in text


class TestAnAnswerElsewhere:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_says_nothing_but_where_it_is(self, language: str) -> None:
        subject, text = composing.in_the_app(ref="AP-4F7K2M", reader=reader(language))

        assert "AP-4F7K2M" in subject
        assert GAC not in text
        assert "{" not in subject + text


class TestAWithdrawal:
    @pytest.mark.parametrize("about", ["appeal", "grievance"])
    def test_is_confirmed(self, about: str) -> None:
        subject, text = composing.withdrawn(ref="AP-4F7K2M", reader=reader(), about=about)

        assert "withdrawn" in subject
        assert "AP-4F7K2M" in text
