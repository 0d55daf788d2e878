"""Answers to appeals, and what they would do before they are given."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from appeals import claiming, proposing
from appeals.desk.appeal import appeal_page
from appeals.desk.lines import LISTS, ticket_url
from appeals.desk.looking import find_appeal, note_look
from appeals.desk.reviewform import preview_of, review_form
from appeals.enums import AppealOutcome
from appeals.forms import ReviewForm
from appeals.models import Appeal, Proposal
from cases.views.finding import signed_in
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment


@may("read_appeals")
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, ref: str) -> HttpResponseBase:
    """POST answers; GET leads to the appeal."""
    if request.method == "POST":
        return _decide(request, ref)
    # A refused form leaves this address in the browser; what belongs to it is the appeal.
    return redirect(ticket_url(find_appeal(request, ref)))


@may("work_appeals")
@require_POST
def decision_preview(request: HttpRequest, ref: str) -> HttpResponse:
    """What the form as it stands would do: alone for htmx, else the appeal with the form."""
    found, now, user = find_appeal(request, ref), timezone.now(), signed_in(request)
    form = review_form(found, now=now, data=request.POST)
    if is_fragment(request):
        note_look(found, by=user, now=now)
        context = {
            "preview": preview_of(found, form, user=user, now=now), "swapped": True,
        }  # fmt: skip
        return render(request, "appeals/_review_preview.html", context)
    return appeal_page(request, found, now=now, form=form, previewed=True)


@may("work_appeals")
def _decide(request: HttpRequest, ref: str) -> HttpResponse:
    found, now, user = find_appeal(request, ref), timezone.now(), signed_in(request)
    form = review_form(found, now=now, data=request.POST)
    if not form.is_valid():
        return appeal_page(request, found, now=now, form=form, status=422)
    try:
        made = proposing.decide_or_propose(appeal=found, by=user, at=now, **form.journey())
    except Refused as refusal:
        return _refused(request, found, form, refusal, now=now)
    if isinstance(made, Proposal):
        messages.success(request, f"{found.ref} waits for a second person.")
    else:
        messages.success(request, f"{found.ref}: {_said(made.outcome)}.")
    if request.POST.get("then") != "next":
        return go_to(request, ticket_url(found))
    try:
        following = _go_on(user, now=now)
    except Refused as refusal:
        messages.info(request, str(refusal))
        return go_to(request, LISTS[Appeal])
    return go_to(request, ticket_url(following))


def _said(outcome: str) -> str:
    words = str(AppealOutcome(outcome).label)
    return words[0].lower() + words[1:]


def _go_on(user: User, *, now: datetime) -> Appeal:
    """What one still holds, before another appeal is taken."""
    held = claiming.held_by(user, kind=Appeal, at=now)
    return held[0] if held else claiming.take_next(kind=Appeal, by=user, at=now)


def _refused(
    request: HttpRequest, found: Appeal, form: ReviewForm, refusal: Refused, *, now: datetime
) -> HttpResponse:
    """The page as it is now, with everything that was typed and why it was not taken."""
    if refusal.pointer:
        form.refuse(refusal)
        return appeal_page(request, found, now=now, form=form, status=422)
    fresh = find_appeal(request, found.ref)
    return appeal_page(request, fresh, now=now, form=form, refusal=str(refusal), status=409)
