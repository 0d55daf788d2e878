"""What leads fill in about a routing rule."""

import re
from datetime import datetime
from typing import Any

from django import forms

from cases import queueing
from cases.enums import AccountKind, Stage, Surface
from cases.forms import refuse
from cases.models import Detector, PolicyClause, Queue
from cases.routing import LISTS
from reviewapp.kernel.refusals import Refused


class RuleForm(forms.Form):
    """What a routing rule takes, and where it sends it. What is left empty asks nothing."""

    queue = forms.ModelChoiceField(
        Queue.objects.none(), to_field_name="slug", empty_label="Choose a queue", label="Goes to"
    )
    policies = forms.MultipleChoiceField(
        required=False, label="Rules detected under", widget=forms.CheckboxSelectMultiple
    )
    stages = forms.MultipleChoiceField(
        required=False, choices=Stage.choices, widget=forms.CheckboxSelectMultiple
    )
    detectors = forms.MultipleChoiceField(
        required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    countries = forms.CharField(
        required=False,
        max_length=800,
        help_text="Two letters each, with commas between them: IN, BR.",
    )
    surfaces = forms.MultipleChoiceField(
        required=False, choices=Surface.choices, widget=forms.CheckboxSelectMultiple
    )
    kinds = forms.MultipleChoiceField(
        required=False,
        choices=AccountKind.choices,
        label="Kinds of account",
        widget=forms.CheckboxSelectMultiple,
    )
    score_from = forms.FloatField(
        min_value=0, max_value=1, initial=0, widget=forms.NumberInput(attrs={"step": "any"})
    )
    score_to = forms.FloatField(
        min_value=0, max_value=1, initial=1, widget=forms.NumberInput(attrs={"step": "any"})
    )

    def __init__(
        self, *args: Any, now: datetime, rule: dict[str, Any] | None, **kwargs: Any
    ) -> None:
        rule = rule or {}
        initial = {**rule, "countries": ", ".join(rule.get("countries", []))} if rule else {}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["queue"].queryset = Queue.objects.all()
        # What a rule asks for already can be asked for still, also where it has gone since.
        clauses = dict(PolicyClause.objects.current(at=now).values_list("code", "title"))
        known = {code: code for code in rule.get("policies", [])} | clauses
        fields["policies"].choices = sorted(known.items(), key=lambda each: each[1])
        names = set(Detector.objects.values_list("name", flat=True)) | set(
            rule.get("detectors", [])
        )
        fields["detectors"].choices = [(name, name) for name in sorted(names)]

    def clean_countries(self) -> list[str]:
        found = re.split(r"[\s,;]+", self.cleaned_data["countries"].upper().strip(" ,;"))
        countries = sorted({each for each in found if each})
        if any(not re.fullmatch("[A-Z]{2}", each) for each in countries):
            raise forms.ValidationError("Write countries as two letters each: IN, BR.")
        return countries

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            slugs = dict.fromkeys([data["queue"].slug])
            try:
                queueing.check_rule(self.rule(), slugs=slugs)
            except Refused as refusal:
                refuse(self, refusal)
        return data

    def rule(self) -> dict[str, Any]:
        """As `routing.Layout.rules` has it."""
        data = self.cleaned_data
        return {
            "queue": data["queue"].slug,
            **{name: sorted(data[name]) for name in LISTS},
            "score_from": data["score_from"],
            "score_to": data["score_to"],
        }
