"""Queues: the cases that wait, in their order, narrowed by what people look for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.filters import CaseFilter
from cases.models import Case, Queue
from cases.views.finding import signed_in
from cases.views.lines import lines_of
from cases.views.pages import page_urls
from reviewapp.web.access import may
from reviewapp.web.htmx import is_fragment
from reviewapp.web.paging import Keyset

SIZE = 50


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


def _page(request: HttpRequest, asked: Any) -> HttpResponse:
    user, now = signed_in(request), timezone.now()
    after = asked.get("after")
    cases = Case.objects.visible_to(user).with_account_and_queue()
    filtered = CaseFilter(asked, queryset=cases, user=user, now=now)
    rows = filtered.qs if filtered.is_valid() else cases.none()
    page = Keyset.or_first(rows, order=filtered.keyset_order, after=after, size=SIZE)
    slug = asked.get("queue", "")
    chosen = filtered.queues.get(slug)
    context = {
        "heading": chosen.name if chosen else "Cases",
        "can_work": user.may("work_cases"),
        "queue_slug": slug if chosen else "",
        "settings_url": reverse("cases:queue_settings", args=[slug])
        if chosen and user.may("set_queues")
        else "",
        "filter": filtered,
        "filtered": filtered.chosen,
        "cases": lines_of(page.items, user=user, now=now),
        **page_urls(request, page),
    }
    template = "cases/_queue_found.html" if is_fragment(request) else "cases/queue.html"
    return render(request, template, context)
