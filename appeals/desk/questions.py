"""Questions to the person who appealed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from appeals import asking
from appeals.desk.appeal import appeal_page
from appeals.desk.lines import LISTS, ticket_url
from appeals.desk.looking import find_appeal
from appeals.forms import QuestionForm
from appeals.models import Appeal
from cases.forms import refuse
from cases.views.finding import signed_in
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to


@may("read_appeals")
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, ref: str) -> HttpResponseBase:
    """POST asks the person; GET leads to the appeal."""
    if request.method == "POST":
        return _ask(request, ref)
    return redirect(ticket_url(find_appeal(request, ref)))


@may("work_appeals")
def _ask(request: HttpRequest, ref: str) -> HttpResponse:
    found, now = find_appeal(request, ref), timezone.now()
    form = QuestionForm(request.POST)
    if form.is_valid():
        try:
            asking.ask(ticket=found, by=signed_in(request), text=form.cleaned_data["text"], at=now)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, f"{found.ref} waits for the person's answer.")
            return go_to(request, LISTS[Appeal])
    return appeal_page(request, found, now=now, question=form, status=422)
