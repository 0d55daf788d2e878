"""Django's admin, for configuration only: people, sources, keys, queues, policy.

Everybody who comes here may configure (`urls.py` stamps it so). Whatever they change is written to
the ledger in the transaction that changes it: which fields, and what they held before and after.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from reviewapp.ledger.recording import Entry, record

if TYPE_CHECKING:
    from django.contrib.admin.models import LogEntry


class ConfigurationSite(admin.AdminSite):
    site_header = "Configuration"
    site_title = "Configuration"
    index_title = "What can be configured"
    # The way back to the pages where the work is done.
    site_url = "/"
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take pages of configuration only.

        Packages bring pages of their own (groups, e-mail addresses), which would go past the
        ledger.
        """
        if admin_class is not None and issubclass(admin_class, ConfigurationAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one way to sign in, and this is not it."""
        return redirect("account_login")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")


class ConfigurationAdmin(admin.ModelAdmin):
    """A page of configuration, whose changes the ledger keeps.

    What it is about keeps its history, so nothing is deleted here unless a subclass says so.
    """

    #: The ledger's kind of entry for a change.
    ledger_kind: ClassVar[str] = "configuration.changed"
    #: Fields about a person, or secret: the ledger keeps that they changed, never what they hold.
    private_fields: ClassVar[frozenset[str]] = frozenset()
    #: Whether rows may be deleted.
    deletable: ClassVar[bool] = False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """As Django has it; the two halves of a moment are named, for those who only hear them."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.DateTimeField) and field is not None:
            widgets = getattr(field.widget, "widgets", ())
            for widget, part in zip(widgets, ("date", "time"), strict=False):
                widget.attrs["aria-label"] = f"{field.label}: {part}"
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.deletable and super().has_delete_permission(request, obj)

    def ledger_name(self, obj: models.Model) -> str:
        """How the ledger names `obj`: a ref, a slug or a number, never a person's name."""
        return str(getattr(obj, "ref", None) or getattr(obj, "name", None) or obj.pk)

    # Django calls these inside the transaction of the change: both stand, or neither does.

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        request.configured = self._changes(form, formsets or ())  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> "LogEntry":
        self._record(request, obj, "added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> "LogEntry":
        self._record(request, obj, "changed")
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            self._record(request, obj, "deleted")
        return super().log_deletions(request, queryset)

    def _record(self, request: HttpRequest, obj: models.Model, what: str) -> None:
        changes = getattr(request, "configured", {})
        if what == "changed" and not changes:
            return
        now = timezone.now()
        particulars = {
            "what": what,
            "model": obj._meta.label_lower,
            "name": self.ledger_name(obj),
            "fields": changes,
        }
        actor = request.user.actor  # type: ignore[union-attr]
        record(
            Entry(kind=self.ledger_kind, actor=actor, happened_at=now, particulars=particulars),
            at=now,
        )

    def _changes(self, form: Any, formsets: Iterable[Any]) -> dict[str, Any]:
        """Each changed field, before and after; rows of inlines by their number."""
        changes = self._changes_of(form)
        for formset in formsets:
            for number, each in enumerate(formset.forms, start=1):
                name = f"{formset.model._meta.model_name} {each.instance.pk or f'new {number}'}"
                if each in getattr(formset, "deleted_forms", ()):
                    changes[name] = "deleted"
                elif each.has_changed():
                    changes[name] = self._changes_of(each)
        return changes

    def _changes_of(self, form: Any) -> dict[str, Any]:
        return {
            name: "changed"
            if name in self.private_fields
            else {
                "before": None if form.instance._state.adding else plain(form.initial.get(name)),
                "after": plain(form.cleaned_data.get(name)),
            }
            for name in form.changed_data
        }


def plain(value: Any) -> Any:
    """`value` as the ledger keeps it: JSON, with rows by their own name."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.isoformat()
        case models.QuerySet() | list() | tuple() | set() | frozenset():
            return [plain(each) for each in value]
        case dict():
            return {str(name): plain(each) for name, each in value.items()}
        case models.Model():
            return str(value)
    return str(value)


class ArrayChoices(forms.TypedMultipleChoiceField):
    """Several of some choices, ticked, for an ArrayField."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(choices=choices, coerce=str, **kwargs)
