from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import claiming
from cases.models import Case, Clearing, Decision
from tests.cases import lives
from tests.cases.factories import clause, make_account, make_case, make_detection, make_evidence
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
GRACE = timedelta(seconds=30)


def answers(case, **changed):
    """A warning for bulk messaging, as the form sends it."""
    return {
        "seen_version": case.version,
        "outcome": "VIOLATION",
        "clauses": [clause("BULK_MESSAGING").pk],
        "action": "WARN",
        "days": "7",
        "locale": "es",
        "reason_shown": "Too many messages.",
        "rationale": "A burst to strangers.",
        "confidence": "HIGH",
        "then": "stay",
    } | changed


class TestUndoing:
    """Ada has half a minute to undo what she decides. She has just warned somebody."""

    @pytest.fixture(autouse=True)
    def _decided(self, ada, signed_in, settings):
        settings.UNDO_SECONDS = 30
        self.case = make_case()
        claiming.take(case=self.case, by=ada, now=NOON)
        self.item = make_evidence(account=self.case.account, at=NOON - timedelta(hours=1))
        self.ada = signed_in(ada)
        self.url = f"/cases/{self.case.ref}/withdrawal/"
        self.page = self.ada.post(
            f"/cases/{self.case.ref}/decision/",
            answers(
                self.case,
                evidence=[
                    f"{self.item.source_id}:{self.item.id}:{self.item.occurred_at.isoformat()}"
                ],
            ),
            follow=True,
        ).content.decode()

    def test_is_offered_on_whichever_page_follows(self):
        for page in (self.page, self.ada.get("/").content.decode()):
            assert f"{self.case.ref} is decided: warning." in page
            assert f'action="{self.url}"' in page

    def test_is_offered_no_longer_than_it_can_be_done(self):
        with time_machine.travel(NOON + GRACE, tick=False):
            page = self.ada.get(f"/cases/{self.case.ref}/").content.decode()

        assert self.url not in page

    def test_gives_the_case_back_with_the_form_filled_in_as_it_was(self):
        with time_machine.travel(NOON + timedelta(seconds=5), tick=False):
            page = self.ada.post(self.url, follow=True)

        text = page.content.decode()
        assert "is withdrawn. Nobody has heard of it." in text
        assert "Filled in as you had decided it before." in text
        form = page.context["decision"]["form"]
        assert form.is_valid(), form.errors
        assert form.cleaned_data["action"] == "WARN"
        assert form.cleaned_data["rationale"] == "A burst to strangers."
        assert form.cleaned_data["locale"] == "es"
        assert [item for _, item, _ in form.cleaned_data["evidence"]] == [self.item.id]
        assert "withdrawn by Ada" in text
        assert "is decided: warning" not in text

    def test_is_refused_politely_when_it_comes_too_late(self):
        with time_machine.travel(NOON + GRACE, tick=False):
            page = self.ada.post(self.url, follow=True).content.decode()

        assert "The time for withdrawing this decision is over." in page
        assert Case.objects.get(pk=self.case.pk).state == "DECIDED"

    def test_is_refused_politely_where_nothing_is_decided(self):
        page = self.ada.post(f"/cases/{make_case().ref}/withdrawal/", follow=True)

        assert "There is no decision" in page.content.decode()

    def test_is_not_open_to_who_only_reads(self, omar, signed_in):
        assert signed_in(omar).post(self.url).status_code == 403

    def test_leaves_no_standing_decision_in_the_figures(self):
        assert self.ada.get("/").context["today"]["decided"] == "1"

        self.ada.post(self.url)

        home = self.ada.get("/")
        assert home.context["today"]["decided"] == "0"
        assert [each["state"] for each in home.context["recent"]] == ["Withdrawn"]

    def test_writes_to_the_person_in_the_language_that_was_chosen(self):
        told = Decision.objects.get().notifications.get()

        assert told.locale == "es"
        assert "Tu cuenta envió mensajes masivos" in told.text()


class TestUndoingAClearing:
    """Ada found an account harmless and cleared it of a rule. She has half a minute to undo it."""

    def test_gives_back_the_terms_as_well(self, ada, signed_in, settings):
        settings.UNDO_SECONDS = 30
        case = make_case()
        make_detection(account=case.account, case=case, at=NOON)
        claiming.take(case=case, by=ada, now=NOON)
        client = signed_in(ada)
        terms = {
            "clears_family": "BULK",
            "clears_until": (NOON + timedelta(days=9)).date().isoformat(),
            "clears_margin": "0.3",
        }
        with time_machine.travel(NOON, tick=False):
            client.post(
                f"/cases/{case.ref}/decision/",
                answers(case, outcome="NO_VIOLATION", clauses=[], action="", **terms),
            )
            page = client.post(f"/cases/{case.ref}/withdrawal/", follow=True)

        form = page.context["decision"]["form"]
        assert {name: form.data.get(name) for name in terms} == terms
        assert Clearing.objects.get().revoked_at is not None


class TestTheCostOfADecision:
    def test_is_the_same_however_long_the_timeline(self, ada, signed_in):
        client, counts = signed_in(ada), []
        for people in (1, 300):
            case = make_case(account=make_account())
            lives.tell(lives.burst(case.account, people=people, begin=NOON - timedelta(hours=2)))
            claiming.take(case=case, by=ada, now=NOON)
            with CaptureQueriesContext(connection) as asked:
                answer = client.post(f"/cases/{case.ref}/decision/", answers(case))
            assert answer.status_code == 302
            counts.append(len(asked))

        assert counts[0] == counts[1], [each["sql"] for each in asked.captured_queries]
