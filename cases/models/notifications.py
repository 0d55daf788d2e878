"""What affected people are told, and every attempt to tell them."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q

from cases.enums import NEEDING_ATTENTION, NotificationState
from cases.models.attempts import Attempt
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.promises import Promise, PromiseQuerySet

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class NotificationQuerySet(PromiseQuerySet):
    def visible_to(self, user: "User") -> "NotificationQuerySet":
        """Those `user` may read: all for those whose role reads enforcements, else none."""
        return self.all() if user.may("read_enforcements") else self.none()

    def needing_attention(self) -> "NotificationQuerySet":
        return self.filter(state__in=NEEDING_ATTENTION)


class Notification(Promise):
    """A promise to tell the affected person what was decided about their account, and why."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ref = models.TextField()
    account = models.ForeignKey("cases.Account", models.PROTECT, related_name="notifications")
    decision = models.ForeignKey("cases.Decision", models.PROTECT, related_name="notifications")
    # Nobody is told of a restriction before the platform has it.
    enforcement = models.ForeignKey(
        "cases.Enforcement", models.PROTECT, null=True, related_name="notifications"
    )
    locale = models.TextField()
    subject = models.TextField()
    text_sealed = models.BinaryField()
    state = models.TextField(choices=NotificationState, default=NotificationState.WAITING)
    requested_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    detail = models.TextField(default="", blank=True)

    objects: ClassVar = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ref"], name="notification_ref_once"),
            models.CheckConstraint(
                condition=Q(state__in=NotificationState.values), name="notification_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=NotificationState.WAITING) | Q(enforcement__isnull=False),
                name="notification_waits_for_an_enforcement",
            ),
            models.CheckConstraint(
                condition=~Q(state=NotificationState.SENT) | Q(sent_at__isnull=False),
                name="notification_sent_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                F("due_at"),
                name="notification_due",
                condition=Q(state__in=[NotificationState.REQUESTED, NotificationState.RETRYING]),
            ),
            models.Index(
                F("requested_at").desc(),
                F("id"),
                name="notification_attention",
                condition=Q(state__in=NEEDING_ATTENTION),
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    def text(self) -> str:
        """What the person is told. Needs `account` loaded."""
        return self.account.unseal(self.text_sealed, context="notification.text")

    @property
    def needs_attention(self) -> bool:
        return self.state in NEEDING_ATTENTION


class NotificationAttempt(Attempt):
    """One call to the platform to pass a notification on."""

    notification = models.ForeignKey(
        Notification, models.PROTECT, related_name="attempts", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "number"], name="notification_attempt_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} attempt {self.number}"
