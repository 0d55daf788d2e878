"""Enforcement: what the platform was asked, and what waits for somebody."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from cases import enforcing, notifying
from cases.casefile.deliveries import asked_of_platform, delivery, told, told_to_person
from cases.models import Enforcement, Notification
from cases.views.backlog import COUNTED_TO, capped
from cases.views.finding import signed_in
from cases.views.pages import page_urls
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment
from reviewapp.web.paging import Keyset

SIZE = 50
ATTENTION, ALL, TOLD = "", "all", "told"


@may("read_enforcements")
@require_safe
@vary_on_headers("HX-Request")
def enforcements(request: HttpRequest) -> HttpResponse:
    """What needs attention first; everything, and what people were told, behind tabs."""
    user = signed_in(request)
    shown = request.GET.get("show", ATTENTION)
    may_replay = user.may("replay_enforcements")
    context: dict[str, Any] = {
        "tabs": _tabs(shown),
    }
    rows: Any
    if shown == TOLD:
        rows = told_to_person().visible_to(user).needing_attention()
        page = _keyset(request, rows, ("-requested_at", "id"))
        context["notifications"] = [told(row, may_replay=may_replay) for row in page.items]
        context["empty_words"] = "Everybody who was to be told was told."
    else:
        rows = asked_of_platform().visible_to(user)
        if shown == ALL:
            page = _keyset(request, rows, ("-requested_at", "-id"))
            context["empty_words"] = "The platform was not asked for anything yet."
        else:
            page = _keyset(request, rows.needing_attention(), ("-requested_at", "id"))
        context["enforcements"] = [delivery(row, may_replay=may_replay) for row in page.items]
    context |= page_urls(request, page)
    fragment = "cases/_enforcement_rows.html"
    return render(request, fragment if is_fragment(request) else "cases/enforcements.html", context)


@may("replay_enforcements")
@require_POST
def enforcement_replay(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask the platform once more for what it did not do."""
    user = signed_in(request)
    row = get_object_or_404(Enforcement.objects.all().visible_to(user), ref=ref)
    try:
        enforcing.replay(enforcement=row, by=user, at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"{ref} goes to the platform again.")
    return go_to(request, "cases:enforcements")


@may("replay_enforcements")
@require_POST
def notification_replay(request: HttpRequest, ref: str) -> HttpResponse:
    """Try once more to tell the person."""
    user = signed_in(request)
    row = get_object_or_404(Notification.objects.all().visible_to(user), ref=ref)
    try:
        notifying.replay(notification=row, by=user, at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"{ref} is sent again.")
    return go_to(request, f"{reverse('cases:enforcements')}?show={TOLD}")


def _keyset(request: HttpRequest, rows: Any, order: tuple[str, ...]) -> Keyset[Any]:
    return Keyset.or_first(rows, order=order, after=request.GET.get("after"), size=SIZE)


def _tabs(shown: str) -> list[dict[str, Any]]:
    url = reverse("cases:enforcements")
    failed = _counted(Enforcement.objects.all().needing_attention())
    untold = _counted(Notification.objects.all().needing_attention())
    return [
        {
            "words": "Needs attention",
            "url": url,
            "current": shown not in (ALL, TOLD),
            "count": failed,
        },
        {"words": "All", "url": f"{url}?show={ALL}", "current": shown == ALL, "count": ""},
        {
            "words": "Not told",
            "url": f"{url}?show={TOLD}",
            "current": shown == TOLD,
            "count": untold,
        },
    ]


def _counted(rows: Any) -> str:
    number = len(rows.values_list("pk")[: COUNTED_TO + 1])
    return capped(number) if number else ""
