from datetime import datetime
from typing import ClassVar

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import Q

from reviewapp.kernel.appendonly import AppendOnly, AppendOnlyQuerySet
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.partitions import ensure_partitions


def keep_months(*, now: datetime, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Make the partitions of last month to three months ahead; the names of new ones."""
    return ensure_partitions(LedgerEntry._meta.db_table, at=now, back=1, ahead=3, using=using)


class LedgerEntryQuerySet(AppendOnlyQuerySet):
    def about_account(self, ref: str) -> "LedgerEntryQuerySet":
        return self.filter(account=ref)

    def about_case(self, ref: str) -> "LedgerEntryQuerySet":
        return self.filter(case_ref=ref)

    def newest_first(self) -> "LedgerEntryQuerySet":
        return self.order_by("-recorded_at", "-id")


class LedgerEntry(AppendOnly):
    """One thing that happened: who did what to whom, and on what ground. Never changed.

    People, accounts and cases are named by their refs, in text; what a person wrote or is called
    is never here, so that erasing a person leaves the ledger whole.
    """

    pk = models.CompositePrimaryKey("recorded_at", "id")
    recorded_at = models.DateTimeField()
    id = models.UUIDField(default=uuid7)
    happened_at = models.DateTimeField()
    kind = models.TextField()
    actor = models.TextField()
    account = models.TextField(default="", blank=True)
    case_ref = models.TextField(default="", blank=True, db_column="case")
    country_prefix = models.TextField(default="", blank=True)
    surface = models.TextField(default="", blank=True)
    stage = models.TextField(default="", blank=True)
    detector = models.TextField(default="", blank=True)
    detector_version = models.TextField(default="", blank=True)
    policy = models.TextField(default="", blank=True)
    action = models.TextField(default="", blank=True)
    outcome = models.TextField(default="", blank=True)
    maker = models.TextField(default="", blank=True)
    particulars = models.JSONField(default=dict, blank=True)

    objects: ClassVar = LedgerEntryQuerySet.as_manager()

    class Meta:
        db_table = "ledger_entry"
        verbose_name_plural = "ledger entries"
        # Few, because every act of the product writes here. The primary key, read backwards,
        # is the order of the decision log.
        indexes: ClassVar = [
            models.Index(
                fields=["account", "recorded_at"],
                condition=~Q(account=""),
                name="ledger_entry_account",
            ),
            models.Index(
                fields=["case_ref", "recorded_at"],
                condition=~Q(case_ref=""),
                name="ledger_entry_case",
            ),
            models.Index(fields=["kind", "recorded_at"], name="ledger_entry_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor}"


class Unplaced(models.Model):
    """A committed entry that waits for its place. A trigger writes it, the sealer removes it."""

    entry_id = models.UUIDField(primary_key=True)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_unplaced"
        verbose_name_plural = "unplaced"

    def __str__(self) -> str:
        return str(self.entry_id)


class Place(AppendOnly):
    """Where an entry stands in the one order of all entries, and the hash of what it said."""

    sequence = models.BigIntegerField(primary_key=True)
    entry_id = models.UUIDField(unique=True)
    recorded_at = models.DateTimeField()
    kind = models.TextField()
    leaf = models.BinaryField()

    class Meta:
        db_table = "ledger_place"
        # For those who follow a few kinds: the labels, without reading past everything else; or
        # a kind within a stretch of time, without looking at the places outside it.
        indexes: ClassVar = [
            models.Index(
                fields=["kind", "sequence"], include=["recorded_at"], name="ledger_place_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sequence}"


class Seal(AppendOnly):
    """A run of places closed under one hash, chained to the seal before and signed."""

    number = models.BigIntegerField(primary_key=True)
    first_sequence = models.BigIntegerField()
    last_sequence = models.BigIntegerField()
    root = models.BinaryField()
    previous_head = models.BinaryField()
    head = models.BinaryField()
    signature = models.BinaryField()
    key_id = models.TextField()
    sealed_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_seal"

    def __str__(self) -> str:
        return f"{self.number}"
