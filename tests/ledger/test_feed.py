from datetime import timedelta

import pytest

from reviewapp.ledger.feed import entries_after
from reviewapp.ledger.models import LedgerEntry
from reviewapp.ledger.sealing import seal_pending
from tests.ledger.lines import NOON, line, record_lines

pytestmark = pytest.mark.django_db


class TestFeed:
    """A reader follows the places and comes back with the last one it was given."""

    @pytest.fixture(autouse=True)
    def ledger(self, db):
        record_lines(7)
        record_lines(2, kind="label.given")
        record_lines(3, kind="case.opened")
        seal_pending(now=NOON)

    def test_gives_every_entry_once(self):
        seen, last = [], 0
        while page := entries_after(last, limit=5):
            seen += page
            last = page[-1][0]

        assert [sequence for sequence, _ in seen] == list(range(1, 13))
        assert [entry for _, entry in seen] == list(LedgerEntry.objects.order_by("id"))

    def test_gives_whole_entries(self):
        sequence, entry = entries_after(2, limit=1)[0]
        stored = LedgerEntry.objects.get(account="A-3", kind="decision.made")

        assert sequence == 3
        assert {field.name: getattr(entry, field.name) for field in entry._meta.fields} == {
            field.name: getattr(stored, field.name) for field in stored._meta.fields
        }
        assert entry.particulars == line(3).particulars
        assert not entry._state.adding

    def test_passes_over_other_kinds(self):
        labels = entries_after(0, kinds=["label.given"], limit=10)
        both = entries_after(8, kinds=["label.given", "case.opened"], limit=2)

        assert [sequence for sequence, _ in labels] == [8, 9]
        assert [(sequence, entry.kind) for sequence, entry in both] == [
            (9, "label.given"),
            (10, "case.opened"),
        ]

    def test_passes_over_what_was_recorded_outside_a_stretch(self):
        record_lines(1, at=NOON + timedelta(hours=1), kind="label.given")
        record_lines(2, at=NOON + timedelta(hours=2))
        seal_pending(now=NOON + timedelta(hours=3))
        hour = NOON + timedelta(hours=1)

        def places(**stretch):
            return [sequence for sequence, _ in entries_after(7, **stretch, limit=100)]

        assert places(since=hour) == [13, 14, 15]
        assert places(before=hour) == [8, 9, 10, 11, 12]
        assert places(since=hour, before=hour + timedelta(hours=1)) == [13]
        assert places(kinds=["label.given"], since=hour) == [13]

    def test_waits_for_the_seal(self):
        record_lines(1)

        assert entries_after(12, limit=10) == []
        assert entries_after(0, kinds=[], limit=10) == []

    @pytest.mark.parametrize("kinds", [None, ["label.given", "case.opened"]])
    def test_asks_once_however_much_it_gives(self, kinds, django_assert_num_queries):
        with django_assert_num_queries(1):
            entries_after(0, kinds=kinds, limit=100)
