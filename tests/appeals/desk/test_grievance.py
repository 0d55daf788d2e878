from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appeals import claiming
from appeals.enums import ClockName, GrievanceCategory, GrievanceState
from appeals.models import Appeal, Clock, Grievance, Letter
from cases.enums import GiveBackReason
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_grievance, say
from tests.cases import secondlook
from tests.cases.factories import make_account, make_enforcement
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
ADDRESS = "meena@example.org"
HELPED = {"resolution": "SUPPORT_GIVEN", "reason": "Update the app.", "locale": "en"}


class OnTheDesk:
    """Noor holds a grievance that came by e-mail yesterday."""

    @pytest.fixture(autouse=True)
    def _held(self, noor: User, signed_in: Any) -> Any:
        self.yesterday = NOON - timedelta(days=1)
        self.grievance = make_grievance(
            at=self.yesterday, contact=ADDRESS, text="I can't get in.\n\nSince Monday."
        )
        claiming.take(ticket=self.grievance, by=noor, at=NOON)
        self.path = f"/grievances/{self.grievance.ref}/"
        self.client = signed_in(noor)
        with time_machine.travel(NOON, tick=False):
            yield

    def post(self, what: str, **typed: Any) -> Any:
        typed = {"seen_version": self.row().version} | typed
        return self.client.post(f"{self.path}{what}/", typed, follow=True)

    def row(self) -> Grievance:
        return Grievance.objects.get(pk=self.grievance.pk)


class TestTheGrievance(OnTheDesk):
    def test_shows_what_was_said_and_by_when_an_answer_is_owed(self) -> None:
        page = self.client.get(self.path)

        assert "I can&#x27;t get in.\n\nSince Monday.</div>" in page.content.decode()
        clocks = {each["name"]: each for each in page.context["clocks"]}
        assert clocks["Answer"]["words"].endswith("left")
        assert clocks["Answer"]["limit"] in ("15 days", "7 days")
        assert all(each["basis"] for each in clocks.values())
        assert page.context["ticket"]["reached"] == "e-mail"
        assert ADDRESS not in page.content.decode()

    def test_says_what_was_kept_and_what_was_broken(self) -> None:
        Clock.objects.filter(grievance=self.grievance, name=ClockName.ACK).update(
            met_at=self.yesterday + timedelta(hours=1)
        )
        Clock.objects.filter(grievance=self.grievance, name=ClockName.RESOLVE).update(
            due_at=NOON - timedelta(hours=2)
        )

        words = {each["words"] for each in self.client.get(self.path).context["clocks"]}
        assert "kept, 23 h before its end" in words
        assert "broken: overdue by 2 h" in words

    def test_writes_down_once_who_looked(self, noor: User) -> None:
        self.client.get(self.path)
        self.client.get(self.path)

        looks = LedgerEntry.objects.filter(kind="grievance.viewed")
        assert [each.actor for each in looks] == [noor.actor]
        assert looks[0].particulars == {"grievance": self.grievance.ref}

    def test_is_found_however_it_is_typed_and_not_by_others(
        self, ada: User, signed_in: Any
    ) -> None:
        assert self.client.get(self.path.lower()).status_code == 200
        assert self.client.get("/grievances/G-NOPE/").status_code == 404
        assert signed_in(ada).get(self.path).status_code == 403

    def test_is_only_read_while_somebody_else_holds_it(self, ravi: User, signed_in: Any) -> None:
        page = signed_in(ravi).get(self.path)

        assert "Held by Noor" in page.content.decode()
        assert "answer" not in page.context

    def test_asks_no_more_when_more_was_said(self) -> None:
        account = make_account(at=self.yesterday)
        Grievance.objects.filter(pk=self.grievance.pk).update(account=account)
        make_grievance(at=self.yesterday - timedelta(days=1), contact=ADDRESS)

        few = self.queries()
        for each in range(4):
            say(self.grievance, text="And this.", kind="ANSWER", at=NOON)
            make_grievance(at=self.yesterday - timedelta(days=2 + each), contact=ADDRESS)

        assert self.queries() == few

    def queries(self) -> int:
        self.client.get(self.path)
        with CaptureQueriesContext(connection) as captured:
            assert self.client.get(self.path).status_code == 200
        return len(captured)


class TestHolding(OnTheDesk):
    def test_is_renewed_by_the_open_page(self, ravi: User, signed_in: Any) -> None:
        answer = self.client.post(f"{self.path}claim/renewal/")
        refused = signed_in(ravi).post(f"{self.path}claim/renewal/")

        assert "expires_at" in answer.json()
        assert refused.status_code == 409
        assert "Noor" in refused.json()["detail"]

    def test_ends_when_it_is_given_back(self) -> None:
        answer = self.post("claim/return", reason=GiveBackReason.END_OF_SHIFT)

        assert "waits for somebody else" in answer.content.decode()
        assert self.row().held_by is None

    def test_goes_to_whoever_takes_it(self, ravi: User, signed_in: Any) -> None:
        client = signed_in(ravi)
        refused = client.post(f"{self.path}claim/", follow=True)
        self.post("claim/return", reason=GiveBackReason.OTHER)
        client.post(f"{self.path}claim/")

        assert "Noor holds" in refused.content.decode()
        assert self.row().held_by == ravi

    def test_is_not_for_readers(self, omar: User, signed_in: Any) -> None:
        self.post("claim/return", reason=GiveBackReason.OTHER)
        answer = signed_in(omar).post(f"{self.path}claim/", follow=True)

        assert "Your roles do not answer these" in answer.content.decode()
        assert self.row().held_by is None


