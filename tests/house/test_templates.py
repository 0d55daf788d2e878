import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.loader import get_template

from tests.house.source import PACKAGES, ROOT, python_files, strings

FOLDER = ROOT / "templates"
TEMPLATES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html"))
NAMED = re.compile(r"""["']([\w/]+\.html)["']""")
# Packages, Django and the page of components ask for these by names of their own.
ASKED_FOR = re.compile(r"(4\d\d|500)\.html|(account|allauth|admin)/.*|gallery/_\w+\.html")
# An address in a comment or an attribute of our own is no request to another site.
ELSEWHERE = re.compile(r"""(?:src|href|action|hx-\w+)=["']?(?:https?:)?//""")

# The page of components shows controls that do nothing; the others are another package's.
SHOWN = re.compile(r"(gallery|account|allauth|admin)/")
# What only scripts can do anything for: its parts are hidden where there are none.
SCRIPTED = (
    "data-break-close",
    "data-keys-open",
    "data-times-toggle",
    "data-rows",
    "data-copy",
    "data-kept-copy",
    "data-kept-drop",
    "data-lapse-keep",
)


def text(name: str) -> str:
    return (FOLDER / name).read_text()


class NeedsScripts(HTMLParser):
    """Finds controls that would do nothing in a browser without JavaScript."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        # Tags of the template language may stand within a tag of HTML.
        self.feed(re.sub(r"{%.*?%}|{#.*?#}", " ", html, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        asked = [name for name in ("hx-get", "hx-post") if name in names]
        if not self._works(tag, names, asked):
            self.found.append(self.get_starttag_text() or tag)

    def _works(self, tag: str, names: dict[str, str | None], asked: list[str]) -> bool:
        if tag == "a":
            return all(names.get("href") == names[name] for name in asked)
        if tag == "form":
            # Without an action it is sent to the page's own address.
            return names.get("method") in ("get", "post", "dialog") and (
                not asked or "action" in names
            )
        if tag == "button" and names.get("type") == "button":
            return any(name in names for name in SCRIPTED)
        # What is asked for by itself brings what a page has anyway when it is loaded.
        return not asked or "hx-trigger" in names


@pytest.mark.parametrize("name", TEMPLATES)
class TestEveryTemplate:
    def test_is_well_formed(self, name: str) -> None:
        assert get_template(name)

    def test_has_no_style_or_script_of_its_own(self, name: str) -> None:
        """The Content-Security-Policy would drop them in silence."""
        found = re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|hx-on|js:", text(name))

        assert found == []

    def test_loads_nothing_from_another_site(self, name: str) -> None:
        assert ELSEWHERE.findall(text(name)) == []


class TestTheTemplates:
    @pytest.mark.parametrize("name", [each for each in TEMPLATES if not SHOWN.match(each)])
    def test_have_no_control_that_needs_javascript(self, name: str) -> None:
        assert NeedsScripts(text(name)).found == []

    def test_are_all_used(self) -> None:
        named = {name for template in TEMPLATES for name in NAMED.findall(text(template))}
        named |= {each for path in python_files(*PACKAGES) for each in strings(path)}

        assert [each for each in TEMPLATES if each not in named and not ASKED_FOR.match(each)] == []

    def test_name_only_templates_that_are_there(self) -> None:
        named = {name for template in TEMPLATES for name in NAMED.findall(text(template))}

        for name in sorted(named):
            assert get_template(name), name


class TestTheStyles:
    @pytest.mark.parametrize(
        "path", sorted((ROOT / "static/css").glob("*.css")), ids=lambda p: p.name
    )
    def test_load_nothing_from_another_site(self, path: Path) -> None:
        assert (
            re.findall(
                r"url\(\s*[\"']?(?:https?:)?//|@import\s+[\"'](?:https?:)?//", path.read_text()
            )
            == []
        )

    def test_are_all_loaded(self) -> None:
        """One file a component, and none forgotten."""
        used = "".join(text(each) for each in TEMPLATES) + "".join(
            path.read_text()
            for path in (ROOT / "static").rglob("*")
            if path.suffix in {".css", ".js"}
        )
        files = [path for path in (ROOT / "static").rglob("*") if path.suffix in {".css", ".js"}]

        assert [path.name for path in files if path.name not in used] == []
