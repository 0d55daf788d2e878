import pytest
from django.db import IntegrityError, transaction

from cases import saving
from cases.models import SavedFilter
from reviewapp.ledger.models import LedgerEntry
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


def save(owner, name="Old ones", query="age=over-7d", shared=False):
    return saving.save(owner=owner, name=name, query=query, shared=shared, at=NOON)


class TestSavingAFilter:
    """Ada works cases; Lena leads."""

    def test_keeps_it_for_oneself(self, ada, bo):
        saved = save(ada, name="  Old   ones ")

        assert saved.name == "Old ones"
        assert list(SavedFilter.objects.for_use_by(ada)) == [saved]
        assert list(SavedFilter.objects.for_use_by(bo)) == []

    def test_shares_it_with_the_team_when_a_lead_says_so(self, ada, lena):
        saved = save(lena, shared=True)

        assert list(SavedFilter.objects.for_use_by(ada)) == [saved]
        with pytest.raises(saving.CannotShare):
            save(ada, shared=True)
        with pytest.raises(saving.CannotShare):
            saving.share(saved, shared=False, by=ada, at=NOON)
        saving.share(saved, shared=False, by=lena, at=NOON)
        assert list(SavedFilter.objects.for_use_by(ada)) == []

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"name": " "}, "name"),
            ({"name": "x" * 41}, "name"),
            ({"name": "Taken"}, "name"),
            ({"query": ""}, "query"),
            ({"query": "country=" + "x" * 1000}, "query"),
            ({"query": "q=%2B4520123456"}, "query"),
        ],
    )
    def test_is_refused_beside_the_field(self, ada, changed, field):
        save(ada, name="Taken")

        with pytest.raises(saving.CannotSave) as refused:
            save(ada, **changed)

        assert refused.value.pointer == field
        assert SavedFilter.objects.count() == 1

    def test_ends_where_nobody_finds_their_way_any_more(self, ada):
        for number in range(saving.MOST):
            save(ada, name=f"Number {number}")

        with pytest.raises(saving.CannotSave, match="Delete one"):
            save(ada, name="One more")

    def test_is_undone_by_whoever_saved_it_alone(self, ada, lena):
        saved = save(ada)

        with pytest.raises(saving.NotYours):
            saving.delete(saved, by=lena, at=NOON)
        saving.delete(saved, by=ada, at=NOON)

        assert not SavedFilter.objects.exists()

    @pytest.mark.parametrize("name", ["q", "%71"])
    def test_leaves_out_what_was_searched_for(self, ada, name):
        saved = save(ada, query=f"age=over-7d&{name}=%2B4520123456&order=newest")

        assert saved.query == "age=over-7d&order=newest"
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedFilter.objects.filter(pk=saved.pk).update(query="age=over-7d&q=1")

    def test_is_in_the_ledger_where_it_is_on_everybodys_page(self, ada, lena):
        save(ada)
        saved = save(lena, shared=True)
        for shared in (False, False, True):
            saving.share(saved, shared=shared, by=lena, at=NOON)
        number = str(saved.pk)
        # Pressed twice, it is gone once.
        for _ in range(2):
            saving.delete(saved, by=lena, at=NOON)

        lines = LedgerEntry.objects.filter(kind="configuration.changed").order_by("id")
        told = [(e.actor, e.particulars["name"], e.particulars["what"]) for e in lines]
        assert told == [(lena.actor, number, each) for each in
                        ("added", "changed", "changed", "deleted")]  # fmt: skip
        assert [e.particulars["fields"]["shared"]["after"] for e in lines] == [
            True, False, True, None,
        ]  # fmt: skip
        assert "Old ones" not in str([e.particulars for e in lines])
