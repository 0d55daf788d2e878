"""Search: a case by its ref; an account by its ref, the messenger's id, or its phone number."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.casefile.person import masked
from cases.enums import CaseState
from cases.models import Account, Case
from cases.naming import e164, phone_asked, ref_in
from cases.views.finding import note_phone_search, signed_in
from reviewapp.staff.models import User
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to

_MOST = 20
_LONGEST = 200


@may("read_cases")
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What `q` names. A ref that names one thing leads straight to it."""
    user = signed_in(request)
    asked = request.GET.get("q", "").strip()[:_LONGEST]
    understood, results = _look(asked, user) if asked else ("", [])
    if len(results) == 1 and results[0]["exact"]:
        return go_to(request, results[0]["url"])
    context = {
        "q": asked,
        "understood": understood,
        "results": results[:_MOST],
        "too_many": len(results) > _MOST,
    }
    return render(request, "cases/search.html", context)


def _look(asked: str, user: User) -> tuple[str, list[dict[str, Any]]]:
    """What `asked` was read as, and what it found; the first reading that finds something."""
    cases = Case.objects.visible_to(user).with_account_and_queue()
    accounts = Account.objects.visible_to(user)
    if ref := ref_in(asked, "C"):
        found = [_case_result(case, exact=True) for case in cases.filter(ref=ref)]
        if found:
            return "a case reference", found
    if ref := ref_in(asked, "A"):
        found = [_account_result(account, exact=True) for account in accounts.filter(ref=ref)]
        if found:
            return "an account reference", found
    found = [_account_result(account, exact=True) for account in accounts.filter(external_id=asked)]
    if found:
        return "the messenger's id", found
    if phone := phone_asked(asked, by=user):
        note_phone_search(asked, by=user, now=timezone.now())
        # Two accounts may have had a number, one after the other.
        with_phone = accounts.with_phone(phone).order_by("-created_at")[: _MOST + 1]
        return "a phone number", [_account_result(account) for account in with_phone]
    if e164(asked):
        return "a phone number, which your roles do not look for", []
    return "", []


def _case_result(case: Case, *, exact: bool = False) -> dict[str, Any]:
    return {
        "kind": "case",
        "ref": case.ref,
        "url": reverse("cases:case", args=[case.ref]),
        "person": masked(case.account),
        "words": case.queue.name,
        "state": case.get_state_display(),
        "tone": "" if case.state == CaseState.OPEN else "quiet",
        "exact": exact,
    }


def _account_result(account: Account, *, exact: bool = False) -> dict[str, Any]:
    return {
        "kind": "account",
        "ref": account.ref,
        "url": reverse("cases:account", args=[account.ref]),
        "person": masked(account),
        "words": f"{account.get_kind_display()} · {account.get_surface_display()}",
        "state": account.country or "no country",
        "tone": "quiet",
        "exact": exact,
    }
