"""Addresses of the next and the previous page of a list."""

from typing import Any

from django.http import HttpRequest

from reviewapp.web.paging import Keyset


def page_urls(request: HttpRequest, page: Keyset[Any]) -> dict[str, str]:
    """`next_url` and `previous_url`, keeping what else the address asks for; '' at the ends."""
    return {
        "next_url": _url(request, page.next),
        "previous_url": _url(request, page.previous),
    }


def _url(request: HttpRequest, cursor: str | None) -> str:
    if cursor is None:
        return ""
    asked = request.GET.copy()
    asked["after"] = cursor
    return f"{request.path}?{asked.urlencode()}"
