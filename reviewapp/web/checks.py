"""System checks: run before every command and every start of a server."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver

from reviewapp.web.access import access_of


@register(Tags.urls)
def every_url_is_stamped(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """No view can be reached that does not say who may come in."""
    return unstamped(get_resolver().url_patterns)


def unstamped(urls: Iterable[URLPattern | URLResolver]) -> list[CheckMessage]:
    """An error for each of `urls` whose view carries no stamp."""
    return [
        Error(
            f"The view at /{route} does not say who may come in.",
            hint="Stamp it: @public('why'), @signed_in, @may(permission) or @key_with(scope), "
            "from reviewapp.web.access.",
            obj=getattr(view, "__qualname__", view),
            id="web.E001",
        )
        for route, view in _walk(urls)
        if access_of(view) is None
    ]


def _walk(urls: Iterable[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, Any]]:
    for url in urls:
        route = f"{before}{url.pattern}"
        if isinstance(url, URLResolver):
            yield from _walk(url.url_patterns, route)
        else:
            yield route, url.callback
