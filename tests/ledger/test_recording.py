from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from reviewapp.kernel.appendonly import AppendOnlyViolation
from reviewapp.ledger.kinds import KINDS, UnknownKind, words_for
from reviewapp.ledger.models import LedgerEntry, Place, Seal, Unplaced
from reviewapp.ledger.recording import Entry, record, record_all
from reviewapp.ledger.sealing import seal_pending
from tests.ledger.lines import NOON, line, record_lines

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


def as_recorded(entry: LedgerEntry) -> Entry:
    return Entry(
        **{
            field.name: getattr(entry, "case_ref" if field.name == "case" else field.name)
            for field in fields(Entry)
        }
    )


class TestRecording:
    def test_keeps_every_column(self):
        record(line(1), at=LATER)
        record_all([line(2), line(3)], at=LATER)

        entries = LedgerEntry.objects.order_by("id")
        assert [as_recorded(entry) for entry in entries] == [line(1), line(2), line(3)]
        assert {entry.recorded_at for entry in entries} == {LATER}

    def test_keeps_the_order_in_which_it_was_told(self):
        record_lines(2_000)

        refs = LedgerEntry.objects.newest_first().values_list("account", flat=True)
        assert list(refs) == [f"A-{number}" for number in range(2_000, 0, -1)]

    def test_needs_only_who_did_what_and_when(self):
        record(Entry("user.signed_in", "user:U-4F7K2M", NOON), at=NOON)

        entry = LedgerEntry.objects.get()
        assert (entry.account, entry.maker, entry.particulars) == ("", "", {})

    def test_is_content_with_nothing_to_record(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            record_all([], at=NOON)

    def test_writes_ids_decimals_and_times_as_text(self):
        key = UUID(int=7)
        particulars = {"key": key, "share": Decimal("0.10"), "until": NOON}
        record(line(particulars=particulars), at=NOON)

        assert LedgerEntry.objects.get().particulars == {
            "key": str(key),
            "share": "0.10",
            "until": "2026-03-10T12:00:00Z",
        }

    def test_refuses_a_kind_that_is_not_in_the_list(self):
        with pytest.raises(UnknownKind, match=r"'case\.vanished' is not a kind"):
            record_all([line(), line(kind="case.vanished")], at=NOON)
        assert not LedgerEntry.objects.exists()

    def test_refuses_figures_that_are_none(self):
        with pytest.raises(ValueError, match="not JSON compliant"):
            record(line(particulars={"score": float("nan")}), at=NOON)

    def test_finds_what_was_done_about_an_account_and_a_case(self):
        record_lines(3)

        assert LedgerEntry.objects.about_account("A-2").get().case_ref == "C-2"
        assert LedgerEntry.objects.about_case("C-3").get().account == "A-3"

    @pytest.mark.parametrize("count", [1, 3])
    def test_stands_or_falls_with_the_transaction_around_it(self, count):
        with transaction.atomic():
            record_lines(count)
            transaction.set_rollback(True)

        assert not LedgerEntry.objects.exists()
        assert not Unplaced.objects.exists()

    @pytest.mark.parametrize("count", [1, 3])
    def test_lists_each_entry_as_waiting_for_its_place(self, count):
        record_lines(count)

        waiting = set(Unplaced.objects.values_list("recorded_at", "entry_id"))
        assert waiting == set(LedgerEntry.objects.values_list("recorded_at", "id"))


class TestKinds:
    def test_are_a_noun_and_a_verb_with_words_for_people(self):
        assert all(kind.count(".") == 1 and kind.islower() for kind in KINDS)
        assert words_for("case.given_back") == "Case given back"
        assert len(set(KINDS.values())) == len(KINDS)

    def test_of_another_release_read_as_they_are(self):
        assert words_for("appeal.filed_by_dove") == "appeal.filed_by_dove"


COLUMNS = {
    "ledger_entry": "actor",
    "ledger_entry_default": "actor",
    "ledger_place": "kind",
    "ledger_seal": "key_id",
}
CHANGES = ["UPDATE {table} SET {column} = 'x'", "DELETE FROM {table}", "TRUNCATE {table}"]


class TestAppendOnly:
    """Nothing recorded or sealed is ever changed, by the program or by SQL."""

    @pytest.fixture(autouse=True)
    def something(self, db):
        record_lines(2)
        seal_pending(now=NOON)
        record_lines(2)

    @pytest.mark.parametrize("model", [LedgerEntry, Place, Seal])
    def test_is_refused_by_the_type(self, model):
        row = model.objects.first()

        for change in (row.save, row.delete, model.objects.all().delete):
            with pytest.raises(AppendOnlyViolation):
                change()
        with pytest.raises(AppendOnlyViolation):
            model.objects.update(pk=row.pk)

    @pytest.mark.parametrize("table", COLUMNS)
    @pytest.mark.parametrize("change", CHANGES)
    def test_is_refused_by_the_database(self, table, change):
        with (
            pytest.raises(DatabaseError, match="is refused: its rows are kept as they were"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change.format(table=table, column=COLUMNS[table]))

    @pytest.mark.parametrize(
        "statement",
        ["UPDATE ledger_unplaced SET recorded_at = now()", "TRUNCATE ledger_unplaced"],
    )
    def test_is_refused_for_what_waits_too(self, statement):
        with (
            pytest.raises(DatabaseError, match="is refused"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
