from datetime import timedelta

import pytest

from cases.enums import Maker
from reviewapp.ledger.recording import record_all
from tests.cases.factories import make_account, make_case, make_enforcement
from tests.conftest import NOON
from tests.factories import create_user
from tests.reports.lines import entry

pytestmark = pytest.mark.django_db


class TestTheDecisionLog:
    """A decision of Ada's, one that a detector made alone, and a case that was claimed."""

    @pytest.fixture(autouse=True)
    def _entries(self, ada):
        self.case = make_case()
        self.banned = make_enforcement(account=make_account())
        record_all(
            [
                entry(
                    actor=ada.actor, account=self.case.account.ref, case=self.case.ref,
                    action="WARN", policy="BULK_MESSAGING",
                ),
                entry(
                    actor="source:models", account=self.banned.account.ref, maker=Maker.AUTOMATED,
                    detector="bot-net", detector_version="2", action="PERMANENT_BAN",
                    particulars={"decision": self.banned.decision.ref},
                ),
                entry(kind="case.claimed", actor=ada.actor, outcome="", maker=""),
            ],
            at=NOON,
        )  # fmt: skip
        record_all([entry(account="A-OLD")], at=NOON - timedelta(days=40))

    def test_lists_decisions_newest_first(self, signed_in, omar):
        page = signed_in(omar).get("/decisions/")

        lines = page.context["decisions"]
        assert len(lines) == 3
        assert lines[-1]["account_ref"] == "A-OLD"
        by_account = {line["account_ref"]: line for line in lines}
        assert by_account[self.case.account.ref]["maker"] == "Ada"
        assert by_account[self.banned.account.ref]["maker"] == "bot-net 2"
        assert by_account[self.banned.account.ref]["state"] == "Applied"
        assert "Case claimed" not in page.content.decode().partition("<table")[2]

    @pytest.mark.parametrize(
        ("asked", "count"),
        [
            ("maker=AUTOMATED", 1),
            ("action=WARN", 1),
            ("outcome=NO_VIOLATION", 0),
            ("policy=BULK_MESSAGING", 1),
            ("kind=case.claimed", 1),
            # Omar's signing in, too.
            ("kind=all", 5),
            ("from=2026-03-10", 2),
            ("to=2026-03-09", 1),
            ("from=2026-03-10&to=2026-03-10", 2),
            ("account=A-OLD", 1),
            ("stage=MESSAGING", 0),
        ],
    )
    def test_narrows_as_asked(self, signed_in, omar, asked, count):
        shown = signed_in(omar).get(f"/decisions/?{asked}")

        assert len(shown.context["decisions"]) == count
        assert shown.context["csv_url"].endswith(f"?{asked}")

    def test_finds_a_case_however_its_ref_is_typed(self, signed_in, omar, ada):
        typed = self.case.ref.lower().replace("-", "")

        page = signed_in(omar).get(f"/decisions/?case={typed}&actor={ada.ref}")

        assert len(page.context["decisions"]) == 1

    @pytest.mark.parametrize("asked", ["from=soon", "outcome=GUILTY", "kind=nothing.done"])
    def test_says_beside_the_field_what_makes_no_sense(self, signed_in, omar, asked):
        client = signed_in(omar)

        page = client.get(f"/decisions/?{asked}")

        assert "valid" in page.content.decode()
        assert page.context["decisions"] == []
        assert client.get(f"/decisions.csv?{asked}").status_code == 302

    @pytest.mark.parametrize("asked", ["from=0001-01-01", "to=9999-12-31", "to=3000-01-01"])
    def test_looks_no_further_than_the_calendar_goes(self, signed_in, omar, asked):
        client = signed_in(omar)

        page = client.get(f"/decisions/?{asked}")

        assert "Lies outside the years 1970 to 2999." in page.content.decode()
        assert client.get(f"/decisions.csv?{asked}").status_code == 302

    def test_pages_both_ways(self, signed_in, omar, monkeypatch):
        monkeypatch.setattr("reviewapp.reports.views.log.SIZE", 2)
        client = signed_in(omar)

        first = client.get("/decisions/")
        second = client.get(first.context["next_url"], headers={"HX-Request": "true"})
        back = client.get(second.context["previous_url"])

        assert second.templates[0].name == "reports/_log_rows.html"
        assert [len(page.context["decisions"]) for page in (first, second)] == [2, 1]
        assert back.context["decisions"] == first.context["decisions"]

    def test_is_refused_to_who_may_not_read_it(self, signed_in, ada):
        assert signed_in(ada).get("/decisions/").status_code == 403
        assert signed_in(ada).get("/decisions.csv").status_code == 403

    def test_is_not_given_away_as_a_file_to_who_only_reads(self, signed_in):
        client = signed_in(create_user(name="Quinn", roles=["QA_REVIEWER"]))

        assert client.get("/decisions/").context["csv_url"] == ""
        assert client.get("/decisions.csv").status_code == 403
