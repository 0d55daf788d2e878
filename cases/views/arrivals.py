"""What came to a list of cases since it was drawn: said, and shown when somebody asks."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.casefile.counting import counted
from cases.filters import CaseFilter
from cases.models import Case
from cases.views.finding import note_phone_search, signed_in
from reviewapp.web.access import may
from reviewapp.web.htmx import is_fragment

# More than this many are many: they are counted no further.
COUNTED_TO = 99
# A page that was left open longer than this is told of what came within it.
_LONGEST = timedelta(hours=24)
_KEY = "s"


@may("read_cases")
@require_safe
@vary_on_headers("HX-Request")
def arrivals(request: HttpRequest) -> HttpResponseBase:
    """How many cases came since `since` that the filters of the list let through."""
    if not is_fragment(request):
        return redirect("cases:queue")
    now = timezone.now()
    since = max(_moment(request.GET.get("since", ""), now), now - _LONGEST)
    asked = _filters(request.GET)
    cases = Case.objects.visible_to(signed_in(request)).filter(opened_at__gt=since)
    note_phone_search(asked.get("q", ""), by=signed_in(request), now=now)
    filtered = CaseFilter(asked, queryset=cases, user=signed_in(request), now=now)
    # Along the index of opening times, from the newest; no further than it matters.
    found = filtered.qs.order_by("-opened_at", "-id") if filtered.is_valid() else cases.none()
    count = len(found.values_list("pk", flat=True)[: COUNTED_TO + 1])
    tag = f'"{count}"'
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return unchanged
    context = {"arrivals": _context(asked, since=since, count=count)}
    response = render(request, "cases/_arrivals.html", context)
    response["ETag"] = tag
    return response


def arrivals_context(asked: QueryDict, *, now: datetime) -> dict[str, Any]:
    """`arrivals` for `cases/_arrivals.html` on a list that was drawn at `now`, as `asked` for."""
    return _context(_filters(asked), since=now, count=0)


def _context(asked: QueryDict, *, since: datetime, count: int) -> dict[str, Any]:
    shown = f"{reverse('cases:queue')}?{asked.urlencode()}"
    asked = asked.copy()
    asked["since"] = since.isoformat()
    more = count > COUNTED_TO
    words = counted(min(count, COUNTED_TO), "new case")
    return {
        "url": f"{reverse('cases:arrivals')}?{asked.urlencode()}",
        "tag": f'"{count}"',
        "news": {
            "words": words.replace(" ", "+ ", 1) if more else words if count else "",
            "url": shown,
            "target": "queue-rows",
            "key": _KEY,
        },
    }


def _filters(asked: QueryDict) -> QueryDict:
    """What narrows and orders the list, without a place in it."""
    kept = asked.copy()
    for name in ("after", "since"):
        kept.pop(name, None)
    return kept


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    return moment if moment and moment.tzinfo and moment <= now else now
