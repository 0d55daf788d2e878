"""One verdict on many cases."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.enums import Action, BulkRowState, BulkState, Confidence, Outcome
from reviewapp.kernel.ids import uuid7


class Bulk(models.Model):
    """A verdict on many cases at once: asked for, perhaps approved, carried out by a worker.

    Nothing of it reaches the platform before all of it is decided and its grace has passed, so
    that it can be undone as one.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ref = models.TextField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="bulks", db_index=False
    )
    asked_at = models.DateTimeField()
    outcome = models.TextField(choices=Outcome)
    action = models.TextField(choices=Action, default="", blank=True)
    # A ban for a time: how long from each decision, or until which moment.
    lasts = models.DurationField(null=True)
    until = models.DateTimeField(null=True)
    confidence = models.TextField(choices=Confidence)
    clauses = models.ManyToManyField("cases.PolicyClause", related_name="+")
    # About no one account in particular; each decision keeps its copy sealed.
    rationale = models.TextField()
    reason = models.TextField(default="", blank=True)
    state = models.TextField(choices=BulkState, default=BulkState.RUNNING)
    size = models.PositiveIntegerField()
    # A worker's hold on it while it runs or is undone.
    leased_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    effective_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ref"], name="bulk_ref_once"),
            models.CheckConstraint(
                condition=Q(state__in=BulkState.values), name="bulk_state_is_known"
            ),
            models.CheckConstraint(condition=Q(size__gte=1), name="bulk_has_cases"),
            models.CheckConstraint(
                condition=Q(undone_by=None, undone_at=None)
                | Q(undone_by__isnull=False, undone_at__isnull=False),
                name="bulk_is_undone_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_by", "-asked_at"], name="bulk_of_person"),
            models.Index(
                fields=["asked_at"],
                name="bulk_at_work",
                condition=Q(state__in=[BulkState.RUNNING, BulkState.UNDOING]),
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class BulkRow(models.Model):
    """One case of a bulk, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bulk = models.ForeignKey(Bulk, models.PROTECT, related_name="rows", db_index=False)
    position = models.PositiveIntegerField()
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="bulk_rows")
    # What the preview showed: something newer is not decided unseen.
    seen_version = models.PositiveIntegerField()
    state = models.TextField(choices=BulkRowState, default=BulkRowState.WAITING)
    refusal = models.TextField(default="", blank=True)
    decision = models.OneToOneField(
        "cases.Decision", models.PROTECT, null=True, related_name="bulk_row"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bulk", "case"], name="bulk_row_once_per_case"),
            models.UniqueConstraint(fields=["bulk", "position"], name="bulk_row_position_once"),
            models.CheckConstraint(
                condition=Q(state__in=BulkRowState.values), name="bulk_row_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[BulkRowState.DECIDED, BulkRowState.UNDONE])
                | Q(decision__isnull=False),
                name="bulk_row_decided_has_a_decision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bulk_id} {self.position}: {self.state}"
