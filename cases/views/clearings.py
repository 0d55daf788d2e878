"""Clearings: who was cleared or is protected, on what terms, and ending that."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from cases import clearing as clearings_of
from cases.casefile.clearings import (
    clearing_url,
    clearing_words,
    family_words,
    margin_words,
    measures,
    standing_words,
    state_words,
)
from cases.casefile.person import masked
from cases.casefile.sealed import words_of
from cases.forms import refuse
from cases.models import Account, Clearing, PolicyClause
from cases.views.account import account_page
from cases.views.case import case_page
from cases.views.clearingform import ClearingForm, EndingForm, TermsForm
from cases.views.finding import find_account, find_case, note_look, signed_in
from cases.views.pages import page_urls
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment
from reviewapp.web.paging import Keyset

SIZE = 50
SOON = timedelta(days=7)
PROTECTED = "PROTECTED"
_KEPT_SHOWN = 20


@may("read_cases")
@require_safe
@vary_on_headers("HX-Request")
def clearings(request: HttpRequest) -> HttpResponse:
    """What stands, the next to run out first."""
    now = timezone.now()
    family, soon = request.GET.get("family", ""), bool(request.GET.get("soon"))
    rows = _seen_by(signed_in(request)).standing(at=now)
    if family:
        rows = rows.filter(family="" if family == PROTECTED else family)
    if soon:
        rows = rows.filter(until__lte=now + SOON)
    page = Keyset.or_first(rows, order=("until", "id"), after=request.GET.get("after"), size=SIZE)
    context = {
        "clearings": [_line(each) for each in page.items],
        "filtered": bool(family or soon),
        **page_urls(request, page),
    }
    if is_fragment(request):
        return render(request, "cases/_clearing_rows.html", context)
    families = PolicyClause.objects.current(at=now).order_by("family").distinct("family")
    context["tabs"] = _tabs(list(families.values_list("family", flat=True)), family, soon=soon)
    return render(request, "cases/clearings.html", context)


def _seen_by(user: User) -> Any:
    visible = Clearing.objects.filter(account__in=Account.objects.visible_to(user))
    return visible.select_related("account", "made_by", "revoked_by")


def _tabs(families: list[str], family: str, *, soon: bool) -> list[dict[str, Any]]:
    """Each family of rules, and apart from that whether only those are listed that end soon."""

    def tab(words: str, *, family: str, soon: bool, current: bool) -> dict[str, Any]:
        asked = {"family": family, "soon": "1" if soon else ""}
        query = urlencode({name: value for name, value in asked.items() if value})
        url = reverse("cases:clearings") + (f"?{query}" if query else "")
        return {"words": words, "url": url, "current": current}

    each_family = [("", "All"), (PROTECTED, "Protected"), *((f, family_words(f)) for f in families)]
    return [
        *(
            tab(words, family=value, soon=soon, current=value == family)
            for value, words in each_family
        ),
        tab("Ends within a week", family=family, soon=not soon, current=soon),
    ]


def _line(found: Clearing) -> dict[str, Any]:
    return {
        "words": clearing_words(found),
        "url": clearing_url(found),
        "account_ref": found.account.ref,
        "account_url": reverse("cases:account", args=[found.account.ref]),
        "person": masked(found.account),
        "until": found.until,
        "by": found.made_by.name,
        "at": found.made_at,
        "margin": margin_words(found.margin),
        "reason": words_of(found.reason),
    }


@may("read_cases")
@require_safe
def clearing(request: HttpRequest, number: UUID) -> HttpResponse:
    """One clearing: of what, how much was seen, what it kept back; and who may, ends it."""
    return _page(request, _find(request, number))


@may("work_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def clearing_revocation(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """POST ends a clearing before its time; GET leads to it."""
    found = _find(request, number)
    if request.method != "POST":
        return redirect(clearing_url(found))
    form = EndingForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    try:
        clearings_of.revoke(
            clearing=found,
            by=signed_in(request),
            at=timezone.now(),
            reason=form.cleaned_data["reason"],
        )
    except Refused as refusal:
        refuse(form, refusal)
        return _page(request, _find(request, number), form=form, status=409)
    messages.success(request, f"{found.account.ref} can come back as a case again.")
    return go_to(request, "cases:account", found.account.ref)


def _find(request: HttpRequest, number: UUID) -> Clearing:
    found: Clearing = get_object_or_404(
        _seen_by(signed_in(request)).select_related("decision__case"), pk=number
    )
    return found


def _page(
    request: HttpRequest, found: Clearing, *, form: EndingForm | None = None, status: int = 200
) -> HttpResponse:
    user, now = signed_in(request), timezone.now()
    note_look(case=None, account=found.account, by=user, now=now)
    state, tone = state_words(found, now=now)
    kept = found.detections.select_related("detector").order_by("-received_at", "-id")
    kept_back = list(kept[: _KEPT_SHOWN + 1])
    may_end = found.stands(at=now) and user.may(
        "lead_cases" if found.is_protection else "work_cases"
    )
    case = found.decision.case if found.decision else None
    context = {
        "clearing": {
            **_line(found),
            "state": state,
            "tone": tone,
            "case_ref": case.ref if case else "",
            "case_url": reverse("cases:case", args=[case.ref]) if case else "",
            "ended_at": found.revoked_at,
            "ended_why": words_of(found.revocation),
        },
        "table": {
            "family": clearing_words(found),
            "margins": [f"+{margin_words(found.margin)}"],
            "rows": measures(found.cleared_score, found.cleared_signals, margins=[found.margin]),
        },
        "kept": [
            {"words": f"{each.detector.name} {each.version}", "score": f"{each.score:.2f}",
             "at": each.received_at}
            for each in kept_back[:_KEPT_SHOWN]
        ],
        "more": len(kept_back) > _KEPT_SHOWN,
        "form": (form or EndingForm()) if may_end or form else None,
        "url": reverse("cases:clearing_revocation", args=[found.pk]),
    }  # fmt: skip
    return render(request, "cases/clearing.html", context, status=status)


@may("work_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def case_clearing(request: HttpRequest, ref: str) -> HttpResponseBase:
    """POST clears the account of a case that was found harmless; GET leads to the case."""
    found, now = find_case(request, ref), timezone.now()
    if request.method != "POST":
        return redirect("cases:case", found.ref)
    seen = clearings_of.families_seen(found.account, at=now, seen_at=now)
    form = ClearingForm(request.POST, now=now, families=seen)
    if refused := _refused(request, form, clearings_of.clear, found.account, now=now):
        return case_page(request, found, now=now, clearing=form, status=refused)
    return go_to(request, "cases:case", found.ref)


@may("lead_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def protection(request: HttpRequest, ref: str) -> HttpResponseBase:
    """POST protects an account; GET leads to it."""
    found, now = find_account(request, ref), timezone.now()
    if request.method != "POST":
        return redirect("cases:account", found.ref)
    form = TermsForm(request.POST, now=now)
    if refused := _refused(request, form, clearings_of.protect, found, now=now):
        return account_page(request, found, now=now, protecting=form, status=refused)
    return go_to(request, "cases:account", found.ref)


def _refused(
    request: HttpRequest,
    form: TermsForm,
    make: Callable[..., Clearing],
    account: Account,
    *,
    now: datetime,
) -> int:
    """Clear or protect `account` by `make` as `form` says; the status of a refusal, 0 for none."""
    if not form.is_valid():
        return 422
    try:
        made = make(
            account=account,
            terms=form.terms(),
            by=signed_in(request),
            at=now,
            seen_at=form.cleaned_data["seen_at"],
        )
    except Refused as refusal:
        refuse(form, refusal)
        return 422 if refusal.pointer else 409
    messages.success(request, f"{account.ref}: {standing_words(made)}.")
    return 0
