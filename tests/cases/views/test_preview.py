import json

import pytest

from cases import claiming, enforcing, notifying
from cases.models import Case, Decision
from cases.platform import FakePlatform
from tests.cases.factories import (
    clause,
    make_account,
    make_case,
    make_detection,
    make_enforcement,
)
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


class TestThePreview:
    """Ada holds a case on somebody who reads Portuguese."""

    @pytest.fixture(autouse=True)
    def _held(self, ada, signed_in):
        self.case = make_case(account=make_account(locale="pt-BR"))
        claiming.take(case=self.case, by=ada, now=NOON)
        self.ada = signed_in(ada)
        self.answers = {
            "seen_version": self.case.version,
            "outcome": "VIOLATION",
            "clauses": [clause("BULK_MESSAGING").pk],
            "action": "TEMPORARY_BAN",
            "days": "7",
            "rationale": "A burst to strangers.",
            "confidence": "HIGH",
        }

    def preview(self, **changed):
        url = f"/cases/{self.case.ref}/decision/preview/"
        return self.ada.post(url, self.answers | changed, headers=HTMX)

    def test_is_word_for_word_what_is_sent_when_it_is_decided(self):
        preview = self.preview().context["preview"]

        self.ada.post(f"/cases/{self.case.ref}/decision/", self.answers)
        platform = FakePlatform()
        enforcing.deliver_due(platform=platform, clock=lambda: NOON)
        notifying.deliver_due(platform=platform, clock=lambda: NOON)

        asked, told = platform.received
        [shown] = preview.asked
        assert shown.type == asked.type
        assert {**json.loads(shown.data), "enforcement": ""} == {**asked.data, "enforcement": ""}
        assert (preview.subject, preview.text) == (told.data["subject"], told.data["text"])
        assert "A sua conta enviou mensagens em massa" in preview.text

    def test_makes_nothing(self):
        self.preview()

        assert not Decision.objects.exists()
        self.case.refresh_from_db()
        assert self.case.state == "OPEN"

    def test_speaks_the_language_that_is_chosen(self):
        assert "Tu cuenta envió" in self.preview(locale="es").context["preview"].text

    def test_says_that_it_waits_for_a_second_person_before_anybody_presses(self):
        page = self.preview(clauses=[clause("CHILD_SAFETY").pk]).content.decode()

        assert "It waits for a second person: a rule it cites asks for it." in page
        assert 'hx-swap-oob="true"' in page

    def test_says_when_it_goes_and_until_when_it_can_be_undone(self, settings):
        assert "goes to the platform at once" in self.preview().content.decode()
        settings.UNDO_SECONDS = 30
        assert "after 30 s; until then you can undo it." in self.preview().content.decode()

    def test_says_that_nothing_is_asked_where_nothing_is(self):
        page = self.preview(outcome="NO_VIOLATION", action="").content.decode()

        assert "Nothing is asked of the platform, and nobody is told." in page

    def test_shows_the_lift_of_each_thing_that_stands(self):
        bans = [make_enforcement(account=self.case.account) for _ in range(2)]

        preview = self.preview(outcome="NO_VIOLATION", lift="on").context["preview"]

        lifted = [json.loads(asked.data)["lifts"] for asked in preview.asked]
        assert lifted == [ban.ref for ban in bans]

    def test_is_a_whole_page_without_scripts_that_keeps_what_was_typed(self):
        url = f"/cases/{self.case.ref}/decision/preview/"
        page = self.ada.post(url, self.answers | {"reason_shown": "Typed."})

        text = page.content.decode()
        assert page.status_code == 200
        assert "Typed.</textarea>" in text
        assert "&quot;TEMPORARY_BAN&quot;" in text
        assert 'id="what-they-get" open' in text

    def test_copes_with_half_a_form(self):
        for half in ({"outcome": ""}, {"clauses": []}, {"days": ""}, {"clauses": ["x"]}):
            assert self.preview(**half).status_code == 200

    def test_is_not_open_to_who_only_reads(self, omar, signed_in):
        url = f"/cases/{self.case.ref}/decision/preview/"
        assert signed_in(omar).post(url).status_code == 403


class TestTheAdvice:
    def test_is_of_the_rule_that_the_strongest_detection_names_and_chooses_nothing(
        self, ada, signed_in
    ):
        case = make_case()
        make_detection(account=case.account, case=case, policy="HARASSMENT", score=0.4)
        Case.objects.filter(pk=case.pk).update(policies=["BULK_MESSAGING", "HARASSMENT"])
        claiming.take(case=case, by=ada, now=NOON)

        form = signed_in(ada).get(f"/cases/{case.ref}/").context["decision"]

        assert len(form["suggested_clauses"]) == 2
        named = [item["line"].why for item in form["advice"] if item["named"]]
        assert named == ["first violation of Bulk messaging in 365 days"]
        assert not any(each["checked"] for each in form["actions"] if each["value"])


class TestWhatAQueueOffers:
    """A queue that offers warnings and limits alone."""

    @pytest.fixture(autouse=True)
    def _held(self, ada, signed_in):
        self.case = make_case()
        self.case.queue.actions = ["WARN", "GROUP_CREATE_BLOCK"]
        self.case.queue.save()
        claiming.take(case=self.case, by=ada, now=NOON)
        self.ada = signed_in(ada)

    def test_is_what_the_form_shows(self):
        form = self.ada.get(f"/cases/{self.case.ref}/").context["decision"]

        assert [each["value"] for each in form["actions"]] == ["", "WARN", "GROUP_CREATE_BLOCK"]

    def test_is_all_that_the_form_takes(self):
        answer = self.ada.post(
            f"/cases/{self.case.ref}/decision/",
            {
                "seen_version": self.case.version,
                "outcome": "VIOLATION",
                "clauses": [clause("BULK_MESSAGING").pk],
                "action": "PERMANENT_BAN",
                "rationale": "Clear.",
                "confidence": "HIGH",
            },
        )

        assert answer.status_code == 422
        assert not Decision.objects.exists()
