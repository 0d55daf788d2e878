"""What every page of the portal has: its language, its frame, and a guard against forged forms."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from django.views.decorators.csrf import csrf_exempt

from appeals import wording
from appeals.portal.words import LANGUAGES
from appeals.screening import LARGEST_TOGETHER

# Five files at their largest together, the words beside them, and what parts them.
LARGEST_REQUEST = LARGEST_TOGETHER + 500_000

View = Callable[..., HttpResponseBase]


class Translation(NamedTuple):
    """The same page in another language."""

    code: str
    name: str
    url: str


def page(
    request: HttpRequest,
    language: str,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    entered: bool = False,
    status: int = 200,
) -> HttpResponse:
    """A page of the portal, drawn without what the console puts on its own.

    `entered` says that somebody has come in, who may want to leave.
    """
    whole = {
        "language": language,
        "languages": _translations(request),
        "csrf_token": get_token(request),
        "entered": entered,
        **(context or {}),
    }
    return HttpResponse(render_to_string(template, whole), status=status)


def problem(
    request: HttpRequest, language: str, code: str, *, status: int, text: str | None = None
) -> HttpResponse:
    """A page that says what went wrong, and how to go on. What somebody had written is kept."""
    if text is None:
        text = request.POST.get("text", "")[:LARGEST_TEXT] if request.method == "POST" else ""
    return page(
        request, language, "portal/problem.html", {"problem": code, "text": text}, status=status
    )


# Beyond it nothing that was written is given back.
LARGEST_TEXT = 20_000


def _translations(request: HttpRequest) -> list[Translation]:
    """Where this page is in each language; of what was sent, where the form stands."""
    match = resolve(request.path_info)
    view, kwargs = match.view_name, match.kwargs
    if view == "portal:statements":
        view = "portal:ticket"
    elif view == "portal:leaving":
        view = "portal:entrance"
    return [
        Translation(
            code, wording.OWN_NAMES[code], reverse(view, kwargs=kwargs | {"language": code})
        )
        for code in LANGUAGES
    ]


class _ForgedForms(CsrfViewMiddleware):
    """Refuses as every page here speaks: in the visitor's language."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        language = resolve(request.path_info).kwargs["language"]
        return problem(request, language, "cookies", status=403)


def guarded(view: View) -> View:
    """A view whose forms come from its own pages, and hold no more than they may.

    In place of the middleware that does the same for the console and answers in English.
    """
    forged = _ForgedForms(lambda request: HttpResponse())

    # The middleware reads and sets the cookie; what it would say of a form is said here.
    @csrf_exempt
    @wraps(view)
    def checked(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        language = kwargs["language"]
        if request.method == "POST":
            if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_REQUEST:
                return problem(request, language, "large", status=413, text="")
            try:
                _ = request.POST
            except (SuspiciousOperation, BadRequest):
                # Too many fields or files, or words without end.
                return problem(request, language, "large", status=400, text="")
        response = forged.process_view(request, view, (), kwargs) or view(request, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return checked
