"""Coming in: by the link in a notification, or by a code; and leaving."""

from datetime import timedelta
from math import ceil
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appeals import challenging, linking
from appeals.portal.pages import guarded, page, problem
from appeals.portal.visiting import Visit, forget, remember
from appeals.portal.words import preferred, say, words
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import public

ANYBODY = "whoever is banned has no other door; it shows nothing before a link or a code"


@public(ANYBODY)
@require_safe
def door(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Sends on to the portal in the language that somebody prefers."""
    response = HttpResponseRedirect(reverse("portal:entrance", args=[preferred(request)]))
    patch_vary_headers(response, ["Accept-Language"])
    return response


@public(ANYBODY)
@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def entrance(request: HttpRequest, language: str) -> HttpResponse:
    """Where a code is asked for. The answer is the same whatever is behind the number."""
    typed = request.POST.get("number", "")
    context: dict[str, Any] = {"typed": typed[:200], "left": "left" in request.GET}
    if request.method != "POST":
        return page(request, language, "portal/entrance.html", context)
    try:
        challenge = challenging.ask(
            number=typed, address=request.META.get("REMOTE_ADDR", ""), at=timezone.now()
        )
    except challenging.TooManyCodes as refusal:
        errors = [error(language, refusal, minutes=minutes(refusal.wait))]
        return page(
            request, language, "portal/entrance.html", context | {"errors": errors}, status=429
        )
    except (challenging.NoNumber, challenging.NumberTooLong) as refusal:
        errors = [error(language, refusal, at="number")]
        return page(
            request, language, "portal/entrance.html", context | {"errors": errors}, status=422
        )
    return HttpResponseRedirect(reverse("portal:code", args=[language, challenge.pk]))


@public(ANYBODY)
@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, language: str, challenge: UUID) -> HttpResponse:
    """Where a code is entered. Nothing that was found out about the number is read before."""
    context = {"minutes": minutes(challenging.GOOD_FOR), "open": True}
    if request.method != "POST":
        return page(request, language, "portal/code.html", context)
    try:
        account = challenging.answer(
            challenge=challenge, code=request.POST.get("code", ""), at=timezone.now()
        )
    except challenging.WrongCode as refusal:
        errors = [error(language, refusal, at="code", count=refusal.tries_left)]
    except challenging.CodeMalformed as refusal:
        errors = [error(language, refusal, at="code")]
    except challenging.TooManyTries as refusal:
        context["open"] = False
        errors = [error(language, refusal, minutes=minutes(challenging.PAUSE))]
    except (challenging.CodeUsed, challenging.CodeExpired) as refusal:
        context["open"] = False
        errors = [error(language, refusal)]
    else:
        response = HttpResponseRedirect(reverse("portal:decisions", args=[language]))
        remember(response, Visit(account.pk))
        return response
    return page(request, language, "portal/code.html", context | {"errors": errors}, status=422)


@public("it opens what its signature names, and nothing without one")
@guarded
@require_safe
def link(request: HttpRequest, language: str, token: str) -> HttpResponse:
    """Comes in by the link in a notification, which does not stay in the address."""
    response: HttpResponse
    try:
        enforcement = linking.opened(token, at=timezone.now())
    except linking.LinkForged:
        response = problem(request, language, "forged", status=404)
    except linking.LinkExpired:
        response = problem(request, language, "expired", status=410)
    else:
        response = HttpResponseRedirect(
            reverse("portal:decision", args=[language, enforcement.ref])
        )
        remember(response, Visit(enforcement.account_id, enforcement.pk))
    # No page that is gone to from here is told the link, this host's own among them.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@public(ANYBODY)
@guarded
@require_POST
def leaving(request: HttpRequest, language: str) -> HttpResponse:
    response = HttpResponseRedirect(f"{reverse('portal:entrance', args=[language])}?left")
    forget(response)
    return response


@public(ANYBODY)
@guarded
def missing(request: HttpRequest, language: str, rest: str) -> HttpResponse:
    """Any other address: said in the visitor's language."""
    return problem(request, language, "missing", status=404)


def error(language: str, refusal: Refused, *, at: str = "", **values: object) -> dict[str, str]:
    """A refusal in the visitor's words, for `_errors.html`; `at` is the field that it is about."""
    if f"refused.{refusal.code}" not in words(language):
        return {"at": at, "text": say(language, "refused.refused")}
    return {"at": at, "text": say(language, f"refused.{refusal.code}", **values)}


def minutes(wait: timedelta) -> int:
    return max(1, ceil(wait.total_seconds() / 60))
