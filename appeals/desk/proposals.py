"""Second persons: which reversals wait for one, and what they answer."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from appeals import proposing
from appeals.desk.appeal import appeal_page
from appeals.desk.lines import LISTS, ticket_url
from appeals.desk.looking import find_appeal
from appeals.desk.proposed import waiting_on
from appeals.models import Appeal, Proposal
from cases.casefile.deliveries import action_words
from cases.casefile.person import masked
from cases.forms import ApprovalForm, SendingBackForm
from cases.views.finding import signed_in
from cases.views.pages import page_urls
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment
from reviewapp.web.paging import Keyset

SIZE = 50


@may("approve_reversals")
@require_safe
@vary_on_headers("HX-Request")
def proposals(request: HttpRequest) -> HttpResponse:
    """The reversals that wait for a second person, the longest first."""
    user = signed_in(request)
    rows = Proposal.objects.waiting().select_related(
        "appeal__account", "appeal__enforcement", "asked_by"
    )
    page = Keyset.or_first(
        rows, order=("asked_at", "id"), after=request.GET.get("after"), size=SIZE
    )
    context = {
        "proposals": [_line(each, user) for each in page.items],
        **page_urls(request, page),
    }
    template = "appeals/_proposal_rows.html" if is_fragment(request) else "appeals/proposals.html"
    return render(request, template, context)


def _line(proposal: Proposal, user: User) -> dict[str, Any]:
    appeal = proposal.appeal
    words = [proposal.get_outcome_display()]
    if proposal.action:
        words.append(action_words(proposal.action))
    return {
        "ref": appeal.ref,
        "url": ticket_url(appeal),
        "person": masked(appeal.account),
        "against": action_words(appeal.enforcement.action),
        "words": " · ".join(words),
        "cause": proposal.get_cause_display(),
        "asked_by": proposal.asked_by.name,
        "own": proposal.asked_by_id == user.pk,
        "barred": appeal.bars(user),
        "at": proposal.asked_at,
    }


@may("read_appeals")
@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, ref: str) -> HttpResponseBase:
    """POST approves what was proposed on this appeal; GET leads to it."""
    if request.method != "POST":
        return redirect(ticket_url(find_appeal(request, ref)))
    return _approve(request, ref)


@may("approve_reversals")
def _approve(request: HttpRequest, ref: str) -> HttpResponse:
    found, now = find_appeal(request, ref), timezone.now()
    waiting, form = waiting_on(found), ApprovalForm(request.POST)
    if waiting is None or not form.is_valid():
        messages.warning(request, f"Nothing on {found.ref} waits to be approved.")
        return go_to(request, ticket_url(found))
    try:
        proposing.approve(
            proposal=waiting,
            by=signed_in(request),
            at=now,
            seen_version=form.cleaned_data["seen_version"],
        )
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"{found.ref} is decided as {waiting.asked_by.name} proposed.")
    return go_to(request, ticket_url(found))


@may("approve_reversals")
@require_POST
def proposal_return(request: HttpRequest, ref: str) -> HttpResponse:
    """Send back what was proposed on this appeal, with words for whoever proposed it."""
    found, now = find_appeal(request, ref), timezone.now()
    waiting, form = waiting_on(found), SendingBackForm(request.POST)
    if waiting is None:
        messages.warning(request, f"Nothing on {found.ref} waits to be approved.")
        return go_to(request, ticket_url(found))
    if form.is_valid():
        try:
            proposing.send_back(
                proposal=waiting, by=signed_in(request), at=now, words=form.cleaned_data["words"]
            )
        except Refused as refusal:
            form.add_error("words", str(refusal))
        else:
            messages.success(request, f"{found.ref} waits again, with your words.")
            return go_to(request, "appeals:proposals")
    return appeal_page(request, found, now=now, sending_back=form, status=422)


@may("work_appeals")
@require_POST
def proposal_withdrawal(request: HttpRequest, ref: str) -> HttpResponse:
    """Take back what one proposed on this appeal, and have it again."""
    found = find_appeal(request, ref)
    waiting = waiting_on(found)
    if waiting is None:
        messages.warning(request, f"Nothing on {found.ref} waits to be approved.")
        return go_to(request, LISTS[Appeal])
    try:
        proposing.withdraw(proposal=waiting, by=signed_in(request), at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"Your proposal on {found.ref} is withdrawn; it is yours again.")
    return go_to(request, ticket_url(found))
