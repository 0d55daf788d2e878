"""Accounts that people looked at and cleared, or that are protected."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reviewapp.kernel.ids import uuid7


class ClearingQuerySet(models.QuerySet["Clearing"]):
    def standing(self, *, at: datetime) -> "ClearingQuerySet":
        return self.filter(revoked_at=None, until__gt=at)


class Clearing(models.Model):
    """Until a date, detections of one family of rules open no case on an account.

    Unless they exceed what was cleared: a score above `cleared_score` by more than `margin`, or a
    signal above the value in `cleared_signals` by more than that share of it. Without a family it
    is a protection, of every rule, which a lead gives a known business or an emergency service.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(
        "cases.Account", models.PROTECT, related_name="clearings", db_index=False
    )
    # A family of policy clauses; empty for all.
    family = models.TextField(default="", blank=True)
    until = models.DateTimeField()
    margin = models.FloatField()
    cleared_score = models.FloatField(null=True)
    # The highest value of each signal that was looked at, by name.
    cleared_signals = models.JSONField(default=dict)
    reason_sealed = models.BinaryField()
    # The decision that it came with, if with one.
    decision = models.ForeignKey(
        "cases.Decision", models.PROTECT, null=True, related_name="clearings", db_index=False
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    revoked_at = models.DateTimeField(null=True)

    objects = ClearingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "family"],
                condition=Q(revoked_at=None),
                name="one_clearing_per_account_and_family",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("made_at")), name="clearing_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(margin__gte=0) & Q(margin__lte=1), name="clearing_margin_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(revoked_by=None, revoked_at=None)
                | Q(revoked_by__isnull=False, revoked_at__isnull=False),
                name="clearing_is_revoked_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-made_at"], name="clearing_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.family or 'every rule'} until {self.until:%Y-%m-%d}"

    @property
    def is_protection(self) -> bool:
        return not self.family

    def reason(self) -> str:
        """Needs `account` loaded. Raises Erased once the account's key is gone."""
        return self.account.unseal(self.reason_sealed, context="clearing.reason")
