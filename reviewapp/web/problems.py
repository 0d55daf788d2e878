"""Saying no to a machine: `application/problem+json` (RFC 9457), whoever says it."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

import msgspec
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from rest_framework import exceptions

from reviewapp.kernel.refusals import Refused

CONTENT_TYPE = "application/problem+json"


class Malformed(Refused):
    """The body is not well-formed JSON."""


class Unfit(Refused):
    """The body is not what this call takes."""


class LengthRequired(Refused):
    """Say how long the body is: Content-Length is missing."""


class BodyTooLarge(Refused):
    """The body is too large."""


class WrongContentType(Refused):
    """The body has a content type that this call does not take."""


# What a refusal answers when the door that met it does not say otherwise. Looked up along the
# class's ancestors, so that a subclass answers as its parent.
_STATUS: dict[type[Refused], int] = {
    Malformed: 400,
    LengthRequired: 411,
    BodyTooLarge: 413,
    WrongContentType: 415,
    Refused: 422,
}


def error(pointer: str, detail: str) -> dict[str, str]:
    """One entry of `errors`: what is wrong with the value at a JSON pointer ("" is the whole
    body).
    """
    return {"pointer": pointer, "detail": detail}


def problem(
    status: int,
    detail: str,
    *,
    errors: Iterable[Mapping[str, str]] = (),
    code: str = "",
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A problem+json answer: `detail` for this occurrence, `code` to switch on, `errors` by
    pointer.
    """
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code or title.lower().replace(" ", "-"),
    }
    if listed := list(errors):
        body["errors"] = listed
    return HttpResponse(
        msgspec.json.encode(body),
        status=status,
        content_type=CONTENT_TYPE,
        headers=dict(headers or {}),
    )


def refused(refusal: Refused, *, status: int | None = None) -> HttpResponse:
    """The answer to a refusal; `status` where the door knows better, such as 409."""
    if status is None:
        known = (each for each in type(refusal).__mro__ if each in _STATUS)
        status = _STATUS[next(known)]
    errors = [] if refusal.pointer is None else [error(refusal.pointer, str(refusal))]
    return problem(status, str(refusal), errors=errors, code=refusal.code)


def answer(exc: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """REST framework's exception handler: every refusal it or we raise, as a problem.

    Anything else is our mistake and goes on to become a 500.
    """
    match exc:
        case Refused():
            return refused(exc)
        case Http404():
            return problem(404, "There is nothing here by that name.")
        case PermissionDenied():
            return problem(403, "This key may not do that.")
        case exceptions.ValidationError():
            return problem(422, "Some values are wrong.", errors=_errors(exc.detail))
        case exceptions.APIException():
            return problem(
                exc.status_code, str(exc.detail), code=_code(exc), headers=_headers(exc, context)
            )
    return None


def _code(exc: exceptions.APIException) -> str:
    codes = exc.get_codes()
    return codes.replace("_", "-") if isinstance(codes, str) else ""


def _headers(exc: exceptions.APIException, context: Mapping[str, Any]) -> dict[str, str]:
    headers = {}
    if exc.status_code == 401:
        headers["WWW-Authenticate"] = "Bearer"
    wait = getattr(exc, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(ceil(wait))
    if isinstance(exc, exceptions.MethodNotAllowed) and context.get("view"):
        headers["Allow"] = ", ".join(context["view"].allowed_methods)
    return headers


def _errors(detail: Any, pointer: str = "") -> list[dict[str, str]]:
    """REST framework's nested errors, flattened to pointers."""
    if isinstance(detail, dict):
        return [
            each for name, value in detail.items() for each in _errors(value, f"{pointer}/{name}")
        ]
    if isinstance(detail, list) and any(isinstance(value, dict | list) for value in detail):
        return [
            each for at, value in enumerate(detail) for each in _errors(value, f"{pointer}/{at}")
        ]
    if isinstance(detail, list):
        return [error(pointer, str(value)) for value in detail]
    return [error(pointer, str(detail))]
