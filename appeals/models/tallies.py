"""How often decisions that rest on a detector's version were reversed on appeal."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


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
