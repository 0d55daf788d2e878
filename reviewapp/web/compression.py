import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_SHRINKING = re.compile(r"text/(html|css|javascript)|image/svg\+xml")


class CompressedPages(GZipMiddleware):
    """Pages, style sheets and scripts go out compressed; what machines read goes as it is.

    # Note [Compression and secrets]

    Who can put words into a page and watch how long it becomes could guess, letter by letter, a
    secret on the same page (BREACH). Here that takes more than it gains: the only secret a page
    holds, its CSRF token, is masked anew in every answer; cookies do not come with what another
    site embeds (SameSite); and Django adds up to a hundred random bytes to each answer. Answers of
    the API hold what keys opened, and compressing them costs batches time: they are left alone.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        shrinks = _SHRINKING.match(response.headers.get("Content-Type", ""))
        # Collected files come compressed already, and an answer of 304 has nothing to compress.
        if not shrinks or response.status_code in {204, 304}:
            return response
        return super().process_response(request, response)
