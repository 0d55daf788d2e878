from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone

from reviewapp.staff import keying
from reviewapp.staff.configuration import ArrayChoices, ConfigurationAdmin
from reviewapp.staff.models import ApiKey, Source, User
from reviewapp.staff.roles import Role, read


class UserForm(forms.ModelForm):
    roles = ArrayChoices(
        choices=[(role, f"{role.label}: {read()[role]['about']}") for role in Role], required=False
    )

    class Meta:
        model = User
        fields = ("name", "email", "roles", "is_active")


@admin.register(User)
class UserPage(ConfigurationAdmin):
    """People set their own password, by "forgotten password": nobody else ever knows it."""

    ledger_kind = "user.changed"
    private_fields = frozenset({"name", "email"})
    form = UserForm
    list_display = ("name", "email", "words", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "email", "ref")

    @admin.display(description="roles")
    def words(self, user: User) -> str:
        return ", ".join(user.role_words)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


@admin.register(Source)
class SourcePage(ConfigurationAdmin):
    list_display = ("name", "description", "detector_limit", "created_at")
    search_fields = ("name", "description")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # What the ledger calls it does not change under it.
        return ("name",) if obj else ()


@admin.register(ApiKey)
class ApiKeyPage(ConfigurationAdmin):
    """Keys are made by the command, which shows them once; here they are looked at and revoked."""

    list_display = (
        "prefix",
        "source",
        "name",
        "scopes",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )
    list_filter = ("source",)
    list_select_related = ("source",)
    search_fields = ("prefix", "name", "source__name")
    actions = ("revoke",)
    fields: ClassVar[tuple[str, ...]] = (
        "prefix",
        "source",
        "name",
        "scopes",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Revoke the chosen keys", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        revoked = 0
        for key in queryset.select_related("source"):
            try:
                keying.revoke(key=key, by=request.user.actor, at=timezone.now())  # type: ignore[union-attr]
                revoked += 1
            except keying.AlreadyRevoked as refusal:
                self.message_user(request, f"{key.prefix}: {refusal}", messages.WARNING)
        self.message_user(request, f"Revoked: {revoked}.", messages.SUCCESS)
