from datetime import timedelta

import pytest

from cases import claiming, deciding, escalating
from cases.enums import CaseState, ReservedWhy
from cases.models import Approval, Case, Queue
from tests.cases.factories import make_case, verdict
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


class TestHomeForLeads:
    """Cases of several ages in the bulk queue, of which Ada and Bo hold some."""

    @pytest.fixture(autouse=True)
    def _floor(self, ada, bo):
        self.bulk = Queue.objects.get(slug="automation-and-bulk")
        ages = (timedelta(minutes=10), timedelta(hours=5), timedelta(hours=30), timedelta(days=9))
        self.cases = [make_case(queue=self.bulk, at=NOON - age) for age in ages for _ in "ab"]
        self.claims = [
            claiming.take(case=case, by=person, now=NOON - timedelta(minutes=minutes))
            for case, person, minutes in zip(self.cases, (bo, ada, bo), (3, 2, 1), strict=False)
        ]

    def lead(self, client):
        return client.get("/").context["lead"]

    def row(self, client):
        queues = client.get("/").context["queues"]
        return next(row for row in queues if row["name"] == self.bulk.name)

    def test_shows_what_waits_by_age(self, signed_in, lena):
        row = self.row(signed_in(lena))

        assert [age["count"] for age in row["ages"]] == ["2", "2", "2", "2"]
        assert (row["overdue"], row["today"]) == (0, 0)
        assert (row["held"], row["oldest_at"]) == (3, NOON - timedelta(days=9))

    def test_shows_what_is_overdue_and_due_today(self, signed_in, lena):
        for case, hours in zip(self.cases, (-30, -1, 3, 40), strict=False):
            due = NOON + timedelta(hours=hours)
            Case.objects.filter(pk=case.pk).update(due_at=due, due_tier=due.date())

        row = self.row(signed_in(lena))

        assert (row["overdue"], row["today"]) == ("2", 1)

    def test_counts_no_further_than_it_matters(self, signed_in, lena, monkeypatch):
        for module in ("backlog", "load"):
            monkeypatch.setattr(f"cases.views.{module}.COUNTED_TO", 1)
        due = NOON - timedelta(hours=1)
        Case.objects.update(due_at=due, due_tier=due.date())

        row = self.row(signed_in(lena))

        assert {age["count"] for age in row["ages"]} == {"1+"}
        assert row["overdue"] == "1+"

    def test_lists_who_holds_what_by_name_and_not_by_number(self, signed_in, lena):
        held = self.lead(signed_in(lena))["held"]["rows"]

        assert [(row["who"], row["ref"]) for row in held] == [
            ("Ada", self.cases[1].ref),
            ("Bo", self.cases[0].ref),
            ("Bo", self.cases[2].ref),
        ]
        assert held[0]["since"] == NOON - timedelta(minutes=2)
        assert held[0]["until"] == NOON + timedelta(minutes=13)

    def test_shows_what_was_escalated_and_by_whom(self, signed_in, ada, lena):
        escalating.escalate(case=self.cases[1], by=ada, words="Over my head.", at=NOON)

        [row] = self.lead(signed_in(lena))["escalated"]["rows"]

        assert (row["ref"], row["by"], row["at"]) == (self.cases[1].ref, "Ada", NOON)

    def test_shows_since_when_approvals_wait(self, signed_in, ada, bo, lena):
        for case, minutes in zip(self.cases[:2], (5, 50), strict=True):
            Approval.objects.create(
                case=case, causes=["QUEUE"], asked_by=bo, asked_at=NOON - timedelta(minutes=minutes)
            )

        approvals = self.lead(signed_in(lena))["approvals"]

        assert approvals == {"count": "2", "oldest_at": NOON - timedelta(minutes=50)}

    def test_is_not_there_for_others(self, signed_in, ada, omar):
        for person in (ada, omar):
            assert "lead" not in signed_in(person).get("/").context

    def test_takes_a_claim_off_somebody(self, signed_in, ada, lena):
        client = signed_in(lena)
        row = self.lead(client)["held"]["rows"][0]

        page = client.post(row["removal_url"], {"claim": row["claim"], "from": "home"}, follow=True)

        assert page.redirect_chain == [("/", 302)]
        assert f"{row['ref']} is back in Automation and bulk." in page.content.decode()
        assert not self.cases[1].claims.held(now=NOON).exists()

    def test_says_so_when_the_claim_ended_meanwhile(self, signed_in, ada, lena):
        client = signed_in(lena)
        row = self.lead(client)["held"]["rows"][0]
        claiming.give_back(case=self.cases[1], by=ada, reason="OTHER", now=NOON)

        page = client.post(row["removal_url"], {"claim": row["claim"], "from": "home"}, follow=True)

        assert "has ended already" in page.content.decode()

    def test_refuses_what_is_no_claim(self, signed_in, lena):
        page = signed_in(lena).post(
            f"/cases/{self.cases[1].ref}/claim/removal/", {"claim": "x"}, follow=True
        )

        assert "That is not a hold on a case." in page.content.decode()
        assert self.cases[1].claims.held(now=NOON).exists()


