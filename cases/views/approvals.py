"""Second persons: what waits for one, and what they answer."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from cases import approving
from cases.casefile.deliveries import action_words
from cases.casefile.person import masked
from cases.casefile.preview import causes_words
from cases.enums import Outcome
from cases.forms import ApprovalForm, SendingBackForm
from cases.models import Approval, Case
from cases.views.case import case_page
from cases.views.finding import find_case, signed_in
from cases.views.pages import page_urls
from cases.views.withdrawal import effective_from, say_decided
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment
from reviewapp.web.paging import Keyset

SIZE = 50


@may("approve_decisions")
@require_safe
@vary_on_headers("HX-Request")
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, the longest first."""
    user = signed_in(request)
    rows = Approval.objects.waiting().select_related("case__account", "bulk", "asked_by")
    page = Keyset.or_first(
        rows, order=("asked_at", "id"), after=request.GET.get("after"), size=SIZE
    )
    context = {
        "approvals": [_line(each, user) for each in page.items],
        **page_urls(request, page),
    }
    template = "cases/_approval_rows.html" if is_fragment(request) else "cases/approvals.html"
    return render(request, template, context)


def _line(approval: Approval, user: User) -> dict[str, Any]:
    proposed = approval.bulk or approval
    words = [Outcome(proposed.outcome).label]
    if proposed.action:
        words.append(action_words(proposed.action))
    return {
        "asked_by": approval.asked_by.name,
        "own": approval.asked_by_id == user.pk,
        "at": approval.asked_at,
        "causes": causes_words(approval.causes),
        "words": " · ".join(words),
        **_of(approval),
    }


def _of(approval: Approval) -> dict[str, str]:
    """The case or the bulk that waits, and whom it is about."""
    if approval.case is not None:
        case = approval.case
        url = reverse("cases:case", args=[case.ref])
        return {"ref": case.ref, "url": url, "person": masked(case.account)}
    bulk = approval.bulk
    assert bulk is not None
    url = reverse("cases:bulk", args=[bulk.ref])
    return {"ref": bulk.ref, "url": url, "person": f"{bulk.size:,} cases"}


@may("read_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, ref: str) -> HttpResponseBase:
    """POST approves what was proposed on this case; GET leads to it."""
    if request.method != "POST":
        return redirect("cases:case", find_case(request, ref).ref)
    return _approve(request, ref)


@may("approve_decisions")
def _approve(request: HttpRequest, ref: str) -> HttpResponse:
    found, now = find_case(request, ref), timezone.now()
    waiting, form = _waiting(found), ApprovalForm(request.POST)
    if waiting is None or not form.is_valid():
        messages.warning(request, f"Nothing on {found.ref} waits to be approved.")
        return go_to(request, "cases:case", found.ref)
    try:
        decision = approving.approve(
            approval=waiting,
            by=signed_in(request),
            at=now,
            seen_version=form.cleaned_data["seen_version"],
            effective_at=effective_from(now),
        )
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return go_to(request, "cases:case", found.ref)
    say_decided(request, decision)
    return go_to(request, "cases:case", found.ref)


@may("approve_decisions")
@require_POST
def approval_return(request: HttpRequest, ref: str) -> HttpResponse:
    """Send back what was proposed on this case, with words for whoever proposed it."""
    found, now = find_case(request, ref), timezone.now()
    waiting, form = _waiting(found), SendingBackForm(request.POST)
    if waiting is None:
        messages.warning(request, f"Nothing on {found.ref} waits to be approved.")
        return go_to(request, "cases:case", found.ref)
    if form.is_valid():
        try:
            approving.send_back(
                approval=waiting, by=signed_in(request), at=now, words=form.cleaned_data["words"]
            )
        except Refused as refusal:
            form.add_error("words", str(refusal))
        else:
            messages.success(request, f"{found.ref} is back with {waiting.asked_by.name}.")
            return go_to(request, "cases:approvals")
    return case_page(request, found, now=now, sending_back=form, status=422)


@may("work_cases")
@require_POST
def approval_withdrawal(request: HttpRequest, ref: str) -> HttpResponse:
    """Take back what one proposed on this case, and have it again."""
    found, now = find_case(request, ref), timezone.now()
    waiting = _waiting(found)
    if waiting is None:
        messages.warning(request, f"Nothing on {found.ref} waits to be approved.")
        return go_to(request, "cases:case", found.ref)
    try:
        approving.withdraw_proposal(approval=waiting, by=signed_in(request), at=now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"Your proposal on {found.ref} is withdrawn; it is yours again.")
    return go_to(request, "cases:case", found.ref)


def _waiting(case: Case) -> Approval | None:
    return (
        Approval.objects.waiting()
        .filter(case=case)
        .select_related("case__account", "asked_by")
        .first()
    )
