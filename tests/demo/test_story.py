"""How the story is told where it does not come out right; journeys tell it as it should be."""

from datetime import UTC, datetime

import pytest

from reviewapp.demo import story
from reviewapp.demo.story.figures import Figures
from reviewapp.demo.world import World
from tests.demo.product import product_running

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
PEOPLE = story.People(
    analysts=["ada@example.org"], lead="lena@example.org", admin="asha@example.org", password="x"
)
WORLD = World(
    seed=1,
    since=NOON,
    until=NOON,
    accounts=[{"id": "m1"}],
    evidence=[],
    detections=[],
    cast={"m1": "person"},
)


@pytest.fixture
def said() -> list[str]:
    return []


class TestFigures:
    def test_agree_or_are_named_at_the_end(self, said: list[str]) -> None:
        figures = Figures(said.append)
        figures.agree("rows", expected=2, found=2)
        figures.agree("cases", expected=1000, found=3)

        assert figures.close() is False
        assert said[:2] == ["  ok  rows: 2", "  NO  cases: 3, but 1,000 were expected"]
        assert said[2].startswith("NOT in order after")
        assert said[2].endswith(": cases.")

    def test_are_in_order_where_all_agree(self, said: list[str]) -> None:
        figures = Figures(said.append)
        figures.agree("rows", expected=2, found=2)
        assert figures.close() is True


class TestAStoryThatBreaksOff:
    def tell(self, url: str, *, key: str, said: list[str]) -> bool:
        return story.tell(
            WORLD,
            url=url,
            platform_url=f"{url}/",
            key=key,
            people=PEOPLE,
            verify=lambda: (0, ""),
            say=said.append,
        )

    def test_says_so_in_one_line_where_it_is_not_let_in(self, said: list[str]) -> None:
        with product_running() as product:
            assert self.tell(product.url, key="rk_wrong", said=said) is False

        assert len(said) == 2
        assert said[0].startswith("  NO  it breaks off: ")
        assert "Unknown key." in said[0]
        assert said[1].startswith("NOT in order")

    def test_says_so_in_one_line_where_a_page_is_not_there(self, said: list[str]) -> None:
        with product_running() as product:
            assert self.tell(product.url, key="rk_demo", said=said) is False

        assert sum(line.startswith("  NO  ") for line in said) == 1
        assert "/api/v1/cases answered 501" in said[-2]
