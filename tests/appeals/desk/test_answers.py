from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from appeals import claiming, proposing, suggesting
from appeals.enums import AppealOutcome, Ground
from appeals.models import AppealDecision, Letter, Proposal
from appeals.wording import LOCALES
from cases.models import Enforcement
from cases.platform import FakePlatform
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal
from tests.appeals.reviewed import (
    LATER,
    answer,
    appeal_against,
    ask_for_a_second_person,
    ban,
    deliver,
    held,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _an_hour_later():
    with time_machine.travel(LATER, tick=False):
        yield


class TestAnswering:
    """Noor holds an appeal against what Ada decided."""

    @pytest.fixture(autouse=True)
    def _appeal(self, ada: User, noor: User, signed_in) -> None:
        self.original = ban(ada)
        deliver(FakePlatform())
        self.appeal = held(self.original, noor, ground=Ground.RECIPIENTS_CONSENTED)
        self.client: Client = signed_in(noor)
        self.url = f"/appeals/{self.appeal.ref}/"

    def send(self, page: str = "decision/", **changed: Any) -> Any:
        typed = {
            "seen_version": self.appeal.version,
            "outcome": "REVERSED",
            "cause": "DETECTOR_ERROR",
            "locale": "en",
            "reason": "The people you wrote to know you.",
            "rationale": "Everybody wrote back.",
        }
        headers = changed.pop("headers", {})
        return self.client.post(f"{self.url}{page}", {**typed, **changed}, headers=headers)

    def test_decides_and_says_so(self) -> None:
        response = self.send(then="stay")

        assert response.url == self.url
        assert AppealDecision.objects.get().outcome == "REVERSED"
        assert f"{self.appeal.ref}: reversed." in self.client.get(self.url).content.decode()

    def test_goes_on_to_the_next(self) -> None:
        following = make_appeal()

        assert self.send(then="next").url == f"/appeals/{following.ref}/"

    def test_goes_home_where_none_is_left(self) -> None:
        assert self.send(then="next").url == "/appeals/"

    def test_says_what_is_missing_and_loses_nothing(self) -> None:
        response = self.send(rationale="", cause="")

        page = response.content.decode()
        assert response.status_code == 422
        assert "Say why the decision does not stand." in page
        assert "The people you wrote to know you." in page

    def test_proposes_words_where_none_were_written(self) -> None:
        """Without scripts the form itself proposes nothing: what is left empty is filled in."""
        self.send(reason="", locale="hi")

        told = AppealDecision.objects.get().reason()
        assert told == suggesting.reason_for(
            outcome="REVERSED", ground="RECIPIENTS_CONSENTED", language="hi"
        )

    def test_puts_something_milder_in_its_place_for_some_days(self) -> None:
        self.send(outcome="PARTIALLY_REVERSED", action="TEMPORARY_BAN", days="7")

        assert Enforcement.objects.get(action="TEMPORARY_BAN").until == LATER + 7 * DAY

    def test_or_until_a_date(self) -> None:
        partial = {"outcome": "PARTIALLY_REVERSED", "action": "TEMPORARY_BAN"}
        assert "Say on which day it ends." in self.send(**partial, days="date").content.decode()

        self.send(**partial, days="date", ends_on="2026-04-01")

        assert f"{Enforcement.objects.get(action='TEMPORARY_BAN').until:%Y-%m-%d}" == "2026-04-01"

    def test_leaves_out_what_belongs_to_another_outcome(self) -> None:
        """The page hides it, and what was chosen before stays chosen."""
        self.send(outcome="ORIGINAL_DECISION_UPHELD", action="WARN", days="7")

        made = AppealDecision.objects.get()
        assert (made.outcome, made.cause) == ("ORIGINAL_DECISION_UPHELD", "")

    def test_is_refused_where_something_arrived(self) -> None:
        response = self.send(seen_version=99)

        assert response.status_code == 409
        assert "Something arrived on this appeal" in response.content.decode()
        assert "The people you wrote to know you." in response.content.decode()

    def test_is_refused_to_whoever_lost_it_and_keeps_what_they_typed(self, ravi: User) -> None:
        claiming.lapse(at=LATER + claiming.HELD_FOR)
        claiming.take(ticket=self.appeal, by=ravi, at=LATER)

        response = self.send()

        page = response.content.decode()
        assert response.status_code == 409
        assert "Ravi holds" in page
        assert "What you had typed" in page

    def test_is_not_for_whoever_only_reads(self, signed_in, omar: User) -> None:
        self.client = signed_in(omar)

        assert self.send().status_code == 403

    def test_leads_back_to_the_appeal_when_asked_for(self) -> None:
        assert self.client.get(f"{self.url}decision/").url == self.url


class TestAPreview:
    """Of exactly what the platform is asked and the person is told."""

    _appeal = TestAnswering._appeal
    send = TestAnswering.send

    def test_shows_both_and_keeps_nothing(self) -> None:
        page = self.send("decision/preview/").content.decode()

        assert "enforcement.lifted" in page
        assert self.appeal.enforcement.ref in page
        assert "In the app:" in page
        assert "By e-mail:" in page
        assert page.count("The people you wrote to know you.") >= 3
        assert not AppealDecision.objects.exists()
        assert not Letter.objects.exists()
        assert not LedgerEntry.objects.filter(kind="appeal.decided").exists()

    def test_is_what_is_sent_in_the_end(self) -> None:
        page = self.send("decision/preview/", outcome="ORIGINAL_DECISION_UPHELD").content.decode()
        self.send(outcome="ORIGINAL_DECISION_UPHELD")

        for letter in Letter.objects.all():
            for paragraph in letter.text().split("\n\n"):
                first_line = paragraph.splitlines()[0]
                assert first_line.replace("'", "&#x27;").replace('"', "&quot;") in page

    def test_comes_alone_when_htmx_asks(self) -> None:
        response = self.send("decision/preview/", headers={"HX-Request": "true"})

        assert response.templates[0].name == "appeals/_review_preview.html"
        assert "It goes to the platform at once." in response.content.decode()

    def test_says_what_has_to_be_said_first(self) -> None:
        page = self.send("decision/preview/", outcome="").content.decode()

        assert "Choose an outcome." in page

    def test_says_that_a_second_person_is_needed(self, lena: User) -> None:
        ask_for_a_second_person()

        page = self.send("decision/preview/", headers={"HX-Request": "true"}).content.decode()

        assert "It waits for a second person" in page
        assert "enforcement.lifted" in page


class TestAProposal:
    """A rule wants a second person; Noor proposed, Lena may approve."""

    @pytest.fixture(autouse=True)
    def _proposal(self, ada: User, noor: User, lena: User, signed_in) -> None:
        self.original = ban(ada)
        ask_for_a_second_person()
        self.appeal = held(self.original, noor)
        proposing.propose(appeal=self.appeal, by=noor, at=LATER, **answer(self.appeal))
        self.noor, self.lena = signed_in(noor), signed_in(lena)
        self.url = f"/appeals/{self.appeal.ref}/"

    def test_is_listed_for_whoever_may_approve(self, signed_in, omar: User) -> None:
        assert self.appeal.ref in self.lena.get("/appeals/proposals/").content.decode()
        assert signed_in(omar).get("/appeals/proposals/").status_code == 403

    def test_is_shown_with_what_it_would_do(self) -> None:
        page = self.lena.get(self.url).content.decode()

        assert "Everybody wrote back." in page
        assert "notification" in page or "In the app:" in page
        assert 'data-key="P"' in page

    def test_is_approved(self) -> None:
        self.appeal.refresh_from_db()
        self.lena.post(f"{self.url}proposal/", {"seen_version": self.appeal.version})

        assert "Noor, approved by Lena" in self.noor.get(self.url).content.decode()

    def test_is_sent_back_with_words_that_the_asker_finds(self) -> None:
        self.lena.post(f"{self.url}proposal/return/", {"words": "Ask them first."})
        self.noor.post(f"{self.url}claim/")

        page = self.noor.get(self.url).content.decode()

        assert "Lena sent back what you had proposed: Ask them first." in page
        assert "Everybody wrote back." in page

    def test_is_not_sent_back_without_words(self) -> None:
        response = self.lena.post(f"{self.url}proposal/return/", {"words": ""})

        assert response.status_code == 422
        assert "Say what should be different." in response.content.decode()

    def test_is_withdrawn_by_whoever_made_it(self) -> None:
        self.noor.post(f"{self.url}proposal/withdrawal/")

        assert Proposal.objects.get().answer == "WITHDRAWN"
        assert 'name="outcome"' in self.noor.get(self.url).content.decode()


class TestHoldingAndAsking:
    """An appeal that nobody holds; Noor takes it."""

    @pytest.fixture(autouse=True)
    def _appeal(self, ada: User, noor: User, signed_in) -> None:
        self.appeal = appeal_against(ban(ada))
        self.client: Client = signed_in(noor)
        self.url = f"/appeals/{self.appeal.ref}/"

    def test_takes_it_keeps_it_and_gives_it_back(self) -> None:
        assert self.client.post(f"{self.url}claim/").url == self.url
        kept = self.client.post(f"{self.url}claim/renewal/").json()
        assert kept["expires_at"].startswith("2026-03-10T13:30")

        back = self.client.post(f"{self.url}claim/return/", {"reason": "END_OF_SHIFT"})

        assert back.url == "/appeals/"
        refused = self.client.post(f"{self.url}claim/renewal/")
        assert refused.status_code == 409
        assert "You do not hold" in refused.json()["detail"]

    def test_says_why_it_can_not_be_taken(self, ravi: User) -> None:
        claiming.take(ticket=self.appeal, by=ravi, at=LATER)

        page = self.client.post(f"{self.url}claim/", follow=True).content.decode()

        assert f"Ravi holds {self.appeal.ref}." in page

    def test_shows_in_the_bar_what_one_holds(self) -> None:
        self.client.post(f"{self.url}claim/")

        page = self.client.get("/appeals/").content.decode()

        assert f'class="claim" href="{self.url}"' in page

    def test_asks_the_person(self) -> None:
        self.client.post(f"{self.url}claim/")

        response = self.client.post(
            f"{self.url}question/", {"question-text": "To whom did you write?"}
        )

        assert response.url == "/appeals/"
        page = self.client.get(self.url).content.decode()
        assert "Noor asked" in page
        assert "Waits for the person" in page

    def test_needs_a_question(self) -> None:
        self.client.post(f"{self.url}claim/")

        response = self.client.post(f"{self.url}question/", {"question-text": " "})

        assert response.status_code == 422
        assert "Write what you want to know." in response.content.decode()

    def test_goes_on_without_an_answer(self) -> None:
        self.client.post(f"{self.url}claim/")
        self.client.post(f"{self.url}question/", {"question-text": "To whom did you write?"})

        self.client.post(f"{self.url}going-on/")

        assert 'name="outcome"' in self.client.get(self.url).content.decode()


class TestWhatIsProposedToBeSaid:
    @pytest.mark.parametrize("language", LOCALES)
    @pytest.mark.parametrize("outcome", AppealOutcome.values)
    @pytest.mark.parametrize("ground", Ground.values)
    def test_is_there_for_everything(self, language: str, outcome: str, ground: str) -> None:
        assert suggesting.reason_for(outcome=outcome, ground=ground, language=language)

    def test_is_the_same_in_every_language(self) -> None:
        def shape(language: str) -> Any:
            found = suggesting.reasons()[language]
            return {outcome: set(grounds) for outcome, grounds in found.items()}

        assert all(shape(each) == shape("en") for each in LOCALES)

    def test_names_only_grounds_that_there_are(self) -> None:
        for outcomes in suggesting.reasons().values():
            for grounds in outcomes.values():
                assert set(grounds) - {"DEFAULT"} <= set(Ground.values)
