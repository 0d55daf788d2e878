"""What a panel of the case page asks, as a page: to come to without a panel, and to mend."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases.models import Case


def panel_page(
    request: HttpRequest, found: Case, form: forms.Form, words: dict[str, Any]
) -> HttpResponse:
    """`form` in the words of its panel; with what was typed, where something refused it."""
    context = {"case": {"ref": found.ref}, "form": form, **words}
    refused = form.is_bound and bool(form.errors)
    return render(request, "cases/panel.html", context, status=422 if refused else 200)
