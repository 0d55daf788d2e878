import json
from datetime import UTC, datetime, timedelta

import pytest

from cases.models import PolicyClause
from reviewapp.ledger.models import LedgerEntry

pytestmark = pytest.mark.django_db


class TestConfiguring:
    """Asha administers; Lena leads and may not. A new installation has its clauses."""

    @pytest.fixture(autouse=True)
    def _pages(self, asha, lena, signed_in):
        self.asha, self.lena = signed_in(asha), signed_in(lena)
        self.actor = asha.actor

    def recorded(self):
        entry = LedgerEntry.objects.get(kind="configuration.changed")
        assert entry.actor == self.actor
        return entry.particulars

    def test_is_for_admins_alone(self):
        assert self.asha.get("/admin/cases/policyclause/").status_code == 200
        assert self.lena.get("/admin/cases/policyclause/").status_code == 403

    @pytest.mark.parametrize("page", ["queue", "routingrule"])
    def test_leaves_the_queues_to_the_pages_that_show_what_a_change_moves(self, page):
        assert self.asha.get(f"/admin/cases/{page}/").status_code == 404
        assert self.asha.get("/queues/settings/").status_code == 200

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
            "reversal_needs_approval": "on",
            "effective_from_0": "2026-04-01",
            "effective_from_1": "00:00:00",
        }

        added = self.asha.post("/admin/cases/policyclause/add/", typed)
        edited = self.asha.post(f"/admin/cases/policyclause/{clause.pk}/change/", typed)

        assert 'name="version" value="2"' in copied.content.decode()
        assert "TEMPORARY_BAN" in copied.content.decode()
        assert (added.status_code, edited.status_code) == (302, 403)
        april = datetime(2026, 4, 1, tzinfo=UTC)
        versions = [
            PolicyClause.objects.all().current(at=at).get(code="BULK_MESSAGING").version
            for at in (april - timedelta(seconds=1), april)
        ]
        assert versions == [1, 2]
        assert PolicyClause.objects.get(code="BULK_MESSAGING", version=2).reversal_needs_approval
        assert self.recorded()["name"] == "BULK_MESSAGING@2"
