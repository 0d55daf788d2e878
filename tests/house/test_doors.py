from collections.abc import Iterator
from typing import Any

from django.core.checks import run_checks
from django.urls import URLPattern, URLResolver, get_resolver

from reviewapp.web.access import access_of
from reviewapp.web.checks import unstamped


def walk(urls: list[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for url in urls:
        if isinstance(url, URLResolver):
            yield from walk(url.url_patterns, f"{before}{url.pattern}")
        elif isinstance(url, URLPattern):
            yield f"/{before}{url.pattern}", url.callback


class TestEveryDoor:
    """Who may come in is said on the view itself, and nowhere forgotten."""

    def test_carries_an_access_stamp(self) -> None:
        assert unstamped(get_resolver().url_patterns) == []

    def test_for_machines_asks_for_a_key(self) -> None:
        """But for the description of the doors, which holds no data."""
        kinds = {
            route: access_of(view).kind  # type: ignore[union-attr]
            for route, view in walk(get_resolver().url_patterns)
            if route.startswith("/api/v1/")
        }

        assert kinds
        assert set(kinds.values()) == {"key"}

    def test_for_people_asks_for_a_session_but_for_few(self) -> None:
        """Beside signing in, a list short enough to be read; whoever adds to it says so here."""
        public = {
            route
            for route, view in walk(get_resolver().url_patterns)
            if access_of(view).kind == "public"  # type: ignore[union-attr]
        }

        portal = {route for route in public if route.startswith("/review/")}
        assert {route for route in public if not route.startswith("/staff/")} - portal == {
            "/api/docs/",
            "/api/schema/",
            "/healthz",
        } | ({"/metrics"} & public)

    def test_for_the_people_concerned_is_public_and_opens_by_link_or_code(self) -> None:
        """What stands behind is shown to a visit of its own: see `appeals/portal/visiting.py`."""
        kinds = {
            route: access_of(view).kind  # type: ignore[union-attr]
            for route, view in walk(get_resolver().url_patterns)
            if route.startswith("/review/")
        }

        assert kinds
        assert set(kinds.values()) == {"public"}

    def test_has_an_address_without_verbs(self) -> None:
        """When a verb does not fit, there is a noun to be found: claim, decision, replay."""
        verbs = {
            "take",
            "give",
            "decide",
            "open",
            "edit",
            "create",
            "update",
            "delete",
            "get",
            "do",
        }
        words = {
            route: set(route.replace("-", "/").split("/")) & verbs
            for route, _ in walk(get_resolver().url_patterns)
            if not route.startswith("/admin/")
        }

        assert {route: found for route, found in words.items() if found} == {}


class TestTheChecks:
    """`manage.py check`, as every start runs it."""

    def test_find_nothing_wrong(self) -> None:
        assert run_checks() == []
