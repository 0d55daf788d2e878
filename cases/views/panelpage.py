"""What a panel of the case page asks, as a page: to come to without a panel, and to mend."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases.models import Case
from reviewapp.kernel.refusals import Refused


def panel_page(
    request: HttpRequest, found: Case, form: forms.Form, words: dict[str, Any]
) -> HttpResponse:
    """`form` in the words of its panel; with what was typed, where something refused it."""
    context = {"case": {"ref": found.ref}, "form": form, **words}
    refused = form.is_bound and bool(form.errors)
    return render(request, "cases/panel.html", context, status=422 if refused else 200)


def refuse(form: forms.Form, refusal: Refused, **pointers: str) -> None:
    """Put the refusal beside the field it is about; `pointers` say where the form has other names
    than the journey."""
    pointer = refusal.pointer or ""
    name = pointers.get(pointer, pointer)
    form.add_error(name if name in form.fields else None, str(refusal))