class TestAnswering(OnTheDesk):
    def test_tells_the_person_and_closes_it(self) -> None:
        answer = self.post("answer", **HELPED)

        page = answer.content.decode()
        assert "Support given" in page
        assert "Update the app." in page
        assert self.row().state == GrievanceState.RESOLVED
        assert "Update the app." in Letter.objects.get().text()

    def test_shows_beforehand_exactly_what_the_person_will_be_told(self) -> None:
        previewed = self.post("preview", **HELPED)
        assert previewed.status_code == 200
        [told] = previewed.context["answer"]["preview"]["told"]

        assert self.row().is_open
        assert previewed.context["answer"]["form"].data["reason"] == HELPED["reason"]
        self.post("answer", **HELPED)
        letter = Letter.objects.get()
        assert (told.subject, told.text) == (letter.subject, letter.text())

    def test_previews_alone_when_htmx_asks(self) -> None:
        answer = self.client.post(
            f"{self.path}preview/", HELPED | {"seen_version": 1}, headers={"HX-Request": "true"}
        )

        assert "<html" not in answer.content.decode()
        assert "Update the app." in answer.content.decode()

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({}, "Say what came of it"),
            ({"resolution": "ACCOUNT_BANNED"}, "Say what came of it"),
            ({"resolution": "decision:D-NOPE"}, "none that it can rest on"),
            ({"resolution": "SUPPORT_GIVEN"}, "Write what the person is to be told"),
            ({"resolution": "RESTORATION_REFUSED", "reason": "No."}, "which account"),
            ({"resolution": "REDIRECTED_IN_APP"}, "Only complaints of safety"),
            ({"resolution": "DUPLICATE", "other": "G-NOPE"}, "Name the ticket"),
        ],
    )
    def test_says_what_is_missing_and_loses_nothing(
        self, typed: dict[str, str], words: str
    ) -> None:
        answer = self.post("answer", locale="en", **({"reason": ""} | typed))

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert self.row().is_open

    def test_is_refused_on_a_page_that_is_not_the_newest(self) -> None:
        answer = self.post("answer", **HELPED, seen_version=0)

        assert answer.status_code == 409
        assert "Something changed" in answer.content.decode()
        assert "Update the app." in answer.content.decode()

    def test_is_refused_to_whoever_does_not_hold_it_and_keeps_their_words(
        self, ravi: User, signed_in: Any
    ) -> None:
        self.client = signed_in(ravi)
        answer = self.post("answer", **HELPED)

        assert answer.status_code == 409
        assert "What you had typed" in answer.content.decode()

    def test_offers_what_the_same_person_asked_before(self) -> None:
        earlier = make_grievance(
            at=self.yesterday - timedelta(days=1),
            contact=ADDRESS,
            text="I can't get in. Since Monday.",
        )
        choices = self.client.get(self.path).context["answer"]["choices"]
        assert {each["value"]: each.get("small") for each in choices}[
            f"repeats:{earlier.ref}"
        ] == "says nearly the same"

        self.post("answer", resolution=f"repeats:{earlier.ref}", locale="en")

        assert self.row().duplicate_of == earlier

    def test_rests_on_a_decision_made_since(self, ada: User) -> None:
        account = make_account(at=self.yesterday)
        Grievance.objects.filter(pk=self.grievance.pk).update(account=account)
        ban = secondlook.decide(account, ada, at=NOON - timedelta(hours=1))

        answer = self.post("answer", resolution=f"decision:{ban.ref}", locale="en")

        assert "actioned" in answer.content.decode()
        assert self.row().decision == ban


class TestSorting(OnTheDesk):
    def test_names_the_account_by_what_is_known_of_it(self) -> None:
        account = make_account(at=self.yesterday)
        self.post(
            "sorting", category="ACCOUNT_SUPPORT", rule_kind="GENERAL", account=account.external_id
        )

        assert self.row().account == account
        assert account.ref in self.client.get(self.path).content.decode()

    def test_says_that_nobody_is_called_so(self) -> None:
        answer = self.post(
            "sorting", category="ACCOUNT_SUPPORT", rule_kind="GENERAL", account="nobody"
        )

        assert answer.status_code == 422
        assert "There is no such account" in answer.content.decode()

    def test_moves_the_clocks_to_another_rule(self) -> None:
        self.post("sorting", category="SAFETY", rule_kind="INTIMATE_OR_IMPERSONATION", account="")

        assert self.row().category == GrievanceCategory.SAFETY
        assert Clock.objects.filter(
            grievance=self.grievance, kind="INTIMATE_OR_IMPERSONATION"
        ).exists()

    def test_files_the_appeal_that_it_contains(self) -> None:
        account = make_account(at=self.yesterday)
        make_enforcement(account=account, at=self.yesterday)
        refused = self.post("appeal")
        self.post(
            "sorting", category="ACCOUNT_SUPPORT", rule_kind="GENERAL", account=account.external_id
        )
        self.post("appeal")

        assert "Say first which account" in refused.content.decode()
        assert self.row().appeal == Appeal.objects.get()
        page = self.client.get(self.path).content.decode()
        assert f'href="/appeals/{Appeal.objects.get().ref}/"' in page


class TestAsking(OnTheDesk):
    def test_waits_for_the_person_until_somebody_goes_on(self, noor: User) -> None:
        self.post("question", text="Which phone do you use?")
        page = self.client.get(self.path).content.decode()
        assert self.row().state == GrievanceState.AWAITING_USER
        assert "Which phone do you use?" in page
        assert "Go on without an answer" in page

        self.post("going-on")

        assert self.row().held_by == noor
        assert self.row().state == GrievanceState.OPEN

    def test_needs_words(self) -> None:
        assert "Write what you want to know" in self.post("question", text=" ").content.decode()
