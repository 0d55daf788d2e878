"""Leads at other people's cases: a hold taken off, a case given to somebody, moved to a queue."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from cases import leading
from cases.forms import refuse
from cases.models import Case
from cases.views.finding import find_case, signed_in
from cases.views.leadpanel import (
    AssignmentForm,
    MoveForm,
    RemovalForm,
    assignment_words,
    move_words,
)
from cases.views.panelpage import panel_page
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to


@may("lead_cases")
@require_POST
def claim_removal(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a claim off somebody; back to where the button was."""
    found, form = find_case(request, ref), RemovalForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "That is not a hold on a case.")
        return _back(request, found)
    try:
        leading.take_off(
            case=found,
            claim_id=form.cleaned_data["claim"],
            by=signed_in(request),
            at=timezone.now(),
        )
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"{found.ref} is back in {found.queue}.")
    return _back(request, found)


@may("lead_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def assignment(request: HttpRequest, ref: str) -> HttpResponse:
    """Whom a case is kept for: GET asks, POST gives it to them."""
    found = find_case(request, ref)
    form = AssignmentForm(request.POST or None, case=found)
    if form.is_valid():
        person = form.cleaned_data["person"]
        try:
            leading.reassign(case=found, to=person, by=signed_in(request), at=timezone.now())
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, f"{found.ref} is kept for {person.name} for 24 hours.")
            return go_to(request, "cases:case", found.ref)
    return panel_page(request, found, form, assignment_words(found, None))


@may("lead_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def case_queue(request: HttpRequest, ref: str) -> HttpResponse:
    """The queue a case waits in: GET asks, POST moves it."""
    found = find_case(request, ref)
    form = MoveForm(request.POST or None, case=found)
    if form.is_valid():
        queue = form.cleaned_data["queue"]
        try:
            leading.move(case=found, queue=queue, by=signed_in(request), at=timezone.now())
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, f"{found.ref} waits in {queue} now.")
            return go_to(request, "cases:case", found.ref)
    return panel_page(request, found, form, move_words(found))


def _back(request: HttpRequest, found: Case) -> HttpResponse:
    """Home has a list of holds, and says so with its buttons; else to the case."""
    if request.POST.get("from") == "home":
        return go_to(request, "cases:home")
    return go_to(request, "cases:case", found.ref)
