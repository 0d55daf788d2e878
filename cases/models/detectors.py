"""Detectors, what they fired on, and what people made of it."""

import json
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from cases.enums import LabelSource, LabelValue, Stage, Verdict
from reviewapp.kernel.appendonly import AppendOnly, AppendOnlyQuerySet
from reviewapp.kernel.ids import uuid7


class Detector(models.Model):
    """A rule or model that fires on accounts. It belongs to the source that first used it."""

    name = models.TextField(unique=True)
    source = models.ForeignKey("staff.Source", models.PROTECT, related_name="detectors")
    first_seen_at = models.DateTimeField()
    # Until somebody has looked at it, a detector is shown to admins as new.
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class DetectionQuerySet(AppendOnlyQuerySet):
    def newest_first(self) -> "DetectionQuerySet":
        return self.order_by("-received_at", "-id")

    # Loading

    def for_case_file(self) -> "DetectionQuerySet":
        return self.select_related("detector", "account").newest_first()


class Detection(AppendOnly):
    """A version of a detector firing on an account, with its score and signals."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey("staff.Source", models.PROTECT, related_name="+", db_index=False)
    sender_id = models.TextField()
    digest = models.BinaryField()
    account = models.ForeignKey(
        "cases.Account", models.PROTECT, related_name="detections", db_index=False
    )
    detector = models.ForeignKey(
        Detector, models.PROTECT, related_name="detections", db_index=False
    )
    version = models.TextField()
    stage = models.TextField(choices=Stage)
    score = models.FloatField()
    policy = models.TextField()
    verdict = models.TextField(choices=Verdict)
    # Reports by users that the detector knew of when it fired; null where it did not say.
    user_reports_before = models.PositiveIntegerField(null=True)
    # [{name, value, threshold, unit, observed_at}]: always read with their detection.
    signals = models.JSONField(default=list)
    reasons_sealed = models.BinaryField(null=True)
    # A REVIEW detection of an open case; null where it opened none (the account was banned).
    case = models.ForeignKey(
        "cases.Case", models.PROTECT, null=True, related_name="detections", db_index=False
    )
    # The clearing that stood when it came: because of which a REVIEW opened no case, or in spite
    # of which automation acted.
    clearing = models.ForeignKey(
        "cases.Clearing", models.PROTECT, null=True, related_name="detections", db_index=False
    )
    # An ENFORCED detection's own decision.
    decision = models.ForeignKey(
        "cases.Decision", models.PROTECT, null=True, related_name="+", db_index=False
    )
    received_at = models.DateTimeField()

    objects: ClassVar = DetectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "sender_id"], name="detection_once_per_source"
            ),
            models.CheckConstraint(
                condition=Q(score__gte=0) & Q(score__lte=1), name="detection_score_in_unit_range"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=Stage.values), name="detection_stage_is_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="detection_verdict_is_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.REVIEW, decision=None)
                | Q(verdict=Verdict.ENFORCED, case=None, decision__isnull=False),
                name="review_queues_and_enforced_decides",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "received_at"], name="detection_of_account"),
            models.Index(
                fields=["case"], name="detection_of_case", condition=Q(case__isnull=False)
            ),
            models.Index(
                fields=["clearing"],
                name="detection_held_back",
                condition=Q(clearing__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.detector_id}@{self.version} on {self.account_id}"

    def reasons(self) -> list[str]:
        """The detector's own sentences. Needs `account` loaded."""
        text = self.account.unseal(self.reasons_sealed, context="detection.reasons")
        reasons: list[str] = json.loads(text) if text else []
        return reasons

    def signal_values(self) -> list[dict[str, Any]]:
        return list(self.signals)


class Label(AppendOnly):
    """What people said of a detection. Later labels of the same detection win."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    detection = models.ForeignKey(Detection, models.PROTECT, related_name="labels")
    value = models.TextField(choices=LabelValue)
    source = models.TextField(choices=LabelSource)
    decision = models.ForeignKey("cases.Decision", models.PROTECT, null=True, related_name="labels")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(value__in=LabelValue.values), name="label_value_is_known"
            ),
            models.CheckConstraint(
                condition=Q(source__in=LabelSource.values), name="label_source_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.detection_id}: {self.value}"


class AgreementCount(models.Model):
    """A version of a detector, and how often people agreed with it: kept with each label."""

    detector = models.ForeignKey(Detector, models.PROTECT, related_name="agreement")
    version = models.TextField()
    # Of its first detection; null where a label came before this was kept.
    first_seen_at = models.DateTimeField(null=True)
    stage = models.TextField(choices=Stage, default="", blank=True)
    agreed = models.BigIntegerField(default=0)
    decided = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["detector", "version"], name="agreement_once_per_version"
            ),
            models.CheckConstraint(
                condition=Q(agreed__gte=0) & Q(agreed__lte=F("decided")),
                name="agreed_is_a_part_of_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.detector_id}@{self.version}: {self.agreed} of {self.decided}"
