"""Queues: the cases that wait, in their order, narrowed by what people look for."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.filters import IN_SIGHT, CaseFilter
from cases.models import Case, Queue
from cases.naming import ref_in
from cases.views.arrivals import arrivals_context
from cases.views.face import case_url, priority_context
from cases.views.finding import find_case, note_look, note_phone_search, signed_in
from cases.views.lines import lines_of
from cases.views.pages import page_urls
from cases.views.savedfilters import saved_context
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment
from reviewapp.web.paging import Keyset

SIZE = 30


@may("read_cases")
@require_safe
@vary_on_headers("HX-Request")
def queue(request: HttpRequest) -> HttpResponse:
    """All open cases, or what the filters ask for."""
    return _page(request, request.GET.copy())


@may("read_cases")
@require_safe
@vary_on_headers("HX-Request")
def queue_of(request: HttpRequest, slug: str) -> HttpResponse:
    """One queue: the same page with that queue chosen."""
    chosen = get_object_or_404(Queue, slug=slug)
    asked = request.GET.copy()
    asked["queue"] = chosen.slug
    return _page(request, asked)


@may("read_cases")
@require_safe
@vary_on_headers("HX-Request")
def priority(request: HttpRequest, ref: str) -> HttpResponse:
    """What a case's priority is made of: a page, or for htmx the parts alone."""
    found = find_case(request, ref)
    note_look(case=found, account=found.account, by=signed_in(request), now=timezone.now())
    context = {"ref": found.ref, "url": case_url(found), **priority_context(found)}
    template = "cases/_priority_parts.html" if is_fragment(request) else "cases/priority.html"
    return render(request, template, context)


def _page(request: HttpRequest, asked: Any) -> HttpResponse:
    user, now = signed_in(request), timezone.now()
    cases = Case.objects.visible_to(user).for_lines()
    if (ref := ref_in(asked.get("q", ""), "C")) and cases.filter(ref=ref).exists():
        return go_to(request, "cases:case", ref)
    note_phone_search(asked.get("q", ""), by=user, now=now)
    filtered = CaseFilter(asked, queryset=cases, user=user, now=now)
    rows = filtered.qs if filtered.is_valid() else cases.none()
    page = Keyset.or_first(
        rows,
        order=filtered.keyset_order,
        after=asked.get("after"),
        size=SIZE,
        among=filtered.among,
    )
    slug = asked.get("queue", "")
    chosen = filtered.queues.get(slug)
    lines = lines_of(
        page.items, user=user, now=now, narrowed=lambda **fields: _url(filtered.asked | fields)
    )
    context = {
        "heading": chosen.name if chosen else "Cases",
        "can_work": user.may("work_cases"),
        "queue_slug": slug if chosen else "",
        "settings_url": reverse("cases:queue_settings", args=[slug])
        if chosen and user.may("set_queues")
        else "",
        "in_sight": [field for field in filtered.form if field.name in IN_SIGHT],
        "further": [field for field in filtered.form if field.name not in IN_SIGHT],
        "further_open": any(name not in IN_SIGHT for name in filtered.asked),
        "filtered": filtered.chosen,
        "search_url": f"{reverse('cases:search')}?{urlencode({'q': asked['q']})}"
        if asked.get("q")
        else "",
        "in_force": _in_force(filtered),
        "cases": lines,
        "arrivals": arrivals_context(asked, now=now),
        "selection": _selection(request) if any(line.tickable for line in lines) else None,
        **saved_context(filtered.saved_as, user=user),
        **page_urls(request, page),
    }
    template = "cases/_queue_found.html" if is_fragment(request) else "cases/queue.html"
    return render(request, template, context)


def _url(fields: dict[str, str]) -> str:
    address = reverse("cases:queue")
    return f"{address}?{urlencode(fields)}" if fields else address


def _in_force(filtered: CaseFilter) -> list[dict[str, str]]:
    """Each filter in words, with the address of the list without it."""
    shown = []
    for name, label, words in filtered.in_force():
        # Without its detector "only this one" says nothing.
        gone = {"detector", "alone"} if name == "detector" else {name}
        left = {other: value for other, value in filtered.asked.items() if other not in gone}
        shown.append({"label": label, "words": words, "url": _url(left)})
    asked = filtered.asked
    if "detector" in asked and "alone" not in asked:
        words = f"Only {asked['detector']}, and nothing else"
        shown.append({"narrow": words, "url": _url(asked | {"alone": "on"})})
    return shown


def _selection(request: HttpRequest) -> dict[str, Any]:
    return {
        "form": "together",
        "count": 0,
        "words": "cases",
        "clear_url": request.get_full_path(),
        "actions": [
            {"name": "then", "value": "preview", "words": "Decide together", "key": "D",
             "main": True},
        ],
    }  # fmt: skip
