"""A case passed on by whoever holds it: to a colleague, to a lead, to a later day; and had back."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from cases import asking, escalating, handing
from cases.forms import refuse
from cases.models import Case, Claim
from cases.views.finding import find_case, signed_in
from cases.views.panelpage import panel_page
from cases.views.passingpanel import (
    AnswerForm,
    EscalationForm,
    HandOverForm,
    QuestionForm,
    answer_words,
    escalation_words,
    hand_over_words,
    question_words,
)
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to


@may("work_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, ref: str) -> HttpResponse:
    """A colleague who has the case next: GET asks whom, POST hands it over."""
    found, user = find_case(request, ref), signed_in(request)
    form = HandOverForm(_typed(request), case=found, by=user)
    if form.is_valid():
        to, words = form.cleaned_data["to"], form.cleaned_data["words"]
        try:
            handing.hand_over(case=found, by=user, to=to, words=words, at=timezone.now())
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, f"{found.ref} is kept for {to.name} for 24 hours.")
            return go_to(request, "cases:home")
    return panel_page(request, found, form, hand_over_words(found))


@may("work_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, ref: str) -> HttpResponse:
    """What a case waits for: GET asks what, POST sets it aside until it is known."""
    found, now = find_case(request, ref), timezone.now()
    form = QuestionForm(_typed(request), now=now)
    if form.is_valid():
        asked, until = form.cleaned_data["question"], form.wakes_at
        try:
            asking.ask(case=found, by=signed_in(request), question=asked, wakes_at=until, at=now)
        except Refused as refusal:
            refuse(form, refusal, wakes_at=form.at_fault)
        else:
            words = f"{found.ref} waits, until {until:%-d %b %H:%M} UTC at the latest."
            messages.success(request, words)
            return go_to(request, "cases:home")
    return panel_page(request, found, form, question_words(found))


@may("work_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def escalation(request: HttpRequest, ref: str) -> HttpResponse:
    """A case that needs a lead: GET asks why, POST passes it up."""
    found, form = find_case(request, ref), EscalationForm(_typed(request))
    if form.is_valid():
        words = form.cleaned_data["words"]
        try:
            escalating.escalate(case=found, by=signed_in(request), words=words, at=timezone.now())
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, f"{found.ref} is with the leads.")
            return go_to(request, "cases:home")
    return panel_page(request, found, form, escalation_words(found))


@may("lead_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def escalation_answer(request: HttpRequest, ref: str) -> HttpResponse:
    """A lead's answer to an escalation: GET asks what it says, POST hands the case back down."""
    found, form = find_case(request, ref), AnswerForm(_typed(request))
    if form.is_valid():
        words = form.cleaned_data["words"]
        try:
            escalating.hand_down(case=found, by=signed_in(request), words=words, at=timezone.now())
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, f"{found.ref} is an open case again.")
            return go_to(request, "cases:home")
    return panel_page(request, found, form, answer_words(found))


@may("work_cases")
@require_POST
def hand_over_return(request: HttpRequest, ref: str) -> HttpResponse:
    """Take back what one handed over, while it still waits for the colleague."""
    found = find_case(request, ref)
    return _taken_back(
        request,
        found,
        lambda: handing.take_back(case=found, by=signed_in(request), at=timezone.now()),
    )


@may("work_cases")
@require_POST
def escalation_return(request: HttpRequest, ref: str) -> HttpResponse:
    """Take back what one escalated, while no lead has begun."""
    found = find_case(request, ref)
    return _taken_back(
        request,
        found,
        lambda: escalating.take_back(case=found, by=signed_in(request), at=timezone.now()),
    )


def _taken_back(request: HttpRequest, found: Case, take_back: Callable[[], Claim]) -> HttpResponse:
    try:
        take_back()
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"{found.ref} is yours again.")
    return go_to(request, "cases:case", found.ref)


def _typed(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
