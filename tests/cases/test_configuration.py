import json
from datetime import UTC, datetime, timedelta

import pytest

from cases.models import PolicyClause, Queue, RoutingRule
from reviewapp.ledger.models import LedgerEntry

pytestmark = pytest.mark.django_db


class TestConfiguring:
    """Asha administers; Lena leads and may not. A new installation has its queues and rules."""

    @pytest.fixture(autouse=True)
    def _pages(self, asha, lena, signed_in):
        self.asha, self.lena = signed_in(asha), signed_in(lena)
        self.actor = asha.actor

    def recorded(self):
        entry = LedgerEntry.objects.get(kind="configuration.changed")
        assert entry.actor == self.actor
        return entry.particulars

    @pytest.mark.parametrize("page", ["queue", "routingrule", "policyclause"])
    def test_is_for_admins_alone(self, page):
        assert self.asha.get(f"/admin/cases/{page}/").status_code == 200
        assert self.lena.get(f"/admin/cases/{page}/").status_code == 403

    def test_changes_a_queue_and_writes_it_down(self):
        queue = Queue.objects.get(slug="general")
        typed = {
            "name": "Everything else",
            "description": queue.description,
            "position": queue.position,
            "worked_by": ["LEAD"],
            "lease_minutes": 20,
            "due_hours": "",
            "active": "on",
        }

        answer = self.asha.post(f"/admin/cases/queue/{queue.pk}/change/", typed)

        assert answer.status_code == 302
        queue.refresh_from_db()
        assert (queue.name, queue.worked_by, queue.slug) == ("Everything else", ["LEAD"], "general")
        told = self.recorded()
        assert (told["name"], told["fields"]["lease_minutes"]["after"]) == ("general", 20)

    def test_removes_no_queue(self):
        queue = Queue.objects.get(slug="general")

        assert self.asha.post(f"/admin/cases/queue/{queue.pk}/delete/").status_code == 403

    def test_adds_a_rule_that_routes(self):
        typed = {
            "position": 900,
            "queue": Queue.objects.get(slug="general").pk,
            "policies": ["BULK_MESSAGING"],
            "countries": "IN,BR",
            "score_from": "0.2",
            "score_to": "0.9",
        }

        answer = self.asha.post("/admin/cases/routingrule/add/", typed)

        assert answer.status_code == 302
        rule = RoutingRule.objects.get(position=900)
        assert (rule.policies, rule.countries) == (["BULK_MESSAGING"], ["IN", "BR"])
        assert self.recorded()["what"] == "added"

    def test_says_that_scores_are_a_range(self):
        typed = {
            "position": 900,
            "queue": Queue.objects.get(slug="general").pk,
            "score_from": "0.9",
            "score_to": "0.2",
        }

        page = self.asha.post("/admin/cases/routingrule/add/", typed)

        assert "Scores go from 0 to 1, the lower one first." in page.content.decode()

    def test_adds_a_version_of_a_rule_and_edits_none(self):
        clause = PolicyClause.objects.get(code="BULK_MESSAGING")
        copied = self.asha.get("/admin/cases/policyclause/add/?code=BULK_MESSAGING")
        typed = {
            "code": clause.code,
            "version": 2,
            "position": clause.position,
            "family": clause.family,
            "title": "Bulk messages",
            "text": clause.text,
            "examples": clause.examples,
            "words": json.dumps(clause.words),
            "severity": clause.severity,
            "effective_from_0": "2026-04-01",
            "effective_from_1": "00:00:00",
        }

        added = self.asha.post("/admin/cases/policyclause/add/", typed)
        edited = self.asha.post(f"/admin/cases/policyclause/{clause.pk}/change/", typed)

        assert 'name="version" value="2"' in copied.content.decode()
        assert (added.status_code, edited.status_code) == (302, 403)
        april = datetime(2026, 4, 1, tzinfo=UTC)
        versions = [
            PolicyClause.objects.all().current(at=at).get(code="BULK_MESSAGING").version
            for at in (april - timedelta(seconds=1), april)
        ]
        assert versions == [1, 2]
        assert self.recorded()["name"] == "BULK_MESSAGING@2"
