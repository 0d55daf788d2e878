import re
from html.parser import HTMLParser

import pytest

from reviewapp.web.gallery import section_templates
from tests.house.source import ROOT

COMPONENTS = sorted(path.name for path in (ROOT / "templates/components").glob("*.html"))
IMPORT = re.compile(r'@import "([\w-]+)\.css" layer\(components\);')
STYLES = IMPORT.findall((ROOT / "static/css/app.css").read_text())
# A block or one of its states; its elements come with it.
CLASS = re.compile(r"\.([a-z][a-z-]*?(?:--[a-z-]+)?)(?![\w-])")


def classes_of(style: str) -> set[str]:
    """The blocks and states that a style sheet draws."""
    text = re.sub(r"/\*.*?\*/", "", (ROOT / f"static/css/{style}.css").read_text(), flags=re.DOTALL)
    return {each for each in CLASS.findall(text) if "__" not in each}


class Shown(HTMLParser):
    """The classes that a page uses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.classes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.classes |= set((dict(attrs).get("class") or "").split())


@pytest.fixture
def shown(signed_in, ada) -> set[str]:
    page = signed_in(ada).get("/components/")
    assert page.status_code == 200
    return Shown(page.content.decode()).classes


class TestThePageOfComponents:
    """Who adds a component shows it there: a section in `templates/gallery`, samples beside it."""

    @pytest.mark.parametrize("name", COMPONENTS)
    def test_shows_every_template(self, name) -> None:
        sections = "".join(path.read_text() for path in section_templates())
        reached = set(re.findall(r"'components/(\w+\.html)'", sections))
        # A component may stand within another.
        for _ in range(2):
            for each in list(reached):
                inside = (ROOT / "templates/components" / each).read_text()
                reached |= set(re.findall(r"'components/(\w+\.html)'", inside))

        assert name in reached or name == "_messages.html"

    @pytest.mark.parametrize("name", COMPONENTS)
    def test_shows_nothing_that_no_page_uses(self, name) -> None:
        pages = [
            path.read_text()
            for path in (ROOT / "templates").rglob("*.html")
            if path.parent.name != "gallery"
        ]
        named = f"components/{name}"
        code = [
            path.read_text()
            for app in ("reviewapp", "cases", "appeals")
            for path in (ROOT / app).rglob("*.py")
        ]

        assert any(named in text for text in (*pages, *code))

    @pytest.mark.django_db
    def test_shows_every_style_in_every_state(self, shown) -> None:
        assert len(STYLES) > 30
        missing = {style: sorted(classes_of(style) - shown) for style in STYLES}

        assert {style: left for style, left in missing.items() if left} == {}

    @pytest.mark.django_db
    def test_draws_each_in_both_schemes(self, signed_in, ada) -> None:
        page = signed_in(ada).get("/components/").content.decode()

        for scheme in ("light", "dark"):
            drawn = page.count(f"gallery__scheme--{scheme}")
            assert drawn == len(section_templates())

    @pytest.mark.django_db
    def test_gives_no_name_twice(self, signed_in, ada) -> None:
        page = signed_in(ada).get("/components/").content.decode()
        names = re.findall(r'\sid="([^"]+)"', page)

        assert len(names) == len(set(names))

    @pytest.mark.django_db
    def test_does_nothing_with_what_its_samples_send(self, signed_in, ada) -> None:
        page = signed_in(ada).post("/components/", {"reason": "none"}, follow=True)

        assert "This was a sample: nothing has happened." in page.content.decode()
