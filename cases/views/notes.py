"""Notes for colleagues, on a case and on an account: written, and read the newest first."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from cases import noting
from cases.casefile.notes import notes_on, written
from cases.casefile.pulse import pulse_of
from cases.forms import refuse
from cases.models import Account, Case
from cases.views.finding import find_account, find_case, note_look, signed_in
from cases.views.pages import page_urls
from cases.views.passingpanel import WordsField
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment
from reviewapp.web.paging import Keyset

SIZE = 30
# So many stand on the page of what they are about, above why it is there; the others behind a link.
NEWEST = 2


class NoteForm(forms.Form):
    """A few lines for whoever reads this after."""

    prefix = "note"

    text = WordsField(label="Note", error_messages={"required": "Write a line for colleagues."})


@may("read_cases")
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def case_notes(request: HttpRequest, ref: str) -> HttpResponseBase:
    """The notes beside a case: GET lists them, POST writes one on it."""
    found = find_case(request, ref)
    return _answer(request, found.account, found)


@may("read_cases")
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def account_notes(request: HttpRequest, ref: str) -> HttpResponseBase:
    """The notes on an account itself: GET lists them, POST writes one."""
    return _answer(request, find_account(request, ref), None)


def _answer(request: HttpRequest, account: Account, case: Case | None) -> HttpResponseBase:
    if request.method == "POST":
        return _write(request, account, case)
    if is_fragment(request):
        return _section(request, account, case, None, said=False)
    return _page(request, account, case, None)


@may("work_cases")
def _write(request: HttpRequest, account: Account, case: Case | None) -> HttpResponse:
    form, user, now = NoteForm(request.POST), signed_in(request), timezone.now()
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            if case:
                noting.write(case=case, by=user, text=text, at=now)
            else:
                noting.write_about(account=account, by=user, text=text, at=now)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            if is_fragment(request):
                return _section(request, account, case, None, said=True)
            messages.success(request, "Noted.")
            return go_to(request, f"{_about(account, case)['url']}#notes")
    if is_fragment(request):
        return _section(request, account, case, form, said=False)
    return _page(request, account, case, form)


def _section(
    request: HttpRequest,
    account: Account,
    case: Case | None,
    form: NoteForm | None,
    *,
    said: bool,
) -> HttpResponse:
    """The part of the page alone, for htmx."""
    user, now = signed_in(request), timezone.now()
    note_look(case=case, account=account, by=user, now=now)
    context = notes_context(account, case, user=user, form=form, said=said)
    if case:
        pulse = pulse_of(case, reader=user, now=now)
        context["live"] = {"seen": {"notes": pulse.notes}}
    return render(request, "cases/_notes.html", context, status=422 if form else 200)


def _page(
    request: HttpRequest, account: Account, case: Case | None, form: NoteForm | None
) -> HttpResponse:
    user = signed_in(request)
    note_look(case=case, account=account, by=user, now=timezone.now())
    page = Keyset.or_first(
        notes_on(account, case),
        order=("-written_at", "-id"),
        after=request.GET.get("after"),
        size=SIZE,
    )
    context = {
        "about": _about(account, case),
        "rows": [written(each, account=account, case=case, user=user) for each in page.items],
        "form": (form or NoteForm()) if user.may("work_cases") else None,
        **page_urls(request, page),
    }
    return render(request, "cases/notes.html", context, status=422 if form else 200)


def notes_context(
    account: Account,
    case: Case | None,
    *,
    user: User,
    form: NoteForm | None = None,
    said: bool = False,
) -> dict[str, Any]:
    """`notes` for `cases/_notes.html`. One query."""
    found = notes_on(account, case).order_by("-written_at", "-id")[:NEWEST]
    rows = [written(each, account=account, case=case, user=user) for each in found]
    url = _about(account, case)["notes_url"]
    panel = {
        "words": "Write",
        "key": "N",
        "key_words": "Write a note for colleagues",
        "url": url,
        "form": form or NoteForm(),
        "submit": "Note it",
        "note": "For colleagues alone: the person never sees it. It can't be changed afterwards.",
        "open": form is not None,
        "target": "notes",
    }
    return {
        "notes": {
            "rows": rows,
            "all_url": url if rows else "",
            "panel": panel if user.may("work_cases") else None,
            "said": said,
        }
    }


def _about(account: Account, case: Case | None) -> dict[str, Any]:
    kind, ref = ("case", case.ref) if case else ("account", account.ref)
    return {
        "ref": ref,
        "url": reverse(f"cases:{kind}", args=[ref]),
        "notes_url": reverse(f"cases:{kind}_notes", args=[ref]),
    }
