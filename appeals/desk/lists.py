"""What waits at the desk, the most urgent first: appeals, grievances, orders."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from appeals import claiming
from appeals.desk.backlog import backlog
from appeals.desk.lines import LISTS, lines_of, ticket_url
from appeals.desk.tabs import desk_tabs
from appeals.filters import AppealFilter, GrievanceFilter, OrderFilter, TicketFilter
from appeals.models import Appeal, Grievance, Order
from appeals.offering import WORKED_WITH, Kind
from cases.naming import ref_in
from cases.views.finding import note_phone_search, signed_in
from cases.views.pages import page_urls
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment
from reviewapp.web.paging import Keyset

SIZE = 30
_WORDS: dict[Kind, tuple[str, str, str]] = {
    Appeal: (
        "Appeals",
        "appeal",
        "Appeals come by themselves: from the app, the public pages, and letters typed in.",
    ),
    Grievance: (
        "Grievances",
        "grievance",
        "Grievances come from the mailbox, the web form, the app, and letters typed in.",
    ),
    Order: ("Orders", "order", "Orders are recorded here as they arrive, with their document."),
}
_LOADED: dict[Kind, tuple[str, ...]] = {
    Appeal: ("account", "enforcement__decision", "held_by", "group"),
    Grievance: ("account", "held_by", "appeal"),
    Order: ("account", "held_by"),
}


@may("read_appeals")
@require_safe
@vary_on_headers("HX-Request")
def appeals(request: HttpRequest) -> HttpResponse:
    """Appeals that wait, or what the filters ask for."""
    return _list(request, Appeal, AppealFilter)


@may("read_grievances")
@require_safe
@vary_on_headers("HX-Request")
def grievances(request: HttpRequest) -> HttpResponse:
    """Grievances that wait, or what the filters ask for."""
    return _list(request, Grievance, GrievanceFilter)


@may("read_grievances")
@require_safe
@vary_on_headers("HX-Request")
def orders(request: HttpRequest) -> HttpResponse:
    """Orders that wait, or what the filters ask for."""
    return _list(request, Order, OrderFilter)


@may("work_appeals")
@require_POST
def appeal_claims(request: HttpRequest) -> HttpResponse:
    """Take the most urgent appeal that this person may have."""
    return _take_next(request, Appeal)


@may("work_grievances")
@require_POST
def grievance_claims(request: HttpRequest) -> HttpResponse:
    """Take the most urgent grievance."""
    return _take_next(request, Grievance)


@may("record_orders")
@require_POST
def order_claims(request: HttpRequest) -> HttpResponse:
    """Take the most urgent order."""
    return _take_next(request, Order)


def _list(request: HttpRequest, kind: Kind, filter_of: type[TicketFilter]) -> HttpResponse:
    user, now = signed_in(request), timezone.now()
    asked = request.GET
    visible = kind.objects.all().visible_to(user)
    if (ref := ref_in(asked.get("q", ""), filter_of.PREFIX)) and (
        found := visible.filter(ref=ref).first()
    ):
        return redirect(ticket_url(found))
    note_phone_search(asked.get("q", ""), by=user, now=now)
    filtered = filter_of(asked, queryset=visible.select_related(*_LOADED[kind]), user=user, now=now)
    rows = filtered.qs if filtered.is_valid() else visible.none()
    page = Keyset.or_first(
        rows,
        order=filtered.keyset_order,
        after=asked.get("after"),
        size=SIZE,
        among=filtered.among,
    )
    heading, noun, nothing = _WORDS[kind]
    here = reverse(LISTS[kind])
    context: dict[str, Any] = {
        "heading": heading,
        "noun": noun,
        "desk_tabs": [] if kind is Appeal else desk_tabs(user, current=LISTS[kind]),
        "backlog": backlog(user=user, now=now) if kind is Appeal else [],
        "nothing_words": nothing,
        "here": here,
        "new_url": f"{here}new/" if kind is Order and user.may("record_orders") else "",
        "claims_url": f"{here}claims/" if user.may(WORKED_WITH[kind]) else "",
        "in_sight": [field for field in filtered.form if field.name in filtered.IN_SIGHT],
        "further": [field for field in filtered.form if field.name not in filtered.IN_SIGHT],
        "further_open": any(name not in filtered.IN_SIGHT for name in filtered.asked),
        "in_force": _in_force(filtered, here),
        "tickets": lines_of(page.items, user=user, now=now),
        **page_urls(request, page),
    }
    template = "appeals/_tickets_found.html" if is_fragment(request) else "appeals/tickets.html"
    return render(request, template, context)


def _in_force(filtered: TicketFilter, here: str) -> list[dict[str, str]]:
    """Each filter in words, with the address of the list without it."""
    shown = []
    for name, label, words in filtered.in_force():
        left = {other: value for other, value in filtered.asked.items() if other != name}
        if name == "alike":
            words = "one text"
        url = f"{here}?{urlencode(left)}" if left else here
        shown.append({"label": label, "words": words, "url": url})
    return shown


def _take_next(request: HttpRequest, kind: Any) -> HttpResponse:
    try:
        taken = claiming.take_next(kind=kind, by=signed_in(request), at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return go_to(request, LISTS[kind])
    return go_to(request, ticket_url(taken))
