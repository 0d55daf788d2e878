import pytest

from cases import saving
from cases.models import SavedFilter
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
            saving.share(saved, shared=False, by=ada)
        saving.share(saved, shared=False, by=lena)
        assert list(SavedFilter.objects.for_use_by(ada)) == []

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"name": " "}, "name"),
            ({"name": "x" * 41}, "name"),
            ({"name": "Taken"}, "name"),
            ({"query": ""}, "query"),
            ({"query": "q=" + "x" * 1000}, "query"),
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
            saving.delete(saved, by=lena)
        saving.delete(saved, by=ada)

        assert not SavedFilter.objects.exists()
