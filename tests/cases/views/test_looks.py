"""Who looked: whatever shows a case or an account, in whole or in part, leaves a line of it."""

from datetime import timedelta

import pytest
import time_machine

from cases import claiming
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import make_case, make_evidence
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


class TestALook:
    """Ada holds a case. Each part of its page is asked for by itself, without the page."""

    @pytest.fixture(autouse=True)
    def _case(self, ada, signed_in):
        self.case = make_case()
        make_evidence(account=self.case.account)
        claiming.take(case=self.case, by=ada, now=NOON)
        self.ada, self.client = ada, signed_in(ada)
        self.urls = {"case": self.case.ref, "account": self.case.account.ref}

    def looks(self, kind="case.viewed"):
        found = LedgerEntry.objects.filter(kind=kind, account=self.case.account.ref)
        return list(found.values_list("actor", "case_ref"))

    @pytest.mark.parametrize(
        "part", ["", "live/", "why/", "notes/", "priority/", "merging/", "?item=0&after=x"]
    )
    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "part"])
    def test_at_a_part_of_a_case_is_written_down_once(self, part, headers):
        for _ in range(2):
            url = f"/cases/{self.case.ref}/{part}"
            page = self.client.get(url, headers=headers, follow=True)

            assert page.status_code == 200

        assert self.looks() == [(self.ada.actor, self.case.ref)]

    @pytest.mark.parametrize("part", ["", "notes/", "?show=x"])
    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "part"])
    def test_at_a_part_of_an_account_is_written_down_once(self, part, headers):
        for _ in range(2):
            url = f"/accounts/{self.case.account.ref}/{part}"
            assert self.client.get(url, headers=headers).status_code == 200

        assert self.looks("account.viewed") == [(self.ada.actor, "")]

    @pytest.mark.parametrize("part", ["decision/preview/", "decision/", "notes/", "claim/return/"])
    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "part"])
    def test_at_what_a_form_shows_in_answer_is_written_down(self, part, headers):
        page = self.client.post(f"/cases/{self.case.ref}/{part}", {}, headers=headers)

        assert page.status_code in {200, 422}
        assert self.looks() == [(self.ada.actor, self.case.ref)]

    def test_is_another_one_after_a_while(self):
        for minutes in (0, 9, 11, 20):
            with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
                self.client.get(f"/cases/{self.case.ref}/why/", headers=HTMX)

        assert len(self.looks()) == 2

    def test_that_shows_nothing_new_is_none(self):
        page = self.client.get(f"/cases/{self.case.ref}/")
        live = page.context["live"]
        seen = {
            "detections": 1, "items": page.context["timeline"]["items"], "notes": 0,
            "state": "OPEN", "form": "1",
        }  # fmt: skip
        with time_machine.travel(NOON + timedelta(minutes=11), tick=False):
            claiming.renew(case=self.case, by=self.ada, now=NOON + timedelta(minutes=11))
            headers = HTMX | {"If-None-Match": live["tag"]}
            answer = self.client.get(live["url"], seen, headers=headers)

        assert answer.status_code == 304
        assert len(self.looks()) == 1
