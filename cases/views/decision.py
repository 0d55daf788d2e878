"""The decision on a case, and what it would do before it is made."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from cases import approving, claiming
from cases.casefile.preview import causes_words
from cases.forms import DecisionForm
from cases.models import Approval, Case
from cases.views.case import case_page
from cases.views.decisionform import decision_form, preview_of
from cases.views.finding import find_case, note_look, signed_in
from cases.views.withdrawal import effective_from, say_decided
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment


@may("read_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, ref: str) -> HttpResponseBase:
    """POST decides; GET leads to the case."""
    if request.method == "POST":
        return _decide(request, ref)
    # A refused form leaves this address in the browser; what belongs to it is the case.
    return redirect("cases:case", find_case(request, ref).ref)


@may("work_cases")
@require_POST
def decision_preview(request: HttpRequest, ref: str) -> HttpResponse:
    """What the form as it stands would do: alone for htmx, else the case with the form."""
    found, now = find_case(request, ref), timezone.now()
    form = decision_form(found, now=now, data=request.POST)
    if is_fragment(request):
        note_look(case=found, account=found.account, by=signed_in(request), now=now)
        context = {"preview": preview_of(found, form, now=now), "swapped": True}
        return render(request, "cases/_preview.html", context)
    return case_page(request, found, now=now, form=form, previewed=True)


@may("work_cases")
def _decide(request: HttpRequest, ref: str) -> HttpResponse:
    found, now, user = find_case(request, ref), timezone.now(), signed_in(request)
    form = decision_form(found, now=now, data=request.POST)
    if not form.is_valid():
        return case_page(request, found, now=now, form=form, status=422)
    try:
        made = approving.decide_or_propose(
            case=found, by=user, at=now, effective_at=effective_from(now), **form.journey()
        )
    except Refused as refusal:
        return _refused(request, found, form, refusal, now=now)
    if isinstance(made, Approval):
        why = causes_words(made.causes)
        messages.success(request, f"{found.ref} waits for a second person: {why}.")
        if form.clears:
            messages.warning(request, "Nothing is cleared yet: do it once this is approved.")
    else:
        say_decided(request, made)
    if request.POST.get("then") != "next":
        return go_to(request, "cases:case", found.ref)
    try:
        claim = claiming.go_on(by=user, now=now)
    except Refused as refusal:
        messages.info(request, str(refusal))
        return go_to(request, "cases:home")
    return go_to(request, "cases:case", claim.case.ref)


def _refused(
    request: HttpRequest, found: Case, form: DecisionForm, refusal: Refused, *, now: datetime
) -> HttpResponse:
    """The page as it is now, with everything that was typed and why it was not taken."""
    if refusal.pointer:
        form.refuse(refusal)
        return case_page(request, found, now=now, form=form, status=422)
    fresh = find_case(request, found.ref)
    return case_page(request, fresh, now=now, form=form, refusal=str(refusal), status=409)
