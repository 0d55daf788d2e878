"""Search: a case by its ref; an account by its ref, the messenger's id, or its phone number."""

import re
from typing import Any

import phonenumbers
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cases.casefile.person import masked
from cases.enums import CaseState
from cases.models import Account, Case
from cases.views.finding import signed_in
from reviewapp.kernel.refs import BadRef, parse_ref
from reviewapp.staff.models import User
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to

_MOST = 20
_LONGEST = 200
_LOOKS_LIKE_PHONE = re.compile(r"[\s+().\-\d/]+\Z")


@may("read_cases")
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What `q` names. A ref that names one thing leads straight to it."""
    user = signed_in(request)
    asked = request.GET.get("q", "").replace("\x00", "").strip()[:_LONGEST]
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
    if ref := _ref(asked, "C"):
        found = [_case_result(case, exact=True) for case in cases.filter(ref=ref)]
        if found:
            return "a case reference", found
    if ref := _ref(asked, "A"):
        found = [_account_result(account, exact=True) for account in accounts.filter(ref=ref)]
        if found:
            return "an account reference", found
    found = [_account_result(account, exact=True) for account in accounts.filter(external_id=asked)]
    if found:
        return "the messenger's id", found
    if phone := e164(asked):
        # Two accounts may have had a number, one after the other.
        with_phone = accounts.with_phone(phone).order_by("-created_at")[: _MOST + 1]
        return "a phone number", [_account_result(account) for account in with_phone]
    return "", []


def e164(text: str) -> str:
    """The phone number that somebody typed, in E.164; empty where it is none.

    Needs the country code, with + or 00 before it or with nothing.
    """
    if not _LOOKS_LIKE_PHONE.match(text):
        return ""
    digits = re.sub(r"\D", "", text)
    try:
        number = phonenumbers.parse("+" + digits.removeprefix("00"))
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _ref(text: str, prefix: str) -> str:
    try:
        return parse_ref(text, prefix)
    except BadRef:
        return ""


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
