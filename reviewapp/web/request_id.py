import re
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from reviewapp.kernel.ids import uuid7

# Read by the log formatters, so that every line said while answering a request can be found.
current: ContextVar[str] = ContextVar("request_id", default="")

_FIT = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")


class RequestId:
    """Gives every request an id, or keeps the one it came with, and puts it on the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _FIT.match(given) else uuid7().hex
        token = current.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            current.reset(token)
        response["X-Request-ID"] = request_id
        return response
