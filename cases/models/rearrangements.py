"""What a change of the queues asks of the cases that wait in them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.enums import DueDates, RearrangementKind
from reviewapp.kernel.ids import uuid7


class RearrangementQuerySet(models.QuerySet["Rearrangement"]):
    def unfinished(self) -> "RearrangementQuerySet":
        return self.filter(finished_at=None)


class Rearrangement(models.Model):
    """Waiting cases on their way to where the queues' settings now put them.

    Promised with the change, carried out by a worker in steps, each of which is a transaction
    and moves `reached` on.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.TextField(choices=RearrangementKind)
    # The queue whose cases get another place; null where cases go to other queues.
    queue = models.ForeignKey(
        "cases.Queue", models.PROTECT, null=True, related_name="+", db_index=False
    )
    due_dates = models.TextField(choices=DueDates, default="", blank=True)
    # The queues and rules before and after; see cases.routing.Layout.
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()

    # The last case that was looked at, in the order of opening.
    reached_at = models.DateTimeField(null=True)
    reached_id = models.UUIDField(null=True)
    expected = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    # When the queue was gone through once more; see Note [A second look] in cases.rearranging.
    looked_again_at = models.DateTimeField(null=True)

    objects = RearrangementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "queue"],
                condition=Q(finished_at=None),
                nulls_distinct=False,
                name="one_rearrangement_of_a_kind_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(kind=RearrangementKind.REORDER, queue__isnull=False)
                & Q(due_dates__in=DueDates.values)
                | Q(kind=RearrangementKind.MOVE, queue=None, due_dates=""),
                name="rearrangement_is_of_a_queue_or_between_queues",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="rearrangement_to_do",
                condition=Q(looked_again_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.queue_id or ''}: {self.seen} of {self.expected}"
