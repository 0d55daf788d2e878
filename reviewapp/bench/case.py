"""The case page over a long life, beside the same page over a short one."""

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from django.test import Client
from django.utils import timezone

from cases import claiming
from cases.models import Case
from reviewapp.bench import backlog, seeding
from reviewapp.bench.measures import Measure, duration, medians_ms

SHORT = 100
# Links by which the timeline is looked at closer and its rows paged through.
_CLOSER = re.compile(r'href="([^"]+)"[^>]*data-key="\+"')
_NEXT_ROWS = re.compile(r'href="([^"]*[?&;]after=[^"]+)"')


def measure(*, rows: int, say: Callable[[str], None]) -> Iterable[Measure]:
    now = timezone.now()
    backlog.open_cases(2, at=now)
    short, long = Case.objects.order_by("ref")
    say(f"Making {SHORT} items for {short} and {rows:,} for {long}.")
    seeding.evidence(short.account_id, SHORT, at=now)
    seeding.evidence(long.account_id, rows, at=now)
    [person] = seeding.analysts(1)
    seeding.analyze()
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(person)

    def get(url: str, *, part: bool = False) -> Callable[[], str]:
        def ask() -> str:
            answer = client.get(url, headers={"HX-Request": "true"} if part else {})
            assert answer.status_code == 200, (url, answer.status_code)
            return answer.content.decode()

        return ask

    def beside(name: str, little: Callable[[], str], much: Callable[[], str]) -> Measure:
        limit, product = medians_ms(little, much)
        return duration(
            f"{name}, {rows:,} items", product=product, limit=limit, ratio_at_most=1.5, or_ms=120
        )

    pages = [get(f"/cases/{case.ref}/") for case in (short, long)]
    yield beside("case page", *pages)
    closer = [_follow(_CLOSER, page()) for page in pages]
    yield beside("timeline looked at closer", *(get(url, part=True) for url in closer))
    whole = [
        f"/cases/{case.ref}/?{urlencode({'from': '2000-01-01', 'to': '2100-01-01'})}"
        for case in (short, long)
    ]
    yield beside("whole life", *(get(url, part=True) for url in whole))
    further = _follow(_NEXT_ROWS, get(whole[1], part=True)())
    yield beside("further rows", get(whole[0], part=True), get(further, part=True))
    for case in (short, long):
        claiming.take(case=case, by=person, now=timezone.now())
    yield beside("case page of its holder", *pages)


def _follow(link: re.Pattern[str], html: str) -> str:
    found = link.search(html)
    assert found, link.pattern
    return found.group(1).replace("&amp;", "&")
