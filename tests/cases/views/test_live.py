"""The live part of a case page: what it tells whoever has the page open, and what that costs."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from cases import (
    asking,
    claiming,
    deciding,
    enforcing,
    handing,
    leading,
    noting,
    withdrawing,
)
from cases.models import Case, Claim, Presence
from cases.platform import FakePlatform
from cases.views.presence import present_on
from reviewapp.ledger.models import LedgerEntry
from tests.cases import lives
from tests.cases.factories import make_case, make_detection, verdict
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


class Page:
    """A case page that somebody has open: it asks as a browser would, and draws what is new."""

    def __init__(self, client, case):
        self.client, self.case = client, case
        page = client.get(f"/cases/{case.ref}/")
        self.live, self.form = page.context["live"], "decision" in page.context
        self.seen = {
            "detections": page.context["why"]["seen"],
            "items": page.context["timeline"]["items"],
            "notes": self.live["seen"].notes,
            "state": self.live["seen"].state,
            **({"form": "1"} if self.form else {}),
        }
        self.tag = self.live["tag"]

    def ask(self, **headers):
        """The answer, whose tag is sent with the next question."""
        answer = self.client.get(
            self.live["url"],
            self.seen,
            headers={**HTMX, "If-None-Match": self.tag, **headers},
        )
        self.tag = answer.headers.get("ETag", self.tag)
        return answer

    def news(self):
        answer = self.ask()
        return [each["words"] for each in answer.context["live"]["news"]] if answer.context else []


class TestALivePage:
    """Ada has a case of one detection open, which nobody holds. Bo is about."""

    @pytest.fixture(autouse=True)
    def _open(self, signed_in, ada, bo):
        self.case = make_case()
        self.ada, self.bo = ada, bo
        self.page = Page(signed_in(ada), self.case)

    def test_is_told_that_nothing_changed_at_the_cost_of_few_queries(self):
        with CaptureQueriesContext(connection) as asked:
            answer = self.page.ask()

        assert answer.status_code == 304
        # The session, the person, the case, that she is there, and how the case stands.
        assert len(asked) == 5

    def test_costs_the_same_however_much_there_is(self):
        lives.tell(lives.burst(self.case.account, people=90, begin=NOON - timedelta(days=3)))
        for number in range(20):
            noting.write(case=self.case, by=self.bo, text=f"{number}", at=NOON)
        self.page.ask()

        with CaptureQueriesContext(connection) as asked:
            assert self.page.ask().status_code == 304

        assert len(asked) == 5

    def test_tells_of_what_detectors_found_and_shows_it_when_asked(self, signed_in):
        make_detection(account=self.case.account, case=self.case, detector="report-rate")
        Case.objects.filter(pk=self.case.pk).update(detection_count=2, version=9)

        first, again = self.page.ask(), self.page.ask()
        shown = self.page.client.get(f"/cases/{self.case.ref}/why/", headers=HTMX)

        assert "1 new detection" in first.content.decode()
        assert "report-rate" not in first.content.decode()
        assert again.status_code == 304
        assert "report-rate 1.0" in shown.content.decode()
        assert 'data-version="9"' in shown.content.decode()
        # What was shown is no news to that page any more.
        self.page.seen["detections"] = shown.context["why"]["seen"]
        assert self.page.news() == []

    def test_tells_of_evidence_and_leads_to_the_part_that_is_looked_at(self):
        lives.tell(lives.burst(self.case.account, people=3, begin=NOON - timedelta(hours=1)))
        looked_at = f"/cases/{self.case.ref}/?from=2026-03-01T00:00:00Z&to=2026-03-12T00:00:00Z"

        answer = self.page.ask(**{"HX-Current-URL": f"http://testserver{looked_at}"})

        assert "3 new items of evidence" in answer.content.decode()
        assert escape(looked_at) in answer.content.decode()

    def test_tells_of_others_notes_and_not_of_ones_own(self):
        noting.write(case=self.case, by=self.ada, text="Mine.", at=NOON)
        assert self.page.news() == []

        noting.write(case=self.case, by=self.bo, text="His.", at=NOON)
        assert self.page.news() == ["1 new note by Bo"]

    def test_tells_who_took_it_and_that_it_is_free_again(self):
        claiming.take(case=self.case, by=self.bo, now=NOON)
        taken = self.page.ask().content.decode()
        claiming.give_back(case=self.case, by=self.bo, reason="END_OF_SHIFT", now=NOON)
        free = self.page.ask().content.decode()

        assert "Held by Bo" in taken
        assert "Take this case" not in taken
        assert "Take this case" in free

    def test_draws_what_somebody_decided_and_how_far_it_got(self):
        claiming.take(case=self.case, by=self.bo, now=NOON)
        deciding.decide(case=self.case, by=self.bo, at=NOON, **verdict(self.case))
        decided = self.page.ask().content.decode()
        assert self.page.ask().status_code == 304

        enforcing.deliver_due(platform=FakePlatform(), clock=lambda: NOON)
        applied = self.page.ask().content.decode()

        assert "Violation · Warning" in decided
        assert "Requested" in decided
        # It was not she who decided: what she may have typed is kept.
        assert "data-draft-done" not in decided
        assert "Applied" in applied

    def test_tells_that_a_decision_was_taken_back(self, signed_in):
        claiming.take(case=self.case, by=self.bo, now=NOON)
        made = deciding.decide(
            case=self.case, by=self.bo, at=NOON, effective_at=NOON + timedelta(seconds=30),
            **verdict(self.case),
        )  # fmt: skip
        page = Page(self.page.client, self.case)

        withdrawing.withdraw(decision=made, by=self.bo, at=NOON)

        assert page.news() == ["This case is now: open"]

    def test_tells_of_a_case_set_aside_or_handed_over(self, lena):
        claiming.take(case=self.case, by=self.bo, now=NOON)
        self.page.ask()

        handing.hand_over(case=self.case, by=self.bo, to=lena, words="Yours.", at=NOON)

        assert self.page.news() == ["1 new note by Bo"]
        claiming.take(case=self.case, by=lena, now=NOON)
        tomorrow = NOON + timedelta(days=1)
        asking.ask(case=self.case, by=lena, question="Who?", wakes_at=tomorrow, at=NOON)
        assert self.page.news() == ["This case is now: awaiting information", "2 new notes"]

    def test_takes_what_a_page_does_not_say_as_seen(self):
        for asked in ("", "?detections=x&items=-1&notes=9999999999999&state=LUNCH"):
            answer = self.page.client.get(f"{self.page.live['url']}{asked}", headers=HTMX)
            assert answer.context["live"]["news"] == []

    def test_is_for_the_page_alone(self, client):
        for address in ("live", "why"):
            url = f"/cases/{self.case.ref}/{address}/"
            answer = self.page.client.get(url)
            assert (answer.status_code, answer["Location"]) == (302, f"/cases/{self.case.ref}/")
            stranger = client.get(url, headers=HTMX)
            assert stranger["HX-Redirect"].startswith("/staff/login/")


class TestALivePageWithAForm:
    """Ada holds a case and has its form open."""

    @pytest.fixture(autouse=True)
    def _open(self, signed_in, ada, bo):
        self.case = make_case()
        self.ada, self.bo = ada, bo
        claiming.take(case=self.case, by=ada, now=NOON)
        self.page = Page(signed_in(ada), self.case)
        assert self.page.form

    def test_is_not_told_of_her_own_lease(self):
        claiming.renew(case=self.case, by=self.ada, now=NOON + timedelta(minutes=9))

        assert self.page.ask().status_code == 304

    def test_tells_who_has_it_now(self):
        Claim.objects.update(expires_at=NOON + timedelta(minutes=1))
        with time_machine.travel(NOON + timedelta(minutes=2), tick=False):
            lapsed = self.page.ask().content.decode()
            claiming.take(case=self.case, by=self.bo, now=NOON + timedelta(minutes=2))
            taken = self.page.ask()

        assert "Your hold has run out" in lapsed
        assert "data-lost" not in lapsed
        words = [each["words"] for each in taken.context["live"]["news"]]
        assert words == ["Bo holds this case now. What you typed is kept."]
        assert "data-lost" in taken.content.decode()

    def test_tells_who_took_it_off_her(self, lena):
        leading.take_off(case=self.case, claim_id=Claim.objects.get().pk, by=lena, at=NOON)

        assert self.page.news() == ["Lena took this case off you. What you typed is kept."]

    def test_tells_who_decided_it_and_leaves_the_form_alone(self, lena):
        leading.take_off(case=self.case, claim_id=Claim.objects.get().pk, by=lena, at=NOON)
        claiming.take(case=self.case, by=self.bo, now=NOON)
        deciding.decide(case=self.case, by=self.bo, at=NOON, **verdict(self.case))

        answer = self.page.ask()

        words = [each["words"] for each in answer.context["live"]["news"]]
        assert words == ["Bo decided it: warning"]
        assert 'id="decided"' not in answer.content.decode()


class TestPresence:
    """Bo has a case open."""

    @pytest.fixture(autouse=True)
    def _open(self, signed_in, bo):
        self.case, self.bo = make_case(), bo
        self.page = Page(signed_in(bo), self.case)

    def test_is_seen_by_others_and_not_by_oneself(self, signed_in, ada):
        words = signed_in(ada).get(f"/cases/{self.case.ref}/").content.decode()
        own = self.page.ask().content.decode()

        assert "Bo <small>has it open</small>" in words
        assert "Ada <small>has it open</small>" in own
        assert "Bo <small>" not in own

    def test_says_who_holds_it(self, signed_in, ada):
        claiming.take(case=self.case, by=self.bo, now=NOON)

        page = signed_in(ada).get(f"/cases/{self.case.ref}/")

        assert page.context["live"]["people"][0] | {"initials": "B"} == {
            "name": "Bo",
            "initials": "B",
            "words": "holds it",
            "holds": True,
        }

    def test_lasts_as_long_as_the_page_asks(self, ada):
        for seconds, there in ((15, True), (45, False)):
            at = NOON + timedelta(seconds=seconds)
            people = present_on([self.case], but=ada, at=at)[self.case.pk]
            assert bool(people) is there
        with time_machine.travel(NOON + timedelta(seconds=30), tick=False):
            self.page.ask()

        assert present_on([self.case], but=ada, at=NOON + timedelta(seconds=45))[self.case.pk]

    def test_is_not_in_the_ledger(self):
        before = LedgerEntry.objects.count()

        self.page.ask()

        assert LedgerEntry.objects.count() == before

    def test_is_forgotten(self):
        assert Presence.objects.sweep(at=NOON + timedelta(seconds=10)) == 0
        assert Presence.objects.sweep(at=NOON + timedelta(minutes=10)) == 1
        assert not Presence.objects.exists()
