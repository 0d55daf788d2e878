"""The base of every door for machines.

    @key_with("intake")
    class Evidence(ApiView):
        def post(self, request: Request) -> Response:
            batch = read_json(request, Batch)

`request.auth` is the ApiKey and `request.auth.source` the sender. Any Refused that is raised
becomes a problem; `problem(409, …)` says it in other words. A body is read by the view alone, after
its key, length and type were found right: what is refused is never read.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from rest_framework.request import Request as PlainRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from reviewapp.web.problems import (
    BodyTooLarge,
    LengthRequired,
    Malformed,
    WrongContentType,
    problem,
    refused,
)
from reviewapp.web.reading import decode, is_too_deep, read_body, read_json

__all__ = [
    "ApiView",
    "Request",
    "Response",
    "decode",
    "is_too_deep",
    "problem",
    "read_body",
    "read_json",
    "refused",
]

if TYPE_CHECKING:
    from reviewapp.staff.models import ApiKey

    class Request(PlainRequest):
        """A request whose key was recognised, which is every one that a view of ours gets."""

        auth: ApiKey
else:
    Request = PlainRequest

JSON = "application/json"
NDJSON = "application/x-ndjson"


class ApiView(APIView):
    """An operation for machines: stamped with `key_with`, throttled per key."""

    accepts: ClassVar[tuple[str, ...]] = (JSON,)

    def initial(self, request: PlainRequest, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in {"POST", "PUT", "PATCH"}:
            self._refuse_body(request)

    def _refuse_body(self, request: PlainRequest) -> None:
        length = request.META.get("CONTENT_LENGTH") or ""
        if not length:
            raise LengthRequired
        if not length.isascii() or not length.isdigit():
            raise Malformed("Content-Length is not a number.")
        if int(length) > settings.API_MAX_BODY:
            raise BodyTooLarge(f"The body is larger than {settings.API_MAX_BODY:,} bytes.")
        content_type = (request.META.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
        if content_type not in self.accepts:
            raise WrongContentType(f"Send the body as {' or '.join(self.accepts)}.")
        if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
            raise WrongContentType("Send the body as it is, without a Content-Encoding.")