class TestTheCasePageForLeads:
    """Bo holds a case, another is free."""

    @pytest.fixture(autouse=True)
    def _cases(self, bo):
        self.free, self.held = make_case(), make_case()
        self.claim = claiming.take(case=self.held, by=bo, now=NOON)

    def words(self, client, case):
        panels = client.get(f"/cases/{case.ref}/").context["lead_panels"]
        return [panel["words"] for panel in panels]

    def test_offers_what_can_be_done_with_it(self, signed_in, lena):
        client = signed_in(lena)

        assert self.words(client, self.held) == ["Take off", "Reassign"]
        assert self.words(client, self.free) == ["Reassign", "Move"]

    def test_offers_nothing_to_others(self, signed_in, ada, omar):
        assert self.words(signed_in(ada), self.held) == []
        assert self.words(signed_in(omar), self.held) == []

    def test_offers_nothing_once_it_is_settled(self, signed_in, bo, lena):
        deciding.decide(case=self.held, by=bo, at=NOON, **verdict(self.held))

        assert self.words(signed_in(lena), self.held) == []

    def test_gives_it_to_somebody(self, signed_in, ada, lena):
        page = signed_in(lena).post(
            f"/cases/{self.held.ref}/assignment/", {"assignment-person": ada.ref}, follow=True
        )

        assert f"{self.held.ref} is kept for Ada for 24 hours." in page.content.decode()
        self.held.refresh_from_db()
        assert (self.held.reserved_for, self.held.reserved_why) == (ada, ReservedWhy.REASSIGNED)
        assert not self.held.claims.held(now=NOON).exists()

    def test_refuses_somebody_who_does_not_work_the_queue_beside_the_field(
        self, signed_in, omar, lena
    ):
        page = signed_in(lena).post(
            f"/cases/{self.held.ref}/assignment/", {"assignment-person": omar.ref}
        )

        assert page.status_code == 422
        assert "Choose somebody who works this queue." in page.content.decode()

    def test_moves_it(self, signed_in, lena):
        page = signed_in(lena).post(
            f"/cases/{self.free.ref}/queue/", {"move-queue": "general"}, follow=True
        )

        assert f"{self.free.ref} waits in General now." in page.content.decode()
        self.free.refresh_from_db()
        assert self.free.queue.slug == "general"

    def test_refuses_to_move_what_somebody_holds_and_keeps_what_was_chosen(self, signed_in, lena):
        page = signed_in(lena).post(f"/cases/{self.held.ref}/queue/", {"move-queue": "general"})

        words = page.content.decode()
        assert page.status_code == 422
        assert "Bo holds" in words
        assert '<option value="general" selected>' in words

    @pytest.mark.parametrize("what", ["assignment", "queue", "claim/removal"])
    def test_is_for_leads_alone(self, signed_in, ada, what):
        page = signed_in(ada).post(f"/cases/{self.held.ref}/{what}/", {"claim": self.claim.pk})

        assert page.status_code == 403
        assert self.held.claims.held(now=NOON).exists()
        assert Case.objects.get(pk=self.held.pk).state == CaseState.OPEN
