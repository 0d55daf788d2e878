from datetime import timedelta

import pytest

from reviewapp.staff.models import ApiKey, Source
from reviewapp.web.paging import BadCursor, Keyset
from tests.conftest import NOON
from tests.factories import create_key, create_source

pytestmark = pytest.mark.django_db

ORDERS = [
    ("id",),
    ("-id",),
    ("created_at", "id"),
    ("-created_at", "-id"),
    ("-created_at", "id"),
    ("source__name", "-created_at", "id"),
]


@pytest.fixture
def keys() -> list[ApiKey]:
    """Eleven keys of two sources, most of them made in the same moment as another."""
    sources = [create_source(name="alpha"), create_source(name="beta")]
    return [
        create_key(source=sources[each % 2], at=NOON + timedelta(minutes=each // 3)).key
        for each in range(11)
    ]


@pytest.mark.parametrize("order", ORDERS)
class TestPages:
    def test_hold_every_row_once_in_order(self, keys: list[ApiKey], order: tuple[str, ...]) -> None:
        found: list[ApiKey] = []
        after = None
        for _ in range(10):
            page = Keyset(ApiKey.objects.all(), order=order, after=after, size=4)
            found += page.items
            after = page.next
            if after is None:
                break

        assert found == list(ApiKey.objects.order_by(*order))

    def test_lead_back_the_way_they_came(self, keys: list[ApiKey], order: tuple[str, ...]) -> None:
        def page(after: str | None) -> Keyset[ApiKey]:
            return Keyset(ApiKey.objects.all(), order=order, after=after, size=4)

        first = page(None)
        second = page(first.next)
        third = page(second.next)

        assert third.next is None
        assert page(third.previous).items == second.items
        assert page(page(third.previous).previous).items == first.items
        assert page(page(third.previous).previous).previous is None
        assert page(page(third.previous).next).items == third.items


class TestACursor:
    @pytest.fixture
    def cursor(self, keys: list[ApiKey]) -> str:
        page = Keyset(ApiKey.objects.all(), order=("created_at", "id"), after=None, size=4)
        assert page.next
        return page.next

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda cursor: cursor[:-1] + ("A" if cursor[-1] != "A" else "B"),
            lambda cursor: "A" + cursor[1:],
            lambda cursor: cursor.partition(".")[0],
            lambda cursor: "nonsense",
            lambda cursor: "\x00",
            lambda cursor: "é.é",
        ],
    )
    def test_that_was_changed_is_refused(self, cursor: str, spoil: object) -> None:
        with pytest.raises(BadCursor):
            Keyset(
                ApiKey.objects.all(),
                order=("created_at", "id"),
                after=spoil(cursor),  # type: ignore[operator]
                size=4,
            )

    def test_of_another_list_is_refused(self, cursor: str) -> None:
        with pytest.raises(BadCursor):
            Keyset(ApiKey.objects.all(), order=("-created_at", "-id"), after=cursor, size=4)

    def test_past_the_last_row_leads_to_an_empty_page(self, cursor: str) -> None:
        ApiKey.objects.all().delete()

        page = Keyset(ApiKey.objects.all(), order=("created_at", "id"), after=cursor, size=4)

        assert (page.items, page.next, page.previous) == ([], None, None)


def test_a_page_in_one_direction_is_one_range_of_an_index(
    django_assert_num_queries: object, source: Source
) -> None:
    queryset = ApiKey.objects.all()
    create_key(source=source, at=NOON)
    create_key(source=source, at=NOON)
    cursor = Keyset(queryset, order=("created_at", "id"), after=None, size=1).next

    with django_assert_num_queries(1) as asked:  # type: ignore[operator]
        Keyset(queryset, order=("created_at", "id"), after=cursor, size=1)

    assert '("staff_apikey"."created_at", "staff_apikey"."id") > ' in asked[0]["sql"]
