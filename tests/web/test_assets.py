"""One style sheet for many files, and pages that go out compressed."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import Client

from reviewapp.web.assets import in_one_piece

SHEET = Path(__file__).parents[2] / "static/css/app.css"
# Of a first visit's 150 kB, what the styles may be before they are compressed.
MOST_STYLE = 70_000


class TestTheStyleSheet:
    """`app.css` names the layers and imports one file a component."""

    def test_is_found_in_one_piece(self) -> None:
        found = finders.find("css/app.css")

        text = Path(found).read_text()
        assert "@import" not in text
        for component in SHEET.parent.glob("*.css"):
            if component.name in SHEET.read_text() and component != SHEET:
                assert component.read_text() in text, component.name

    def test_keeps_each_file_in_its_layer_and_the_order_of_layers(self) -> None:
        named = re.findall(r'@import "([\w-]+\.css)" layer\((\w+)\)', SHEET.read_text())
        text = in_one_piece(SHEET)

        assert re.findall(r"@layer (\w+) \{\n", text) == [layer for _, layer in named]
        assert text.index("@layer tokens, base") < text.index("@layer tokens {")

    def test_follows_a_change_of_a_component(self, tmp_path: Path) -> None:
        sheet = tmp_path / "app.css"
        sheet.write_text('@layer a;\n@import "one.css" layer(a);\n')
        (tmp_path / "one.css").write_text(".one { color: red }\n")
        assert "red" in in_one_piece(sheet)

        (tmp_path / "one.css").write_text(".one { color: blue }\n")

        assert "blue" in in_one_piece(sheet)

    def test_stays_light(self) -> None:
        assert len(in_one_piece(SHEET).encode()) <= MOST_STYLE

    def test_has_an_address_that_changes_with_it(self) -> None:
        assert re.search(r"\?v=[0-9a-f]{12}$", static("css/app.css"))


@pytest.mark.django_db
class TestCompression:
    def test_is_for_pages(self, client: Client) -> None:
        page = client.get("/staff/login/", headers={"Accept-Encoding": "gzip"})

        assert page.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in page.headers["Vary"]

    def test_is_not_for_browsers_that_did_not_ask(self, client: Client) -> None:
        assert "Content-Encoding" not in client.get("/staff/login/").headers

    def test_leaves_what_machines_read_alone(self, client: Client) -> None:
        answer = client.get("/api/v1/labels?after=0", headers={"Accept-Encoding": "gzip"})

        assert "Content-Encoding" not in answer.headers
