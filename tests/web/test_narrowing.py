from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.test.utils import CaptureQueriesContext

from reviewapp.staff.models import ApiKey, Source
from reviewapp.web import narrowing
from reviewapp.web.paging import Keyset
from tests.conftest import NOON
from tests.factories import create_key, create_source

pytestmark = pytest.mark.django_db

ORDERS = [("created_at", "id"), ("-created_at", "-id"), ("-created_at", "id")]
# As alternatives of one column, of two, and over another table.
FITS = [
    Q(id__gt=0),
    Q(source__name="beta"),
    Q(Exists(Source.objects.filter(name="beta", pk=OuterRef("source_id")))),
    Q(created_at__lt=NOON + timedelta(minutes=2), source__name="alpha"),
    Q(source__name="nobody"),
    Q(pk__in=[]),
]


@pytest.fixture(autouse=True)
def _keys() -> None:
    """Eleven keys of two sources, most of them made in the same moment as another."""
    sources = [create_source(name="alpha"), create_source(name="beta")]
    for each in range(11):
        create_key(source=sources[each % 2], at=NOON + timedelta(minutes=each // 3))


def page(
    fits: Q, *, order: tuple[str, ...] = ORDERS[0], after: str | None = None, size: int = 2
) -> Keyset[ApiKey]:
    among = ApiKey.objects.filter(revoked_at=None)
    return Keyset(
        among.filter(fits).select_related("source"),
        among=among,
        order=order,
        after=after,
        size=size,
    )


@pytest.mark.parametrize("near", [1, 4, 100])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("fits", FITS)
class TestANarrowedList:
    """Is the same whether what fits stands near or far."""

    def test_holds_every_row_that_fits_once_in_order(self, monkeypatch, fits, order, near):
        monkeypatch.setattr(narrowing, "NEAR", near)
        found: list[ApiKey] = []
        after = None
        for _ in range(10):
            shown = page(fits, order=order, after=after)
            found += shown.items
            after = shown.next
            if after is None:
                break

        assert found == list(ApiKey.objects.filter(fits).order_by(*order))

    def test_leads_back_the_way_it_came(self, monkeypatch, fits, order, near):
        monkeypatch.setattr(narrowing, "NEAR", near)
        first = page(fits, order=order)
        if first.next is None:
            return
        second = page(fits, order=order, after=first.next)

        assert page(fits, order=order, after=second.previous).items == first.items


class TestLooking:
    """Of eleven keys five are of beta."""

    def asked(self, fits: Q, **where) -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            page(fits, **where)
        return [each["sql"] for each in asked]

    def test_goes_no_further_where_a_page_is_found_near(self):
        near, rows = self.asked(Q(source__name="beta"))

        assert f"LIMIT {narrowing.NEAR})" in near
        assert "JOIN" in rows

    @pytest.mark.parametrize("fits", FITS[1:-1])
    def test_takes_as_many_questions_however_few_fit(self, monkeypatch, fits):
        monkeypatch.setattr(narrowing, "NEAR", 1)
        after = page(Q(id__gt=0), order=ORDERS[2]).next

        near, far, *_ = self.asked(fits)

        assert ("LIMIT 1)" in near, "OFFSET 0)" in far) == (True, True)
        # Each part of a list whose columns go different ways is looked through, then all.
        assert len(self.asked(fits, order=ORDERS[2], after=after)) <= len(ORDERS[2]) + 2

    def test_asks_nothing_where_nothing_can_fit(self):
        assert self.asked(Q(pk__in=[])) == []
