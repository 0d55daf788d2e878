"""The queue page over many open cases, in every way people look at it.

What is asked for all day is held against the same page over a thousand cases; the rest is held
against what its own questions cost the database when nobody draws a page of the answers.
"""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import combinations

from django.test import Client
from django.utils import timezone

from cases.models import Case
from reviewapp.bench import backlog, seeding
from reviewapp.bench.measures import Measure, beside, duration, median_ms, medians_ms
from reviewapp.bench.pages import bare, far, get
from reviewapp.staff.models import User

FEW = 1_000
COLLEAGUES = 40
# Held by each of them.
HOLDS = 3

# In the queue order, narrowed by what people narrow it by all day: to much, to little, to nothing.
DAILY = (
    "",
    "queue=general",
    "stage=MESSAGING",
    "stage=NEGATIVE_FEEDBACK",
    "stage=REGISTRATION",
    "detector=message-burst",
    "detector=number-range",
    "detector=phishing-link",
    "detector=lookalike-name",
    "detector=modified-client",
    "detector=not-fired-yet",
    "policy=BULK_MESSAGING",
    "policy=PHISHING_LINK",
    "policy=IMPERSONATION",
    "policy=CHILD_SAFETY",
    "holder=nobody",
    "holder=me",
    "holder=somebody",
    "holder={colleague}",
    "due=overdue",
    "due=today",
    "due=none",
)
OTHERS = (
    "detector=message-burst&alone=on",
    "detector=lookalike-name&alone=on",
    "country=IN",
    "country=PT",
    "country=UY",
    "country=LU",
    "country=IS",
    "surface=CHANNELS",
    "contested=on",
    "score=0.95",
    "score=0.85",
    "score=0.7",
    "score=0.5",
    "score=0",
    "age=under-1h",
    "age=under-1d",
    "age=over-1d",
    "age=over-3d",
    "age=over-7d",
    "age=over-30d",
    "state=AWAITING_INFO",
    "state=ESCALATED",
    "state=AWAITING_APPROVAL",
    "state=DECIDED",
    "state=MERGED",
    "state=DECIDED&detector=modified-client",
    "state=DECIDED&country=LU",
    "state=DECIDED&order=oldest",
    "state=ESCALATED&order=newest",
    "order=newest",
    "order=oldest",
    "order=newest&detector=modified-client",
    "order=oldest&detector=not-fired-yet",
    "order=newest&country=IS",
    "order=newest&due=overdue",
    "order=newest&age=over-30d",
    "order=oldest&age=under-1h",
    # What hardly goes together though there is much of each.
    "detector=no-typing&policy=PHISHING_LINK",
    "detector=group-adds&stage=REGISTRATION",
    "detector=group-adds&stage=REGISTRATION&country=NG&contested=on",
    "q={case}",
    "q={account}",
    "q=%2B919800000001",
    "q=nobody-is-called-so",
)
# Any two of these.
PAIRED = (
    "queue=general",
    "detector=phishing-link",
    "policy=HARASSMENT",
    "stage=REGISTRATION",
    "country=KE",
    "surface=CHANNELS",
    "age=under-1d",
    "due=today",
    "score=0.95",
    "holder=nobody",
    "contested=on",
    "order=newest",
)


def measure(*, rows: int, say: Callable[[str], None]) -> Iterable[Measure]:
    now = timezone.now()
    backlog.open_cases(FEW, at=now)
    colleagues = seeding.analysts(COLLEAGUES)
    seeding.analyze()
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(colleagues[0])

    daily = _pages(DAILY, colleagues[1])
    few = {name: median_ms(partial(get, client, url)) for name, url in daily.items()}
    deep = "20 pages on"
    few[deep] = median_ms(partial(get, client, far(client, "/queues/")))

    say(f"Making {rows:,} open cases, and {rows // 10:,} in each other state.")
    backlog.open_cases(rows - FEW, at=now)
    backlog.other_cases(rows // 10, at=now)
    backlog.holds(colleagues, each=HOLDS, at=now)
    seeding.analyze()
    assert Case.objects.open().count() == rows

    daily[deep] = far(client, "/queues/")
    for name, url in daily.items():
        yield duration(
            f"queue page, {name}", product=median_ms(partial(get, client, url)), limit=few[name],
            ratio_at_most=1.3, or_ms=60,
        )  # fmt: skip
    others = _pages((*OTHERS, *("&".join(two) for two in combinations(PAIRED, 2))), colleagues[1])
    for query in ("country=PT", "order=newest&detector=lookalike-name", "detector=number-range"):
        others[f"{query}, {deep}"] = far(client, f"/queues/?{query}")
    for name, url in others.items():
        product, limit = medians_ms(partial(get, client, url), bare(client, url), times=7)
        yield beside(f"queue page, {name}", product=product, limit=limit, at_most=250)


def _pages(queries: Iterable[str], colleague: User) -> dict[str, str]:
    case = Case.objects.open().select_related("account").latest("opened_at", "id")
    filled = {"colleague": colleague.ref, "case": case.ref, "account": case.account.external_id}
    return {
        query.format(**{name: name for name in filled}) or "as it opens": (
            f"/queues/?{query.format(**filled)}"
        )
        for query in queries
    }
