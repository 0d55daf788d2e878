"""The staff page that shows every component of the pages, in every state, in both colour schemes.

A component is a template of `templates/components` or a file of `static/css`. Each has a section in
`templates/gallery`, drawn with the plain samples of `gallery.toml`; a house test says which part of
the design system a section forgot.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods

from reviewapp.web.access import signed_in

_SAMPLES = Path(__file__).with_name("gallery.toml")
_SCHEMES = ("light", "dark")
# What names something on the page, or points at such a name.
_NAMES = re.compile(r'(\s(?:id|for|name|form|aria-(?:label|labelledby|describedby))=")([^"]+)(")')


@dataclass(frozen=True, slots=True)
class Section:
    """One component: what it is called, and how it looks in each scheme."""

    name: str
    drawn: list[tuple[str, SafeString]]


class SampleForm(forms.Form):
    """One field of each sort, of which one is asked for in vain."""

    queue = forms.ChoiceField(choices=[("bulk", "Automation and bulk"), ("groups", "Groups")])
    until = forms.DateField(
        help_text="Until 00:00 UTC of that day.", widget=forms.DateInput(attrs={"type": "date"})
    )
    why = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 2}))
    about = forms.MultipleChoiceField(
        label="What about",
        choices=[("messages", "Messages"), ("groups", "Groups")],
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        raise forms.ValidationError("Somebody else has changed this in the meantime.")


@signed_in
@require_http_methods(["GET", "POST"])
def components(request: HttpRequest) -> HttpResponse:
    """Every component in every state. What its samples send goes nowhere."""
    if request.method == "POST":
        messages.info(request, "This was a sample: nothing has happened.")
        return redirect("components")
    context = {
        **_samples(),
        "csrf_token": get_token(request),
        "fresh": SampleForm(auto_id="fresh_%s"),
        "beside": SampleForm(auto_id="beside_%s"),
        "filter": SampleForm(auto_id="filter_%s"),
        "refused": SampleForm({"queue": "bulk"}, auto_id="refused_%s"),
        "panels": _panels(),
    }
    sections = [_section(path, context) for path in section_templates()]
    return render(request, "gallery/components.html", {"sections": sections})


def section_templates() -> list[Path]:
    """The files that the page is made of, in the order of their names."""
    return sorted((settings.BASE_DIR / "templates" / "gallery").glob("_*.html"))


def _section(path: Path, context: dict[str, Any]) -> Section:
    drawn = get_template(f"gallery/{path.name}").render(dict(context))
    return Section(
        path.stem.removeprefix("_"), [(scheme, _named_for(scheme, drawn)) for scheme in _SCHEMES]
    )


def _named_for(scheme: str, drawn: str) -> SafeString:
    """The same twice on one page: each with names of its own, so that labels find their fields."""

    def rename(found: re.Match[str]) -> str:
        if found[2] == "csrfmiddlewaretoken":
            return found[0]
        if "aria-label=" in found[1]:
            return f"{found[1]}{found[2]}, {scheme}{found[3]}"
        names = " ".join(f"{each}-{scheme}" for each in found[2].split())
        return f"{found[1]}{names}{found[3]}"

    return mark_safe(_NAMES.sub(rename, drawn))


def _panels() -> dict[str, dict[str, Any]]:
    """A panel shut, and one that came back with something to mend."""
    panel = {"words": "Hand over", "key": "o", "url": "/components/", "submit": "Hand it over"}
    form = SampleForm({"queue": "bulk"}, auto_id="panel_%s")
    note = "It is recorded, and the case leaves your desk."
    return {
        "shut": {**panel, "icon": "arrow-right"},
        "open": {**panel, "form": form, "note": note, "open": True, "bad": True, "end": True},
        "choice": {
            **panel,
            "key_words": "Hand it over",
            "form": SampleForm({"queue": "bulk"}, auto_id="choice_%s"),
            "note": note,
            "open": True,
        },
        "link": {"words": "Merge", "key": "J", "key_words": "Merge it", "url": "/components/"},
    }


@cache
def _samples() -> dict[str, Any]:
    return tomllib.loads(_SAMPLES.read_text())
