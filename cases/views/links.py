"""Who shares one of an account's values: listed when asked for, and the look is kept."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.casefile.linked import kind_words
from cases.casefile.person import masked, standing_words
from cases.models import Account, AccountLink, Case, Clearing, Enforcement
from cases.views.finding import find_account, note_links_look, signed_in
from reviewapp.web.access import may
from reviewapp.web.htmx import is_fragment
from reviewapp.web.paging import Keyset

_SIZE = 20


@may("read_cases")
@require_safe
@vary_on_headers("HX-Request")
def linked(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """Who shares one value with the account, the newest accounts first. htmx asks for the rows."""
    found, now = find_account(request, ref), timezone.now()
    link = AccountLink.objects.filter(account=found, pk=number).first()
    if link is None:
        raise Http404
    user = signed_in(request)
    note_links_look(account=found, kind=link.kind, by=user, now=now)
    page = Keyset.or_first(
        AccountLink.objects.filter(
            kind=link.kind,
            value_index=link.value_index,
            account__in=Account.objects.visible_to(user),
        )
        .exclude(account=found)
        .select_related("account"),
        order=("-account_id",),
        after=request.GET.get("after"),
        size=_SIZE,
    )
    url = reverse("cases:linked", args=[found.ref, number])
    context = {
        "account": {"ref": found.ref, "url": reverse("cases:account", args=[found.ref])},
        "kind": kind_words(link.kind),
        "number": number,
        "rows": _rows(page.items, now=now),
        "next_url": f"{url}?{urlencode({'after': page.next})}" if page.next else "",
        "previous_url": f"{url}?{urlencode({'after': page.previous})}" if page.previous else "",
    }
    template = "cases/_linked_rows.html" if is_fragment(request) else "cases/linked.html"
    return render(request, template, context)


def _rows(links: list[AccountLink], *, now: datetime) -> list[dict[str, Any]]:
    """Each account in a line. Three queries, however many there are."""
    ids = [link.account_id for link in links]
    standing: dict[Any, list[Enforcement]] = {}
    for row in (
        Enforcement.objects.standing().with_lift().filter(account__in=ids).order_by("sequence")
    ):
        standing.setdefault(row.account_id, []).append(row)
    cases = {each.account_id: each for each in Case.objects.unsettled().filter(account__in=ids)}
    cleared = set(
        Clearing.objects.standing(at=now)
        .filter(account__in=ids)
        .values_list("account_id", flat=True)
    )
    return [
        _line(
            link,
            standing.get(link.account_id, []),
            cases.get(link.account_id),
            cleared=link.account_id in cleared,
        )
        for link in links
    ]


def _line(
    link: AccountLink, standing: list[Enforcement], case: Case | None, *, cleared: bool
) -> dict[str, Any]:
    words, tone = standing_words(standing)
    return {
        "ref": link.account.ref,
        "url": reverse("cases:account", args=[link.account.ref]),
        "person": masked(link.account),
        "registered_at": link.account.registered_at,
        "seen_at": link.seen_at,
        "standing": words,
        "tone": tone,
        "case_ref": case.ref if case else "",
        "case_url": reverse("cases:case", args=[case.ref]) if case else "",
        "cleared": cleared,
    }
