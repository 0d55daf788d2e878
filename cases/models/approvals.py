"""Decisions that wait for a second person."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from cases.enums import Action, ApprovalAnswer, ApprovalCause, Confidence, Outcome
from reviewapp.kernel.ids import uuid7


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def waiting(self) -> "ApprovalQuerySet":
        return self.filter(answered_at=None)


class Approval(models.Model):
    """What somebody would decide on a case, or on many at once, and what a second person said.

    The verdict stands here until it is approved; only then is there a Decision.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(
        "cases.Case", models.PROTECT, null=True, related_name="approvals", db_index=False
    )
    bulk = models.OneToOneField("cases.Bulk", models.PROTECT, null=True, related_name="approval")
    causes = ArrayField(models.TextField(choices=ApprovalCause))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()

    # The verdict on a case. A bulk keeps its own.
    outcome = models.TextField(choices=Outcome, default="", blank=True)
    action = models.TextField(choices=Action, default="", blank=True)
    # A ban for a time: how long from its approval, or until which moment.
    lasts = models.DurationField(null=True)
    until = models.DateTimeField(null=True)
    confidence = models.TextField(choices=Confidence, default="", blank=True)
    clauses = models.ManyToManyField("cases.PolicyClause", related_name="+")
    rationale_sealed = models.BinaryField(null=True)
    reason_sealed = models.BinaryField(null=True)
    locale = models.TextField(default="", blank=True)
    # Items of evidence by identity: [[source, id, occurred_at]].
    cited = models.JSONField(default=list)

    answer = models.TextField(choices=ApprovalAnswer, default="", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)
    decision = models.OneToOneField(
        "cases.Decision", models.PROTECT, null=True, related_name="approval"
    )

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(answered_at=None), name="one_open_approval_per_case"
            ),
            models.CheckConstraint(
                condition=Q(case__isnull=False, bulk=None) | Q(case=None, bulk__isnull=False),
                name="approval_is_of_a_case_or_of_a_bulk",
            ),
            models.CheckConstraint(
                condition=Q(causes__contained_by=ApprovalCause.values) & Q(causes__len__gte=1),
                name="approval_has_causes",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_by=None, answered_at=None)
                | (Q(answer=ApprovalAnswer.WITHDRAWN) & Q(answered_at__isnull=False))
                | (
                    Q(answer__in=[ApprovalAnswer.APPROVED, ApprovalAnswer.SENT_BACK])
                    & Q(answered_at__isnull=False)
                    & Q(answered_by__isnull=False)
                    & ~Q(answered_by=F("asked_by"))
                ),
                name="approval_is_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(decision=None) | Q(answer=ApprovalAnswer.APPROVED),
                name="only_the_approved_is_decided",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at", "id"],
                name="approval_waiting",
                condition=Q(answered_at=None),
            ),
            models.Index(fields=["case"], name="approval_of_case", condition=Q(case__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.case_id or self.bulk_id}: {self.answer or 'waiting'}"
