"""Pages of lists, asked for as a browser does, and what their questions alone cost."""

import re
from collections.abc import Callable
from html import unescape

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

DEEP_PAGES = 20


def get(client: Client, url: str) -> str:
    """The page at `url`."""
    answer = client.get(url)
    # Who asks for a case by its ref is sent there.
    assert answer.status_code in (200, 302), (url, answer.status_code)
    return answer.content.decode()


def bare(client: Client, url: str) -> Callable[[], None]:
    """Asks the database what the page at `url` asks it, and nothing more."""
    with CaptureQueriesContext(connection) as asked:
        get(client, url)
    statements = [each["sql"] for each in asked if each["sql"].startswith(("SELECT", "WITH"))]

    def ask() -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                cursor.fetchall()

    return ask


def far(client: Client, url: str) -> str:
    """The address of a page that is reached by turning pages as a person would."""
    for _ in range(DEEP_PAGES):
        link = re.search(r'<a[^>]*rel="next"[^>]*>', get(client, url))
        href = re.search(r'href="([^"]*)"', link[0]) if link else None
        if href is None:
            break
        url = unescape(href[1])
    return url
