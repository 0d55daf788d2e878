"""Words that people wrote: shown to whoever says what for, and the ledger knows who looked."""

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from cases.casefile.items import Item, item_of
from cases.casefile.veils import Veils, opened, veil_of
from cases.forms import RevealForm
from cases.models import Account
from cases.views.finding import find_account, signed_in
from reviewapp.ledger.recording import Entry, record
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment, way_back

LIFTED_FOR = timedelta(minutes=10)
_SESSION_KEY = "lifted"
_EVERYTHING = "*"


class LiftingForm(RevealForm):
    """Which item is asked for; without one, all of the account's."""

    item = forms.UUIDField(required=False)


@may("reveal_personal")
@require_POST
def account_content(request: HttpRequest, ref: str) -> HttpResponse:
    """Show what is sealed of an item, or of all of them for a while, and have the ledger know."""
    found, now = find_account(request, ref), timezone.now()
    form = LiftingForm(request.POST)
    back = way_back(request, otherwise=reverse("cases:account", args=[found.ref]))
    if not form.is_valid():
        messages.warning(request, "Say what you need it for.")
        return go_to(request, back)
    item = _item(found, form)
    _note(request, found, item, form.cleaned_data["purpose"], now=now)
    _lift(request, found, item, now=now)
    if item and is_fragment(request):
        veil = veil_of(item, opened(found, item), veils_for(request, found, now=now))
        if veil:
            return render(request, "components/_veil.html", {"veil": veil, "fresh": True})
    return go_to(request, back)


def veils_for(request: HttpRequest, account: Account, *, now: datetime) -> Veils:
    """What of the account's evidence this browser may show, and where to ask for more."""
    lifted = _standing(request, account, now=now)
    if not signed_in(request).may("reveal_personal"):
        return Veils()
    return Veils(
        url=reverse("cases:account_content", args=[account.ref]),
        purposes=RevealForm.PURPOSES,
        everything=_EVERYTHING in lifted,
        items=lifted,
    )


def _item(account: Account, form: LiftingForm) -> Item | None:
    asked = form.cleaned_data["item"]
    if asked is None:
        return None
    item = item_of(account.pk, asked)
    if item is None:
        raise Http404
    return item


def _note(
    request: HttpRequest, account: Account, item: Item | None, purpose: str, *, now: datetime
) -> None:
    record(
        Entry(
            kind="content.revealed",
            actor=signed_in(request).actor,
            happened_at=now,
            account=account.ref,
            country_prefix=account.country_prefix,
            surface=account.surface,
            stage=item.stage if item else "",
            particulars={
                "item": str(item.id) if item else None,
                "everything_until": None if item else (now + LIFTED_FOR).isoformat(),
                "purpose": purpose,
            },
        ),
        at=now,
    )


def _lift(request: HttpRequest, account: Account, item: Item | None, *, now: datetime) -> None:
    lifted = {
        ref: standing
        for ref, each in request.session.get(_SESSION_KEY, {}).items()
        if (standing := {key: until for key, until in each.items() if until > now.timestamp()})
    }
    what = str(item.id) if item else _EVERYTHING
    lifted.setdefault(account.ref, {})[what] = (now + LIFTED_FOR).timestamp()
    request.session[_SESSION_KEY] = lifted


def _standing(request: HttpRequest, account: Account, *, now: datetime) -> set[str]:
    lifted = request.session.get(_SESSION_KEY, {}).get(account.ref, {})
    return {key for key, until in lifted.items() if until > now.timestamp()}
