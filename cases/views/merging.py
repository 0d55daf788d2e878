"""Cases of one matter: what could be merged into a case, what was, and taking it apart again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from cases import merging as journey
from cases.casefile.linked import kind_words
from cases.forms import refuse
from cases.models import Case
from cases.views.finding import find_case, note_look, signed_in
from cases.views.lines import Line, lines_of
from cases.views.passingpanel import WordsField
from reviewapp.kernel.refs import BadRef, parse_ref
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to


class MergingForm(forms.Form):
    """Another case of the same matter: one of those that were found, or any by its ref."""

    found = forms.ChoiceField(required=False, widget=forms.RadioSelect)
    other = forms.CharField(
        required=False,
        max_length=40,
        label="Another case, by its reference",
        widget=forms.TextInput(
            attrs={
                "placeholder": "C-",
                "autocomplete": "off",
                "data-key": "o",
                "data-key-words": "Another case, by its reference",
            }
        ),
    )
    words = WordsField(
        label="Why they are one matter",
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "data-key": "i", "data-key-words": "Why they are one matter"}
        ),
    )

    def __init__(self, *args: Any, by: User, candidates: Sequence[Case], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._by = by
        self.fields["found"].choices = [(each.ref, each.ref) for each in candidates]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        named = data["other"].strip() or data["found"]
        if not named:
            self.add_error("other", "Choose a case, or write its reference.")
            return data
        try:
            ref = parse_ref(named, "C")
        except BadRef:
            ref = ""
        cases = Case.objects.visible_to(self._by).select_related("queue", "reserved_for")
        data["case"] = cases.filter(ref=ref).first()
        if data["case"] is None:
            self.add_error("other", f"There is no case {named}.")
        return data


@may("work_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def merging(request: HttpRequest, ref: str) -> HttpResponse:
    """What is decided with this case: GET shows it and what could be, POST merges another in."""
    found, user, now = find_case(request, ref), signed_in(request), timezone.now()
    linked = [] if found.is_settled else journey.linked_cases(found)
    form = MergingForm(
        request.POST if request.method == "POST" else None,
        by=user,
        candidates=[case for case, _ in linked],
    )
    if form.is_valid():
        other = form.cleaned_data["case"]
        try:
            words = form.cleaned_data["words"]
            journey.merge(case=other, into=found, by=user, words=words, at=now)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, f"{other.ref} is decided together with {found.ref} now.")
            return go_to(request, "cases:merging", found.ref)
    note_look(case=found, account=found.account, by=user, now=now)
    refused = form.is_bound and bool(form.errors)
    context = _context(found, form, linked, user=user, now=now)
    return render(request, "cases/merging.html", context, status=422 if refused else 200)


@may("work_cases")
@require_POST
def parting(request: HttpRequest, ref: str) -> HttpResponse:
    """Take this case out of the one that it was merged into."""
    found = find_case(request, ref)
    try:
        journey.take_apart(case=found, by=signed_in(request), at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"{found.ref} is a case of its own again.")
    if request.POST.get("from") == "merging" and found.merged_into:
        return go_to(request, "cases:merging", found.merged_into.ref)
    return go_to(request, "cases:case", found.ref)


def _context(
    found: Case,
    form: MergingForm,
    linked: Sequence[tuple[Case, str]],
    *,
    user: User,
    now: datetime,
) -> dict[str, Any]:
    merged = list(
        Case.objects.filter(merged_into=found).with_account_and_queue().order_by("opened_at", "pk")
    )
    lines = lines_of([found, *merged, *(case for case, _ in linked)], user=user, now=now)
    own, together, others = lines[0], lines[1 : 1 + len(merged)], lines[1 + len(merged) :]
    chosen = form["found"].value()
    return {
        "case": {"ref": found.ref, "url": own.url, "settled": found.is_settled},
        "form": form,
        "together": [own, *([_parted(line) for line in together])],
        "linked": [
            {
                "line": line,
                "shares": kind_words(kind),
                "checked": line.ref == chosen,
            }
            for line, (_, kind) in zip(others, linked, strict=True)
        ],
    }


def _parted(line: Line) -> dict[str, Any]:
    return {
        "ref": line.ref,
        "url": line.url,
        "person": line.person,
        "why": line.why,
        "queue": line.queue,
        "part_url": reverse("cases:parting", args=[line.ref]),
    }
