"""Mail to colleagues about clocks: what soon runs out, and what has."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.promises import Promise, PromiseQuerySet


class Reminder(Promise):
    """A promise to mail one colleague about clocks of tickets that are theirs to answer.

    Unlike a letter to a person it may come twice and do no harm.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    # Clocks that soon run out, and that have.
    soon = ArrayField(models.UUIDField(), default=list)
    over = ArrayField(models.UUIDField(), default=list)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects: ClassVar = PromiseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(soon=[]) | ~Q(over=[]), name="reminder_is_of_something"
            ),
        ]
        indexes = [
            models.Index(F("due_at"), name="reminder_due", condition=Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{len(self.over)} over, {len(self.soon)} soon"
