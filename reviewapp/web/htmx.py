from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect


def go_to(request: HttpRequest, to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """Send the browser on to a URL, a URL's name, or an object with `get_absolute_url`.

    htmx follows a plain redirect within the fragment it asked for; it is told to go there instead.
    """
    url = resolve_url(to, *args, **kwargs)
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page, rather than for the page.

    A boosted link and a step back in history past htmx's own memory want the whole page.
    """
    htmx = getattr(request, "htmx", None)
    if not htmx:
        return False
    return not htmx.boosted and not htmx.history_restore_request


def way_back(request: HttpRequest, *, otherwise: str) -> str:
    """Where the form says that it came from (`back`): a path of this host, or `otherwise`."""
    back = request.POST.get("back", "")
    own = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if own else otherwise


def page_asking(request: HttpRequest) -> str:
    """Path and query of the page of this host that htmx asks for; empty where it is none."""
    try:
        return cast(Any, request).htmx.current_url_abs_path or ""
    except ValueError:
        # No address at all: the header says what it likes.
        return ""
