"""The queue page over many open cases, beside the same page over a thousand."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from html import unescape

from django.test import Client
from django.utils import timezone

from cases.models import Case, Queue
from reviewapp.bench import seeding
from reviewapp.bench.measures import Measure, duration, median_ms, within

FEW = 1_000
DEEP_PAGES = 20
FILTERS = {
    "first page": "",
    "stage": "stage=MESSAGING",
    "detector": "detector=report-rate",
    "policy": "policy=HARASSMENT",
    "held by nobody": "holder=nobody",
    "due": "due=today",
}
OTHERS = {
    "country": "country=BR",
    "newest first": "order=newest",
    "oldest first": "order=oldest",
    "detector and country": "detector=report-rate&country=NG",
}


def measure(*, rows: int, say: Callable[[str], None]) -> Iterable[Measure]:
    now = timezone.now()
    seeding.open_cases(FEW, at=now)
    [person] = seeding.analysts(1)
    seeding.analyze()
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(person)
    slug = Queue.objects.filter(worked_by__contains=["ANALYST"]).order_by("position")[0].slug
    pages = {name: f"/queues/?{query}" for name, query in {**FILTERS, **OTHERS}.items()}
    pages["one queue"] = f"/queues/{slug}/"
    few = {name: median_ms(partial(_get, client, url)) for name, url in pages.items()}
    few["deep page"] = median_ms(partial(_get, client, _deep(client)))

    say(f"Making {rows:,} open cases.")
    seeding.open_cases(rows - FEW, at=now)
    seeding.analyze()
    assert Case.objects.open().count() == rows
    pages["deep page"] = _deep(client)
    for name, url in pages.items():
        product = median_ms(partial(_get, client, url))
        if name in OTHERS:
            yield within(f"queue page, {name}", product=product, at_most=250)
        else:
            yield duration(
                f"queue page, {name}", product=product, limit=few[name],
                ratio_at_most=1.3, or_ms=60,
            )  # fmt: skip


def _get(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer.content.decode()


def _deep(client: Client) -> str:
    """The address of a page that is reached by turning pages as a person would."""
    url = "/queues/"
    for _ in range(DEEP_PAGES):
        turned = re.search(r'<a[^>]*href="([^"]*)"[^>]*rel="next"', _get(client, url))
        if turned is None:
            turned = re.search(r'<a[^>]*rel="next"[^>]*href="([^"]*)"', _get(client, url))
        if turned is None:
            break
        found = unescape(turned[1])
        url = found if found.startswith("/") else f"/queues/{found}"
    return url
