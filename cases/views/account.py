"""An account with the same file as a case, from which a case can be opened by hand."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from cases import opening
from cases.casefile import Address, read_file, read_middle
from cases.forms import OpeningForm, RevealForm, refuse
from cases.models import Account, Case
from cases.views.clearingform import TermsForm, protection_panel
from cases.views.content import veils_for
from cases.views.finding import find_account, is_revealed, note_look, reveal, signed_in
from cases.views.holding import claim_panel
from cases.views.notes import notes_context
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment, way_back


@may("read_cases")
@require_safe
@vary_on_headers("HX-Request")
def account(request: HttpRequest, ref: str) -> HttpResponse:
    """One account. htmx asks the same address for another part of its timeline."""
    found, now = find_account(request, ref), timezone.now()
    if is_fragment(request):
        note_look(case=None, account=found, by=signed_in(request), now=now)
        middle = read_middle(
            found,
            address=_address(request, found),
            now=now,
            veils=veils_for(request, found, now=now),
        )
        context = {"timeline": middle.timeline, "events": middle.events, "citing": False}
        return render(request, "cases/_happened.html", context)
    return account_page(request, found, now=now)


@may("open_cases")
@require_POST
def account_case(request: HttpRequest, ref: str) -> HttpResponse:
    """Open a case on the account by hand."""
    found, now = find_account(request, ref), timezone.now()
    form = OpeningForm(request.POST)
    if not form.is_valid():
        return account_page(request, found, now=now, form=form, status=422)
    try:
        opened = opening.open_by_hand(
            account=found,
            by=signed_in(request),
            reason=form.cleaned_data["reason"],
            queue=form.cleaned_data["queue"],
            at=now,
        )
    except Refused as refusal:
        refuse(form, refusal)
        return account_page(request, found, now=now, form=form, status=409)
    messages.success(request, f"{opened.ref} is open.")
    return go_to(request, "cases:case", opened.ref)


@may("reveal_personal")
@require_POST
def account_phone(request: HttpRequest, ref: str) -> HttpResponse:
    """Show number and name to whoever says what for, and have the ledger know."""
    found, now = find_account(request, ref), timezone.now()
    user = signed_in(request)
    form = RevealForm(request.POST)
    back = way_back(request, otherwise=reverse("cases:account", args=[found.ref]))
    if not form.is_valid():
        messages.warning(request, " ".join(map(str, form.errors["purpose"])))
        return go_to(request, back)
    record(
        Entry(
            kind="personal.revealed",
            actor=user.actor,
            happened_at=now,
            account=found.ref,
            country_prefix=found.country_prefix,
            surface=found.surface,
            particulars={
                "fields": ["phone", "display_name"],
                "purpose": form.cleaned_data["purpose"],
            },
        ),
        at=now,
    )
    reveal(request, found, now=now)
    return go_to(request, back)


def account_page(
    request: HttpRequest,
    found: Account,
    *,
    now: datetime,
    form: OpeningForm | None = None,
    protecting: TermsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page; a form comes back as it was typed when something refused it."""
    user = signed_in(request)
    note_look(case=None, account=found, by=user, now=now)
    file = read_file(
        found,
        case=None,
        address=_address(request, found),
        now=now,
        revealed=is_revealed(request, found, now=now),
        may_replay=user.may("replay_enforcements"),
        veils=veils_for(request, found, now=now),
    )
    if user.may("reveal_personal"):
        file.person.reveal_url = reverse("cases:account_phone", args=[found.ref])
        file.person.purposes = RevealForm.PURPOSES
    open_case = (
        Case.objects.visible_to(user)
        .unsettled()
        .filter(account=found)
        .with_account_and_queue()
        .select_related("reserved_for")
        .first()
    )
    context: dict[str, Any] = {
        "person": file.person,
        "here": _url(found),
        "why": {"priority": None, "parts": [], "origin": "", **file.why.context()},
        "timeline": file.middle.timeline,
        "events": file.middle.events,
        "citing": False,
        "before": file.before,
        "linked": file.linked,
        **notes_context(found, None, user=user),
        "handling": file.middle.handling,
        "deliveries": file.deliveries,
        "protection": protection_panel(found, user=user, now=now, form=protecting),
        "open_case": None,
        "opening": None,
    }
    if open_case:
        context["open_case"] = {
            "ref": open_case.ref,
            "url": reverse("cases:case", args=[open_case.ref]),
            "state": open_case.get_state_display(),
            "holder": claim_panel(open_case, user=user, now=now).holder,
        }
    if user.may("open_cases") and not open_case:
        context["opening"] = {
            "form": form or OpeningForm(),
            "url": reverse("cases:account_case", args=[found.ref]),
        }
    elif form is not None:
        messages.warning(request, " ".join(map(str, form.non_field_errors())))
    return render(request, "cases/account.html", context, status=status)


def _address(request: HttpRequest, found: Account) -> Address:
    return Address.read(_url(found), request.GET.dict())


def _url(found: Account) -> str:
    return reverse("cases:account", args=[found.ref])
