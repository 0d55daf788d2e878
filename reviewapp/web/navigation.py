"""The main navigation: rooms register where they can be entered; people see what they may enter."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from reviewapp.staff.models import User


@dataclass(frozen=True)
class Item:
    """One entry. `position` orders them, small first; leave gaps.

    `pages` names the pages that belong to it though their addresses stand under another's.
    """

    label: str
    url_name: str
    permission: str | None
    position: int
    pages: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass(frozen=True)
class Shown:
    label: str
    url: str
    current: bool


_items: dict[str, Item] = {}


def register(item: Item) -> None:
    """Add `item`; called when an app is ready. The same URL name again replaces it."""
    _items[item.url_name] = item


def items_for(user: User, *, path: str, page: str = "") -> list[Shown]:
    """What `user` sees on the page named `page` at `path`.

    Current is the entry that the page belongs to, or of those that lead to its address the longest.
    """
    open_to = [
        item
        for item in sorted(_items.values(), key=lambda item: item.position)
        if item.permission is None or user.may(item.permission)
    ]
    urls = {item.url_name: item.url for item in open_to}
    leading = [url for url in urls.values() if path == url or (url != "/" and path.startswith(url))]
    owner = next((urls[item.url_name] for item in open_to if page in item.pages), None)
    current = owner or max(leading, key=len, default=None)
    return [
        Shown(item.label, urls[item.url_name], urls[item.url_name] == current) for item in open_to
    ]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation`, the entries of whoever is signed in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) and not getattr(user, "is_authenticated", False):
        return {"navigation": []}
    page = request.resolver_match.view_name if request.resolver_match else ""
    return {"navigation": items_for(user, path=request.path, page=page)}  # type: ignore[arg-type]
