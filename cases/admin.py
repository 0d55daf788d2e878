"""Configuration of the room: the rules that are cited.

Queues and what sends cases to them are set on pages of their own, which show first what that moves.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from cases.models import PolicyClause
from reviewapp.staff.configuration import ConfigurationAdmin


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
        copied = (
            *("position", "family", "title", "text", "examples", "words", "severity"),
            *("ladder", "needs_approval", "reversal_needs_approval"),
        )
        return {
            **{name: getattr(newest, name) for name in copied},
            "code": newest.code,
            "version": newest.version + 1,
        }
