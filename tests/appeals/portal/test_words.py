"""The words of the portal: the same in four languages, none forgotten and none left over."""

import ast
import re
import string
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from appeals import (
    asking,
    challenging,
    cleaning,
    contesting,
    filing,
    limiting,
    withdrawing,
    wording,
)
from appeals.enums import APPEAL_ENDS, AppealOutcome, AppealState, Ground, StatementKind
from appeals.portal import decisions as portal_decisions
from appeals.portal import filling
from appeals.portal.decided import OFFERED
from appeals.portal.tickets import DONE
from appeals.portal.words import LANGUAGES, preferred, say, words
from appeals.screening import FileRefused
from reviewapp.kernel.refusals import Refused
from tests.house.source import ROOT, python_files, tree

TEMPLATES = sorted((ROOT / "templates/portal").glob("*.html"))
# The same in Spanish or Portuguese as in English.
ALIKE = {"code.field", "refused.files.named"}
JOURNEYS = (
    *(asking, challenging, cleaning, contesting, filing, filling),
    *(limiting, portal_decisions, withdrawing),
)
SAID = re.compile(r'{% say "([^"]+)"')
SAID_OF = re.compile(r'{% say_of "([^"]+)" [\w.]+(?: "([^"]+)")?')


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def said_in_templates() -> set[str]:
    return {key for path in TEMPLATES for key in SAID.findall(path.read_text())}


