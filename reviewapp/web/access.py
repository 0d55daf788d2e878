"""Who may come in: each view carries a stamp that says so; `checks.py` refuses to start without.

A stamp on a view both says and enforces. Pages: `@public("why")`, `@signed_in`,
`@may("read_cases")`, above every other decorator. Doors for machines: `@key_with("intake")` on the
class. Views of other packages are stamped where they are mounted: `stamped(may("configure"), …)`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver
from django_htmx.http import HttpResponseClientRedirect

from reviewapp.staff.models import Scope
from reviewapp.staff.roles import PERMISSIONS
from reviewapp.web.htmx import page_asking

View = Callable[..., HttpResponseBase]
Stamp = Callable[[View], View]
ViewClass = TypeVar("ViewClass", bound=type)


@dataclass(frozen=True)
class Access:
    """What a view asks of whoever comes: nothing (and why), a session, a permission, or a key."""

    kind: Literal["public", "signed_in", "may", "key"]
    need: str | tuple[str, ...] = ""


def public(reason: str) -> Stamp:
    """Anybody may come in; `reason` says why that is right."""
    if not reason:
        raise ValueError("A public view needs a reason.")
    return _stamp(Access("public", reason))


def signed_in(view: View) -> View:
    """Anybody who is signed in may come in; others are asked to sign in first."""
    return _stamp(Access("signed_in"))(view)


def may(permission: str) -> Stamp:
    """Who is signed in and has `permission` (see roles.toml) may come in; others get 403."""
    if permission not in PERMISSIONS:
        raise ValueError(f"There is no permission called {permission!r}.")
    return _stamp(Access("may", permission))


def key_with(*scopes: str) -> Callable[[ViewClass], ViewClass]:
    """On an ApiView: an API key that has every one of `scopes` may come in.

    The view class enforces it: see `authentication.py`.
    """
    unknown = set(scopes) - set(Scope.values)
    if unknown or not scopes:
        raise ValueError(f"There is no scope called {unknown or 'nothing'}.")

    def decorate(view_class: ViewClass) -> ViewClass:
        view_class.access = Access("key", scopes)  # type: ignore[attr-defined]
        return view_class

    return decorate


def access_of(view: View | type) -> Access | None:
    """The stamp that `view`, or the class it was made from, carries."""
    for carrier in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        found = getattr(carrier, "access", None)
        if isinstance(found, Access):
            return found
    return None


def stamped(stamp: Stamp, urls: Sequence[URLPattern | URLResolver] | tuple[Any, str, str]) -> Any:
    """The same URLs with every view behind `stamp`, for views that are not ours to decorate.

    Takes a list of patterns, or what `admin.site.urls` is.
    """
    if isinstance(urls, tuple):
        patterns, app_name, namespace = urls
        return list(_each(stamp, patterns)), app_name, namespace
    return list(_each(stamp, urls))


def _each(
    stamp: Stamp, urls: Iterable[URLPattern | URLResolver]
) -> Iterable[URLPattern | URLResolver]:
    for url in urls:
        if isinstance(url, URLPattern):
            yield URLPattern(url.pattern, stamp(url.callback), url.default_args, url.name)
        else:
            yield URLResolver(
                url.pattern,
                list(_each(stamp, url.url_patterns)),
                url.default_kwargs,
                url.app_name,
                url.namespace,
            )


def _stamp(access: Access) -> Stamp:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return _refusal(request, access) or view(request, *args, **kwargs)

        guarded.access = access  # type: ignore[attr-defined]
        return guarded

    return decorate


def _refusal(request: HttpRequest, access: Access) -> HttpResponseBase | None:
    """What stands in the way of this request, if anything. Raises PermissionDenied for good."""
    if access.kind == "public":
        return None
    if not request.user.is_authenticated:
        if getattr(request, "htmx", False):
            # The session ran out under an open page: all of it goes to sign in, and comes back.
            here = page_asking(request) or "/"
            return HttpResponseClientRedirect(redirect_to_login(here).url)
        return redirect_to_login(request.get_full_path())
    if access.kind == "may" and not request.user.may(str(access.need)):
        raise PermissionDenied
    return None
