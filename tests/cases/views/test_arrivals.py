from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Queue
from tests.cases.factories import make_account, make_case
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
LATER = NOON + timedelta(minutes=5)


class TestArrivals:
    """Ada has a list of cases open since noon; it is five minutes past."""

    @pytest.fixture(autouse=True)
    def _listed(self, signed_in, ada):
        make_case()
        self.client = signed_in(ada)

    def told(self, list_url):
        """What a list opened at noon is told later, and the answer when it asks again."""
        live = self.client.get(list_url).context["arrivals"]
        with time_machine.travel(LATER, tick=False):
            first = self.client.get(live["url"], headers=HTMX | {"If-None-Match": live["tag"]})
            if first.status_code == 304:
                return "", None
            again = self.client.get(
                first.context["arrivals"]["url"], headers=HTMX | {"If-None-Match": first["ETag"]}
            )
        assert again.status_code == 304
        return first.context["arrivals"]["news"]["words"], first.context["arrivals"]["news"]["url"]

    def test_are_none_at_first(self):
        assert self.told("/queues/") == ("", None)

    def test_are_counted_for_the_filters_in_force(self):
        make_case(at=NOON + timedelta(minutes=1), account=make_account(country="DK"))
        make_case(at=NOON + timedelta(minutes=2), queue=Queue.objects.get(slug="general"))

        assert self.told("/queues/")[0] == "2 new cases"
        assert self.told("/queues/general/") == ("1 new case", "/queues/?queue=general")
        words, url = self.told("/queues/?country=DK&order=newest&after=somewhere")
        assert (words, url) == ("1 new case", "/queues/?country=DK&order=newest")
        assert self.told("/queues/?country=FR")[0] == ""
        assert self.told("/queues/?stage=LUNCH")[0] == ""

    def test_are_counted_no_further_than_it_matters(self, monkeypatch):
        monkeypatch.setattr("cases.views.arrivals.COUNTED_TO", 2)
        for _ in range(4):
            make_case(at=NOON + timedelta(minutes=1))

        assert self.told("/queues/")[0] == "2+ new cases"

    def test_cost_few_queries(self):
        url = self.client.get("/queues/").context["arrivals"]["url"]
        for _ in range(9):
            make_case(at=NOON + timedelta(minutes=1))
        with time_machine.travel(LATER, tick=False), CaptureQueriesContext(connection) as asked:
            self.client.get(url, headers=HTMX)

        # The session, the person, the four lists that filters choose from, and the cases.
        assert len(asked) == 7

    @pytest.mark.parametrize("since", ["", "yesterday", "2026-13-01T00:00:00Z", "9999-01-01"])
    def test_take_a_moment_that_makes_no_sense_for_now(self, since):
        answer = self.client.get(f"/queues/arrivals/?since={since}", headers=HTMX)

        assert answer.context["arrivals"]["news"]["words"] == ""

    def test_are_for_the_list_alone(self):
        assert self.client.get("/queues/arrivals/")["Location"] == "/queues/"
