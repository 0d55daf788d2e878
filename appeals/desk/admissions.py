"""Late appeals: let in all the same, or turned away."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from appeals import admitting
from appeals.desk.appeal import appeal_page
from appeals.desk.lines import LISTS, ticket_url
from appeals.desk.looking import find_appeal
from appeals.forms import AdmissionForm, TurningAwayForm
from appeals.models import Appeal
from cases.forms import refuse
from cases.views.finding import signed_in
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to


@may("read_appeals")
@require_http_methods(["GET", "HEAD", "POST"])
def admission(request: HttpRequest, ref: str) -> HttpResponseBase:
    """POST lets a late appeal in; GET leads to it."""
    if request.method == "POST":
        return _admit(request, ref)
    return redirect(ticket_url(find_appeal(request, ref)))


@may("read_appeals")
@require_http_methods(["GET", "HEAD", "POST"])
def turning_away(request: HttpRequest, ref: str) -> HttpResponseBase:
    """POST turns a late appeal away and tells the person; GET leads to it."""
    if request.method == "POST":
        return _turn_away(request, ref)
    return redirect(ticket_url(find_appeal(request, ref)))


@may("work_appeals")
def _admit(request: HttpRequest, ref: str) -> HttpResponse:
    found, now, form = find_appeal(request, ref), timezone.now(), AdmissionForm(request.POST)
    if form.is_valid():
        try:
            admitting.admit(appeal=found, by=signed_in(request), at=now, **form.cleaned_data)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, f"{found.ref} is admitted: it waits with the others.")
            return go_to(request, ticket_url(found))
    return appeal_page(request, find_appeal(request, ref), now=now, admission=form, status=422)


@may("work_appeals")
def _turn_away(request: HttpRequest, ref: str) -> HttpResponse:
    found, now, form = find_appeal(request, ref), timezone.now(), TurningAwayForm(request.POST)
    if form.is_valid():
        data: dict[str, Any] = form.cleaned_data
        try:
            admitting.turn_away(appeal=found, by=signed_in(request), at=now, **data)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, f"{found.ref} is not admitted, and the person is told.")
            return go_to(request, LISTS[Appeal])
    return appeal_page(request, find_appeal(request, ref), now=now, turning_away=form, status=422)
