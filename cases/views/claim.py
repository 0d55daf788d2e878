"""Claims: taking the next case, taking this one, keeping it, giving it back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from cases import claiming
from cases.enums import GiveBackReason
from cases.forms import GiveBackForm
from cases.models import Queue
from cases.views.case import case_page
from cases.views.finding import find_case, signed_in
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to


@may("work_cases")
@require_POST
def claims(request: HttpRequest) -> HttpResponse:
    """Take the next case: of every queue one works, or of the one named by `queue`."""
    slug = request.POST.get("queue", "")
    queues = [each for each in Queue.objects.all() if each.slug == slug] if slug else None
    try:
        claim = claiming.take_next(by=signed_in(request), now=timezone.now(), queues=queues)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return go_to(request, reverse("cases:queue_of", args=[slug]) if queues else "cases:home")
    return go_to(request, "cases:case", claim.case.ref)


@may("work_cases")
@require_POST
def claim(request: HttpRequest, ref: str) -> HttpResponse:
    """Take this case."""
    found, now = find_case(request, ref), timezone.now()
    try:
        claiming.take(case=found, by=signed_in(request), now=now)
    except Refused as refusal:
        return case_page(request, found, now=now, claim_refusal=str(refusal), status=409)
    return go_to(request, "cases:case", found.ref)


@may("work_cases")
@require_POST
def claim_renewal(request: HttpRequest, ref: str) -> HttpResponse:
    """The open page keeps the case: answers `{"expires_at"}`, or 409 once it is somebody else's."""
    found = find_case(request, ref)
    try:
        kept = claiming.renew(case=found, by=signed_in(request), now=timezone.now())
    except Refused as refusal:
        return JsonResponse({"detail": str(refusal)}, status=409)
    return JsonResponse({"expires_at": kept.expires_at.isoformat()})


@may("work_cases")
@require_POST
def claim_return(request: HttpRequest, ref: str) -> HttpResponse:
    """Give the case back, with a reason."""
    found, now = find_case(request, ref), timezone.now()
    form = GiveBackForm(request.POST)
    if not form.is_valid():
        refusal = " ".join(map(str, form.errors.get("reason", [])))
        return case_page(request, found, now=now, claim_refusal=refusal, status=422)
    reason = GiveBackReason(form.cleaned_data["reason"])
    try:
        claiming.give_back(case=found, by=signed_in(request), reason=reason, now=now)
    except Refused as refusal:
        return case_page(request, found, now=now, claim_refusal=str(refusal), status=409)
    messages.success(request, f"{found.ref} is back in its queue. It will not be offered to you.")
    return redirect("cases:home")
