"""Configuration of the room: the time limits of law and house."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from appeals import ruling
from appeals.models import SlaRule
from appeals.ruling import CannotRule
from reviewapp.staff.configuration import ConfigurationAdmin


class SlaRuleForm(forms.ModelForm):
    """A new time limit, in words that say what each field means."""

    class Meta:
        model = SlaRule
        fields = (*("jurisdiction", "kind", "clock", "limit", "effective_from", "pauses", "basis"),)
        labels = {
            "jurisdiction": "Rules of",
            "kind": "For",
            "clock": "Time to",
            "effective_from": "From",
            "pauses": "Stands still while the person is asked something",
            "basis": "Where it is written",
        }
        help_texts = {
            "limit": "PT24H is hours of wall time, P15D days and P6M months on the calendar.",
            "effective_from": "The first day on which it holds there. What was received before "
            "keeps the limit of before, which ends on the day before this one.",
        }
        widgets = {
            "limit": forms.TextInput(attrs={"size": 8}),
            "basis": forms.TextInput(attrs={"size": 60}),
        }

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not self.errors:
            rule = SlaRule(**found)
            try:
                ruling.check(rule, at=timezone.now())
            except CannotRule as refusal:
                raise ValidationError({refusal.pointer or "limit": str(refusal)}) from refusal
        return found


@admin.register(SlaRule)
class SlaRulePage(ConfigurationAdmin):
    """Time limits, each with its days. A change is a new row from a day to come; none is edited."""

    form = SlaRuleForm
    list_display = (
        *("jurisdiction", "kind", "clock", "limit", "effective_from", "effective_to"),
        *("pauses", "basis"),
    )
    list_filter = ("jurisdiction", "kind", "clock")
    search_fields = ("basis",)
    ordering = ("jurisdiction", "kind", "clock", "-effective_from")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def ledger_name(self, obj: Any) -> str:
        name: str = obj.name
        return name

    def save_model(self, request: HttpRequest, obj: SlaRule, form: Any, change: bool) -> None:
        """Django calls this inside the transaction of the change."""
        ruling.make_room(obj, by=request.user.actor, at=timezone.now())  # type: ignore[union-attr]
        super().save_model(request, obj, form, change)
