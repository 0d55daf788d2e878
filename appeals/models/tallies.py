"""Counts that are kept: reversals of a detector's version, and clocks of months that are over."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from appeals.enums import Jurisdiction


class ReversalTally(models.Model):
    """Of the decisions that rest on a version and were looked at again: how many did not stand."""

    detector = models.ForeignKey("cases.Detector", models.PROTECT, related_name="+", db_index=False)
    version = models.TextField()
    decided = models.PositiveIntegerField(default=0)
    # Because the detector was wrong.
    reversed = models.PositiveIntegerField(default=0)
    # Since when chance does not explain it; null while it does.
    noted_at = models.DateTimeField(null=True)
    # When the owners of detectors were told of that.
    told_at = models.DateTimeField(null=True)

    objects: ClassVar = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["detector", "version"], name="tally_of_version_once"),
            models.CheckConstraint(
                condition=Q(reversed__lte=F("decided")), name="no_more_reversed_than_decided"
            ),
            models.CheckConstraint(
                condition=Q(told_at=None) | Q(noted_at__isnull=False), name="told_of_what_is_noted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reversed} of {self.decided}"


class KeptTally(models.Model):
    """What was kept of the clocks that ran out in a month: see Note [A month that is over]."""

    jurisdiction = models.TextField(choices=Jurisdiction)
    # Its first day, on the calendar of the jurisdiction's zone.
    month = models.DateField()
    # Kind of request, name of the clock, and how many.
    kept = models.JSONField()

    objects: ClassVar = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "month"], name="month_tallied_once"),
            models.CheckConstraint(
                condition=Q(jurisdiction__in=Jurisdiction.values),
                name="tally_jurisdiction_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.month:%Y-%m}"

    def counted(self) -> dict[tuple[str, str], int]:
        return {(kind, name): number for kind, name, number in self.kept}
