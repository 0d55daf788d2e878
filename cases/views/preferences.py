"""How somebody wants to work: what they are not offered, and when to think of a break."""

from collections.abc import Callable, Iterable
from functools import cache
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases.casefile.clearings import family_words
from cases.models import PolicyClause, Preferences
from cases.views.finding import signed_in
from reviewapp.web import access
from reviewapp.web.htmx import go_to

SHORTEST, LONGEST = 10, 240


class PreferencesForm(forms.Form):
    """One's own. The codes of rules whose cases are not offered, and minutes until a break."""

    opted_out = forms.MultipleChoiceField(required=False)
    break_after = forms.IntegerField(
        required=False,
        min_value=SHORTEST,
        max_value=LONGEST,
        label="Minutes of work",
        help_text=f"From {SHORTEST} to {LONGEST}; empty for no reminder.",
    )

    def __init__(self, *args: Any, codes: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opted_out"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]


@access.signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """One's own preferences: nobody has a page that shows somebody else's."""
    user = signed_in(request)
    mine = Preferences.objects.of(user)
    works = user.may("work_cases")
    clauses = list(PolicyClause.objects.current(at=timezone.now()).order_by("family", "title"))
    form = PreferencesForm(
        request.POST if request.method == "POST" else None,
        codes=[clause.code for clause in clauses] if works else [],
        initial={"break_after": mine.break_after},
    )
    if form.is_valid():
        mine.break_after = form.cleaned_data["break_after"]
        if works:
            mine.opted_out = form.cleaned_data["opted_out"]
        mine.save()
        messages.success(request, "Kept as you want it.")
        return go_to(request, "cases:preferences")
    chosen = set(form.data.getlist("opted_out") if form.is_bound else mine.opted_out)  # type: ignore[attr-defined]
    context = {"form": form, "families": _families(clauses, chosen) if works else []}
    return render(request, "cases/preferences.html", context, status=422 if form.is_bound else 200)


def _families(clauses: list[PolicyClause], chosen: set[str]) -> list[dict[str, Any]]:
    return [
        {
            "words": family_words(family),
            "choices": [
                {"value": each.code, "words": each.title, "checked": each.code in chosen}
                for each in together
            ],
        }
        for family, together in groupby(clauses, key=lambda clause: clause.family)
    ]


def breaks(request: HttpRequest) -> dict[str, Callable[[], int | None]]:
    """Context processor: `break_after`, one's own minutes until a break; asked for once a page."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"break_after": cache(lambda: Preferences.objects.of(user).break_after)}
