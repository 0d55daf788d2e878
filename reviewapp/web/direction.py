"""Letters that turn the direction of others, kept out of pages."""

import re
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase

# U+202A to U+202E and U+2066 to U+2069, in UTF-8. Right-to-left writing needs none of them on a
# page: its own letters say how they run.
_TURNING = re.compile(b"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")


class OwnDirection:
    """Pages hold no override, embedding or isolate of whoever wrote a name or a message.

    With one, `gpj.exe` reads as `exe.jpg`, and the words behind a name run backwards. Text is kept
    as it was sent; only what is shown goes without.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if is_page and isinstance(response, HttpResponse) and _TURNING.search(response.content):
            response.content = _TURNING.sub(b"", response.content)
        return response
