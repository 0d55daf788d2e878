import hashlib
from datetime import timedelta

import pytest
from django.db import connections

from reviewapp.ledger.heads import Head, latest_head
from reviewapp.ledger.models import LedgerEntry
from reviewapp.ledger.recording import record_all
from reviewapp.ledger.sealing import seal_pending
from reviewapp.ledger.verifying import verify
from tests.conftest import NOON
from tests.reports.lines import entry, rows_of

# Exports read from the replica, which is another connection: what they are to see is committed.
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "replica"])


class TestTheFile:
    """The log as CSV, for people who open it in a spreadsheet."""

    def test_defuses_whatever_a_spreadsheet_would_run(self, signed_in, omar):
        evil = ["=1+1", "+SUM(A1)", "-2", "@cmd", "\tx", "\rx"]
        record_all([entry(detector=text, policy=text) for text in evil], at=NOON)

        _, rows = rows_of(signed_in(omar).get("/decisions.csv"))

        cells = [cell for row in rows for cell in row.values()]
        assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
        assert sorted(row["detector"].lstrip("'").strip() for row in rows) == sorted(
            text.strip() for text in evil
        )
        assert rows[0]["country_prefix"] == "'+91"

    def test_keeps_an_entry_together_whatever_it_holds(self, signed_in, omar):
        record_all([entry(detector='a,"b"\nc', policy="é中")], at=NOON)

        body, rows = rows_of(signed_in(omar).get("/decisions.csv"))

        assert body.count(b"\n") == body.count(b"\r\n")
        assert len(rows) == 1
        assert (rows[0]["detector"], rows[0]["policy"]) == ('a,"b"\r\nc', "é中")

    def test_holds_what_the_page_showed(self, signed_in, omar):
        record_all([entry(action="WARN"), entry(), entry(kind="case.claimed")], at=NOON)
        client = signed_in(omar)
        shown = client.get("/decisions/?action=WARN&from=2026-03-10")

        _, rows = rows_of(client.get(shown.context["csv_url"]))

        assert [row["action"] for row in rows] == ["WARN"]

    def test_comes_in_the_order_of_recording(self, signed_in, omar):
        for days in (3, 1, 2):
            record_all([entry(account=f"A-{days}")], at=NOON - timedelta(days=days))

        _, rows = rows_of(signed_in(omar).get("/decisions.csv"))

        assert [row["account"] for row in rows] == ["A-3", "A-2", "A-1"]

    def test_comes_from_a_development_machine_too(self, signed_in, omar, monkeypatch):
        """There a cursor notes its queries, and copies in its own way."""
        record_all([entry(detector="100% sure")], at=NOON)
        client = signed_in(omar)
        monkeypatch.setattr(connections["replica"], "force_debug_cursor", True)

        _, rows = rows_of(client.get("/decisions.csv"))

        assert [row["detector"] for row in rows] == ["100% sure"]

    def test_is_a_header_where_there_is_nothing(self, signed_in, omar):
        body, rows = rows_of(signed_in(omar).get("/decisions.csv"))

        assert rows == []
        assert body.startswith(b"recorded_at,happened_at,id,kind,actor,account,case,")

    def test_is_written_down_with_what_it_held(self, signed_in, omar):
        record_all([entry(account=f"A-{number}") for number in range(3)], at=NOON)

        body, _ = rows_of(signed_in(omar).get("/decisions.csv?maker=ANALYST"))

        told = LedgerEntry.objects.get(kind="export.downloaded")
        assert told.actor == omar.actor
        assert told.particulars == {
            "what": "decision_log",
            "format": "csv",
            "rows": 3,
            "complete": True,
            "sha256": hashlib.sha256(body).hexdigest(),
            "head": "",
            "filters": {"maker": "ANALYST"},
        }

    def test_takes_the_head_of_the_newest_seal_along(self, signed_in, omar):
        record_all([entry() for _ in range(3)], at=NOON)
        seal_pending(now=NOON)
        head = str(latest_head())
        client = signed_in(omar)

        response = client.get("/decisions.csv")
        rows_of(response)

        assert response["X-Ledger-Head"] == head
        assert LedgerEntry.objects.get(kind="export.downloaded").particulars["head"] == head
        assert verify(now=NOON, against=[Head.parse(response["X-Ledger-Head"])]).entries == 3
        assert head in client.get("/decisions/").content.decode()

    def test_takes_none_along_where_nothing_is_sealed(self, signed_in, omar):
        assert "X-Ledger-Head" not in signed_in(omar).get("/decisions.csv").headers

    def test_is_written_down_although_the_reader_went_away(self, signed_in, omar, monkeypatch):
        monkeypatch.setattr("reviewapp.reports.csvfile._AT_ONCE", 1)
        record_all([entry(account=f"A-{number}") for number in range(30)], at=NOON)

        response = signed_in(omar).get("/decisions.csv")
        for _ in range(5):
            next(response.streaming_content)
        response.close()

        told = LedgerEntry.objects.get(kind="export.downloaded").particulars
        assert (told["complete"], told["rows"]) == (False, 4)

    def test_is_sent_piece_by_piece(self, signed_in, omar, monkeypatch):
        monkeypatch.setattr("reviewapp.reports.csvfile._AT_ONCE", 10)
        record_all([entry() for _ in range(100)], at=NOON)

        response = signed_in(omar).get("/decisions.csv")
        sizes = [len(piece) for piece in response.streaming_content]

        assert len(sizes) > 10
        assert max(sizes) < 5000
        assert response["Content-Type"].startswith("text/csv")
        assert 'filename="decisions-2026-03-10T120000Z.csv"' in response["Content-Disposition"]
