"""Accounts on the messenger, what they share, and what was once known about them."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from cases.enums import AccountKind, LinkKind, Surface
from reviewapp.kernel import encryption
from reviewapp.kernel.appendonly import AppendOnly
from reviewapp.kernel.ids import uuid7

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class AccountQuerySet(models.QuerySet["Account"]):
    def visible_to(self, user: "User") -> "AccountQuerySet":
        """The accounts `user` may read: all for those whose role reads cases, else none."""
        return self.all() if user.may("read_cases") else self.none()

    def with_phone(self, phone: str) -> "AccountQuerySet":
        """Accounts registered under `phone`, in E.164 form. Found by its keyed index."""
        return self.filter(phone_index=phone_index(phone))

    def contested(self) -> "AccountQuerySet":
        """Accounts whose latest decision is disagreed with."""
        disagreed = self.filter(contested_at__isnull=False)
        return disagreed.exclude(decisions__decided_at__gt=models.F("contested_at"))

    def sharing(self, kind: LinkKind, value: str) -> "AccountQuerySet":
        """Accounts that carry the same link value."""
        return self.filter(links__kind=kind, links__value_index=link_index(kind, value))


def phone_index(phone: str) -> bytes:
    return encryption.blind_index(phone, purpose="account.phone")


def link_index(kind: str, value: str) -> bytes:
    return encryption.blind_index(value, purpose=f"account.link.{kind}")


# Note [Sealed under the account's own key]
# Every personal field is encrypted under a key that belongs to one account and is stored
# beside it, wrapped by FIELD_KEYS. Destroying that one value erases the person everywhere,
# backups aside, while rows, counts and seals stay whole. `*_sealed` columns hold
# AES-256-GCM; `*_index` columns hold a keyed hash for exact look-up and nothing else.


class Account(models.Model):
    """Somebody's account on the messenger, under the messenger's own id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ref = models.TextField()
    external_id = models.TextField()
    wrapped_key = models.BinaryField()
    phone_sealed = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True, db_index=True)
    display_name_sealed = models.BinaryField(null=True)
    attributes_sealed = models.BinaryField(null=True)
    country = models.TextField(default="", blank=True)
    country_prefix = models.TextField(default="", blank=True)
    surface = models.TextField(choices=Surface, default=Surface.PRIVATE_MESSAGING)
    kind = models.TextField(choices=AccountKind, default=AccountKind.PERSONAL)
    locale = models.TextField(default="", blank=True)
    registered_at = models.DateTimeField(null=True)
    # When the person, or somebody for them, last disagreed with what was decided.
    contested_at = models.DateTimeField(null=True)
    # The last sequence handed to an enforcement; the row lock that hands it out is what
    # puts an account's enforcements in one order.
    last_sequence = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ref"], name="account_ref_once"),
            models.UniqueConstraint(fields=["external_id"], name="account_external_id_once"),
            models.CheckConstraint(
                condition=models.Q(surface__in=Surface.values), name="account_surface_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=AccountKind.values), name="account_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    # Verbs

    def mark_contested(self, *, at: datetime) -> None:
        """Note that the person, or somebody for them, disagrees with what was decided.

        An open case of the account says so too, and what somebody is about to decide on it has to
        be looked at anew. The caller's transaction holds the account's row.
        """
        self.contested_at = at
        self.save(update_fields=["contested_at"])
        self.cases.unsettled().update(contested=True, version=models.F("version") + 1)

    # Personal fields

    def seal(self, text: str, *, context: str) -> bytes:
        """Encrypt `text` under this account's key, bound to the column named by `context`."""
        return encryption.seal(text, key=bytes(self.wrapped_key), context=context)

    def unseal(self, blob: bytes | memoryview | None, *, context: str) -> str:
        """The text behind `blob`; empty where there is none. Raises Erased once erased."""
        if blob is None:
            return ""
        return encryption.unseal(bytes(blob), key=bytes(self.wrapped_key), context=context)

    def phone(self) -> str:
        return self.unseal(self.phone_sealed, context="account.phone")

    def display_name(self) -> str:
        return self.unseal(self.display_name_sealed, context="account.display_name")

    def attributes(self) -> dict[str, Any]:
        text = self.unseal(self.attributes_sealed, context="account.attributes")
        attributes: dict[str, Any] = json.loads(text) if text else {}
        return attributes

    def masked_phone(self) -> str:
        """The phone number with all but its prefix and last three digits hidden."""
        phone = self.phone()
        if not phone:
            return ""
        prefix = self.country_prefix or phone[:3]
        return f"{prefix} ••••• ••{phone[-3:]}"


class AccountLink(models.Model):
    """Something an account has that other accounts may have too."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="links", db_index=False)
    kind = models.TextField(choices=LinkKind)
    value_sealed = models.BinaryField()
    value_index = models.BinaryField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind", "value_index"], name="account_link_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=LinkKind.values), name="account_link_kind_is_known"
            ),
        ]
        # Whoever shares a value, in the order of their accounts: counted and paged from it alone.
        indexes = [
            models.Index(fields=["kind", "value_index", "account"], name="account_link_shared")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.kind}"

    def value(self) -> str:
        return self.account.unseal(self.value_sealed, context=f"account.link.{self.kind}")

    @classmethod
    def shared_counts(cls, links: Iterable["AccountLink"]) -> dict[int, int]:
        """How many other accounts share each of `links`, by link id, in one query."""
        links = list(links)
        counts: dict[int, int] = {link.pk: 0 for link in links}
        if not links:
            return counts
        pairs = models.Q()
        for link in links:
            pairs |= models.Q(kind=link.kind, value_index=link.value_index)
        by_value = {
            (kind, bytes(index)): count
            for kind, index, count in cls.objects.filter(pairs)
            .values_list("kind", "value_index")
            .annotate(count=models.Count("account_id"))
        }
        for link in links:
            counts[link.pk] = by_value.get((link.kind, bytes(link.value_index)), 1) - 1
        return counts


class AccountChange(AppendOnly):
    """What a field of an account was before an upsert changed it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="changes", db_index=False)
    source = models.ForeignKey("staff.Source", models.PROTECT, related_name="+")
    field = models.TextField()
    before_sealed = models.BinaryField(null=True)
    after_sealed = models.BinaryField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "changed_at"], name="account_change_of")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.field}"

    # Both need `account` loaded, and are empty where there was nothing.

    def before(self) -> str:
        return self.account.unseal(self.before_sealed, context="account_change.before")

    def after(self) -> str:
        return self.account.unseal(self.after_sealed, context="account_change.after")