def said_in_code() -> set[str]:
    """The keys, and with a `*` the beginnings of keys, that code asks for by `say`."""
    found = set()
    for path in python_files("appeals/portal"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                key = node.args[1]
                if isinstance(key, ast.Constant):
                    found.add(str(key.value))
                elif isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
                    found.add(f"{key.values[0].value}*")
    return found


def put_together() -> set[str]:
    """Patterns of the keys that templates put together of a group and a code."""
    return {
        f"{group}.*" + (f".{end}" if end else "")
        for path in TEMPLATES
        for group, end in SAID_OF.findall(path.read_text())
    }


def fits(key: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", r"[\w-]+"), key) is not None


class TestTheWords:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_are_the_same_in_every_language(self, language: str) -> None:
        english, here = words("en"), words(language)

        assert list(here) == list(english)
        assert {key: braces(text) for key, text in here.items()} == {
            key: braces(text) for key, text in english.items()
        }
        assert [key for key, text in here.items() if not text.strip()] == []

    @pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
    def test_are_translated(self, language: str) -> None:
        english = words("en")
        alike = {key for key, text in words(language).items() if text == english[key]}

        assert alike <= ALIKE

    def test_are_in_devanagari_where_they_are_in_hindi(self) -> None:
        plain = {key for key, text in words("hi").items() if not re.search("[\u0900-\u097f]", text)}

        assert plain <= ALIKE

    def test_are_there_for_all_that_is_said(self) -> None:
        said = said_in_templates() | {key for key in said_in_code() if "*" not in key}

        assert said
        assert said - set(words("en")) == set()

    def test_are_all_said(self) -> None:
        patterns = [*said_in_templates(), *said_in_code(), *put_together()]
        unsaid = [key for key in words("en") if not any(fits(key, pattern) for pattern in patterns)]

        assert unsaid == []


class TestEveryGroup:
    """Where a key is put together with a code, there are words for each code."""

    def group(self, name: str) -> set[str]:
        return {
            key.removeprefix(f"{name}.")
            for key in words("en")
            if key.startswith(f"{name}.") and key.count(".") == name.count(".") + 1
        }

    def test_has_words_for_each_ground(self) -> None:
        assert self.group("grounds") == {each.value for each in OFFERED}

    def test_offers_what_a_person_can_know_and_leaves_out_what_is_for_staff(self) -> None:
        assert set(Ground) - set(OFFERED) == {
            Ground.NO_GROUND_GIVEN,
            Ground.POLICY_MISAPPLIED,
            Ground.PROCEDURE_DEFECT,
            Ground.PROACTIVE_TECH_OUTSIDE_TERMS,
        }

    def test_has_words_for_each_state(self) -> None:
        # Somebody who waits for approval is told that they wait; who is answered, the outcome.
        told = set(AppealState) - {AppealState.AWAITING_APPROVAL, AppealState.DECIDED}

        assert AppealState.DECIDED in APPEAL_ENDS
        assert self.group("states") == {*told, *AppealOutcome}

    def test_has_words_for_each_kind_of_statement(self) -> None:
        assert self.group("said") == set(StatementKind)

    def test_has_words_for_whatever_was_just_done(self) -> None:
        assert self.group("done") == set(DONE)

    def test_has_words_for_each_file_that_is_refused(self) -> None:
        codes = {each.code for each in below(FileRefused)} | {FileRefused.code}

        assert self.group("refused.files") - {"named"} == codes

    def test_has_words_for_each_refusal_of_the_journeys(self) -> None:
        raised = {
            each.code
            for module in JOURNEYS
            for each in vars(module).values()
            if isinstance(each, type)
            and issubclass(each, Refused)
            and not issubclass(each, FileRefused)
        }
        of_staff_and_machines = {"cannot-ask", "no-way-to-reach", "sent-before"}
        never_raised_themselves = {"cannot-answer", "text-refused"}
        elsewhere = of_staff_and_machines | never_raised_themselves

        assert raised - elsewhere - self.group("refused") == set()


def below(kind: type[Refused]) -> set[type[Refused]]:
    return {each for child in kind.__subclasses__() for each in (child, *below(child))}


class TestTheTag:
    def say(self, template: str, **context: object) -> str:
        return Template("{% load words %}" + template).render(Context(context))

    def test_says_words_in_the_language_of_the_page(self) -> None:
        assert self.say('{% say "code.title" %}', language="pt") == "Digite o código"

    def test_escapes_what_is_filled_in(self) -> None:
        drawn = self.say('{% say "ticket.number" ref=ref %}', language="en", ref="<b>'\"&</b>")

        assert drawn == "Ticket number &lt;b&gt;&#x27;&quot;&amp;&lt;/b&gt;"

    def test_fills_nothing_into_what_is_filled_in(self) -> None:
        assert "{of}" in self.say(
            '{% say "page.step" number=number of=3 %}', language="en", number="{of}"
        )

    def test_says_what_is_put_together(self) -> None:
        drawn = self.say('{% say_of "problems" what "title" %}', language="es", what="missing")

        assert drawn == "Aquí no hay nada"


class TestTheLanguage:
    """What the address says goes before what the browser prefers."""

    @pytest.mark.parametrize(
        ("asked", "accepted", "spoken"),
        [
            ("", "hi-IN,hi;q=0.9,en;q=0.8", "hi"),
            ("", "pt-PT", "pt"),
            ("", "es-419", "es"),
            ("", "de-DE,de;q=0.9,es;q=0.5,hi;q=0.4", "es"),
            ("", "hi;q=0.4,es;q=0.5", "es"),
            ("", "de", "en"),
            ("", "", "en"),
            ("", "*", "en"),
            ("", ";;;q=,,\u202e" + "x" * 5000, "en"),
            ("hi", "es", "hi"),
            ("PT_br", "es", "pt"),
            ("../../etc", "es", "es"),
            ("<script>", "", "en"),
        ],
    )
    def test_is_chosen(self, asked: str, accepted: str, spoken: str) -> None:
        request = RequestFactory().get("/", {"lang": asked}, HTTP_ACCEPT_LANGUAGE=accepted)

        assert preferred(request) == spoken

    def test_is_one_that_people_are_written_to_in(self) -> None:
        assert set(LANGUAGES) == set(wording.LOCALES)
        assert {path.stem for path in Path(ROOT / "appeals/portal/words").iterdir()} == set(
            LANGUAGES
        )

    def test_says_its_own_key_nowhere(self) -> None:
        with pytest.raises(KeyError):
            say("en", "no.such.key")
