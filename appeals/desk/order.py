"""Orders: typed in with their document, complied with, or closed without."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appeals import complying
from appeals.attaching import Upload
from appeals.desk.claims import find_ticket
from appeals.desk.face import ERASED, account_of, clock_lines, file_lines, hold_of
from appeals.desk.lines import due_words, ticket_url
from appeals.desk.orderform import CloseForm, ComplyForm, OrderForm, ways_for
from appeals.lines import line
from appeals.models import Order
from cases.casefile.deliveries import action_words
from cases.notifying import language_of
from cases.views.finding import note_once, note_phone_search, signed_in
from reviewapp.kernel.encryption import Erased
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to

_LOADED = ("grievance", "decision", "complied_by")


@may("record_orders")
@require_http_methods(["GET", "HEAD", "POST"])
def order_new(request: HttpRequest) -> HttpResponse:
    """Type in an order that has come."""
    user, now = signed_in(request), timezone.now()
    if request.method != "POST":
        form = OrderForm(None, None, user=user, initial={"received_at": now})
        return render(request, "appeals/order_new.html", {"form": form})
    note_phone_search(request.POST.get("account", ""), by=user, now=now)
    form = OrderForm(request.POST, request.FILES, user=user)
    if not form.is_valid():
        return render(request, "appeals/order_new.html", {"form": form}, status=422)
    typed = form.cleaned_data | {
        "files": [Upload(each.name, each) for each in form.cleaned_data["files"]]
    }
    try:
        made = complying.record(by=user, at=now, **typed)
    except Refused as refusal:
        _refuse(form, refusal)
        return render(request, "appeals/order_new.html", {"form": form}, status=422)
    messages.success(request, f"{made.ref} is recorded, and its clock runs.")
    return go_to(request, "appeals:order", made.ref)


@may("read_grievances")
@require_safe
def order(request: HttpRequest, ref: str) -> HttpResponse:
    """The order, and the forms of whoever holds it."""
    return _page(request, _found(request, ref), now=timezone.now())


@may("record_orders")
@require_POST
def order_compliance(request: HttpRequest, ref: str) -> HttpResponse:
    """Close it as complied with."""
    found, user, now = _found(request, ref), signed_in(request), timezone.now()
    form = ComplyForm(request.POST, ways=ways_for(found, at=now))
    if not form.is_valid():
        return _page(request, found, now=now, comply=form, status=422)
    typed = form.cleaned_data
    said = {"by": user, "at": now, "seen_version": typed["seen_version"], "how": typed["how"]}
    try:
        if form.lifts is not None:
            complying.comply_by_lifting(
                order=found,
                enforcement=form.lifts,
                reason=typed["reason"],
                locale=typed["locale"],
                **said,
            )
        else:
            complying.comply(order=found, decision=form.decision, **said)
    except Refused as refusal:
        _refuse(form, refusal, decision="way", enforcement="way")
        return _page(request, _found(request, ref), now=now, comply=form, status=409)
    messages.success(request, f"{found.ref} is complied with.")
    return go_to(request, "appeals:order", found.ref)


@may("record_orders")
@require_POST
def order_closing(request: HttpRequest, ref: str) -> HttpResponse:
    """Close it without complying."""
    found, now = _found(request, ref), timezone.now()
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _page(request, found, now=now, close=form, status=422)
    try:
        complying.close(order=found, by=signed_in(request), at=now, **form.cleaned_data)
    except Refused as refusal:
        _refuse(form, refusal)
        return _page(request, _found(request, ref), now=now, close=form, status=409)
    messages.success(request, f"{found.ref} is closed.")
    return go_to(request, "appeals:order", found.ref)


# The page


def _page(
    request: HttpRequest,
    found: Order,
    *,
    now: datetime,
    comply: ComplyForm | None = None,
    close: CloseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    note_once(line(found, "order.viewed", user.actor, now))
    hold = hold_of(found, user=user, now=now)
    due, due_tone = due_words(found, now=now)
    grievance = found.grievance
    context: dict[str, Any] = {
        "ticket": {
            "ref": found.ref,
            "url": ticket_url(found),
            "due": due,
            "due_tone": due_tone,
            "kind": found.get_kind_display(),
            "issued_by": found.issued_by,
            "number": found.number,
            "text": _text(found.text),
            "channel": found.get_channel_display(),
            "jurisdiction": found.get_jurisdiction_display(),
            "received_at": found.received_at,
            "files": file_lines(found, found.attachments.all()),
        },
        "account": account_of(found),
        "grievance": {"ref": grievance.ref, "url": ticket_url(grievance)} if grievance else None,
        "clocks": clock_lines(found, now=now),
        "hold": hold,
    }
    if not found.is_open:
        context["closed"] = _closed(found)
    if hold["mine"]:
        context |= _forms(found, comply, close, now=now)
    elif comply is not None:
        # Of a form that is not there any more, what it says and why it was refused.
        context["refusal"] = " ".join(map(str, comply.non_field_errors()))
        context["kept"] = comply.data.get("how", "")
    return render(request, "appeals/order.html", context, status=status)


def _forms(
    found: Order, comply: ComplyForm | None, close: CloseForm | None, *, now: datetime
) -> dict[str, Any]:
    returned = comply is not None
    locale = language_of(found.account.locale if found.account else "")
    form = comply or ComplyForm(
        None,
        ways=ways_for(found, at=now),
        initial={"seen_version": found.version, "locale": locale},
    )
    if form.is_bound:
        # What was typed stays; the page it is typed into is the newest.
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["seen_version"] = str(found.version)  # type: ignore[index]
    return {
        "comply": {
            "form": form,
            "choices": form.choices(),
            "returned": returned,
            "url": ticket_url(found, "compliance"),
            "lifts": found.account is not None,
        },
        "panels": [
            {
                "form": close or CloseForm(initial={"seen_version": found.version}),
                "open": close is not None,
                "url": ticket_url(found, "closing"),
                "words": "Close it without complying",
                "key": "x",
                "key_words": "Close it without complying",
                "note": "It was withdrawn, is contested, or is not for us. It does not count.",
                "submit": "Close it",
            }
        ],
    }


def _closed(found: Order) -> dict[str, Any]:
    decision = found.decision
    return {
        "complied": found.complied_at is not None,
        "by": found.complied_by.name if found.complied_by else "",
        "at": found.closed_at,
        "words": _text(found.outcome),
        "decision": f"{decision.ref} {action_words(decision.action)}".strip() if decision else "",
    }


def _text(unsealing: Any) -> str:
    try:
        text: str = unsealing()
    except Erased:
        return ERASED
    return text


def _refuse(form: Any, refusal: Refused, **names: str) -> None:
    pointer = refusal.pointer or ""
    name = names.get(pointer, pointer)
    form.add_error(name if name in form.fields else None, str(refusal))


def _found(request: HttpRequest, ref: str) -> Order:
    found: Order = find_ticket(request, Order, ref, *_LOADED)
    return found
