from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
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
