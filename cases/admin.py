"""Configuration of the room: queues, what sends cases to them, and the rules that are cited."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from cases.enums import AccountKind, Stage, Surface
from cases.models import Detector, PolicyClause, Queue, RoutingRule
from reviewapp.staff.configuration import ArrayChoices, ConfigurationAdmin
from reviewapp.staff.roles import Role


class QueueForm(forms.ModelForm):
    worked_by = ArrayChoices(choices=[(role.value, role.label) for role in Role])

    class Meta:
        model = Queue
        fields = (
            "name",
            "slug",
            "description",
            "position",
            "worked_by",
            "lease_minutes",
            "due_hours",
            "active",
        )


@admin.register(Queue)
class QueuePage(ConfigurationAdmin):
    """Queues are never deleted: cases remember where they waited. Take `active` away instead."""

    form = QueueForm
    list_display = ("name", "slug", "position", "lease_minutes", "due_hours", "active")
    list_filter = ("active",)

    def ledger_name(self, obj: Any) -> str:
        return str(obj.slug)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new queue comes after the others until somebody puts it elsewhere."""
        last = Queue.objects.order_by("position").last()
        position = last.position + 10 if last else 10
        return {"position": position, **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Addresses and the ledger call it by its slug.
        return ("slug",) if obj else ()


class RoutingRuleForm(forms.ModelForm):
    stages = ArrayChoices(choices=Stage.choices, required=False)
    surfaces = ArrayChoices(choices=Surface.choices, required=False)
    kinds = ArrayChoices(choices=AccountKind.choices, required=False)
    policies = ArrayChoices(choices=[], required=False)
    detectors = ArrayChoices(choices=[], required=False)

    class Meta:
        model = RoutingRule
        fields = (
            "position",
            "queue",
            "policies",
            "stages",
            "detectors",
            "countries",
            "surfaces",
            "kinds",
            "score_from",
            "score_to",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clauses = PolicyClause.objects.all().current(at=timezone.now())
        self.fields["policies"].choices = [  # type: ignore[attr-defined]
            (clause.code, clause.title) for clause in clauses
        ]
        self.fields["detectors"].choices = [  # type: ignore[attr-defined]
            (name, name)
            for name in Detector.objects.order_by("name").values_list("name", flat=True)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        low, high = data.get("score_from"), data.get("score_to")
        if low is not None and high is not None and not 0 <= low <= high <= 1:
            raise ValidationError("Scores go from 0 to 1, the lower one first.")
        return data


@admin.register(RoutingRule)
class RoutingRulePage(ConfigurationAdmin):
    """The first rule that matches a detection sends its case to a queue."""

    form = RoutingRuleForm
    list_display = ("position", "queue", "policies", "stages", "detectors", "countries")
    list_select_related = ("queue",)
    deletable = True

    def ledger_name(self, obj: Any) -> str:
        return f"rule {obj.position}"


@admin.register(PolicyClause)
class PolicyClausePage(ConfigurationAdmin):
    """Versions of the rules that decisions cite. A change is a new version; none is edited."""

    list_display = ("code", "version", "title", "family", "severity", "effective_from")
    list_filter = ("family",)
    search_fields = ("code", "title")
    ordering = ("position", "code", "-version")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def ledger_name(self, obj: Any) -> str:
        return f"{obj.code}@{obj.version}"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new version starts as a copy of the newest one that `?code=` names."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        newest = (
            PolicyClause.objects.filter(code=initial.get("code", "")).order_by("-version").first()
        )
        if newest is None:
            return initial
        copied = ("position", "family", "title", "text", "examples", "words", "severity")
        return {
            **{name: getattr(newest, name) for name in copied},
            "code": newest.code,
            "version": newest.version + 1,
        }
