"""Holding a ticket: taking it, keeping it, giving it back, and going on without an answer."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from appeals import asking, claiming
from appeals.desk.lines import LISTS, ticket_url
from appeals.models import Appeal, Grievance, Order
from cases.enums import GiveBackReason
from cases.views.finding import signed_in
from reviewapp.kernel.refs import BadRef, parse_ref
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to

_PREFIXES: dict[Any, str] = {Appeal: "AP", Grievance: "G", Order: "O"}
_KINDS: dict[str, Any] = {"appeals": Appeal, "grievances": Grievance, "orders": Order}


def find_ticket(request: HttpRequest, kind: Any, ref: str, *loaded: str) -> Any:
    """The ticket that `ref` names, however it was typed. Raises Http404."""
    try:
        named = parse_ref(ref, _PREFIXES[kind])
    except BadRef as wrong:
        raise Http404 from wrong
    visible = kind.objects.all().visible_to(signed_in(request))
    return get_object_or_404(visible.select_related("account", "held_by", *loaded), ref=named)


# Which of them somebody works with is the journey's to say.


@may("read_grievances")
@require_POST
def claim(request: HttpRequest, of: str, ref: str) -> HttpResponse:
    """Take this ticket."""
    found = find_ticket(request, _KINDS[of], ref)
    try:
        claiming.take(ticket=found, by=signed_in(request), at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return go_to(request, ticket_url(found))


@may("read_grievances")
@require_POST
def claim_renewal(request: HttpRequest, of: str, ref: str) -> HttpResponse:
    """The open page keeps the ticket: answers `{"expires_at"}`, or 409 once it is not theirs."""
    found = find_ticket(request, _KINDS[of], ref)
    try:
        kept = claiming.renew(ticket=found, by=signed_in(request), at=timezone.now())
    except Refused as refusal:
        return JsonResponse({"detail": str(refusal)}, status=409)
    return JsonResponse({"expires_at": kept.held_until.isoformat()})


@may("read_grievances")
@require_POST
def claim_return(request: HttpRequest, of: str, ref: str) -> HttpResponse:
    """Give the ticket back, with a reason."""
    kind = _KINDS[of]
    found, reason = find_ticket(request, kind, ref), request.POST.get("reason", "")
    if reason not in GiveBackReason.values:
        messages.warning(request, "Say why you give it back.")
        return redirect(ticket_url(found))
    try:
        claiming.give_back(ticket=found, by=signed_in(request), at=timezone.now(), reason=reason)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect(ticket_url(found))
    messages.success(request, f"{found.ref} waits for somebody else. It is not offered to you.")
    return redirect(LISTS[kind])


@may("read_grievances")
@require_POST
def wait_end(request: HttpRequest, of: str, ref: str) -> HttpResponse:
    """Take a ticket that waits for the person's answer, and go on without one."""
    found = find_ticket(request, _KINDS[of], ref)
    try:
        asking.go_on(ticket=found, by=signed_in(request), at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return go_to(request, ticket_url(found))
