"""Orders of a committee, a court or a government, and how they were complied with."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from appeals.enums import OrderKind
from appeals.models.tickets import Keyed, Ticket, TicketQuerySet

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class OrderQuerySet(TicketQuerySet):
    def visible_to(self, user: "User") -> "OrderQuerySet":
        """The orders `user` may read: all for those whose role reads grievances, else none."""
        return self.all() if user.may("read_grievances") else self.none()

    def complied(self) -> "OrderQuerySet":
        return self.filter(complied_at__isnull=False)


class Order(Keyed, Ticket):
    """What an authority told us to do, with its own clock; closed when we did it, or declined."""

    kind = models.TextField(choices=OrderKind)
    # Who ordered, and their own number for it.
    issued_by = models.TextField()
    number = models.TextField(default="", blank=True)
    text_sealed = models.BinaryField()
    account = models.ForeignKey("cases.Account", models.PROTECT, null=True, related_name="orders")
    grievance = models.ForeignKey(
        "appeals.Grievance", models.PROTECT, null=True, related_name="orders"
    )
    # Where the order itself sets its time; it goes before any rule.
    states_due_at = models.DateTimeField(null=True)
    complied_at = models.DateTimeField(null=True)
    complied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    # What was decided on the account because of it; none where it asks for something else.
    decision = models.ForeignKey("cases.Decision", models.PROTECT, null=True, related_name="orders")
    # How it was complied with, or why not.
    outcome_sealed = models.BinaryField(null=True)

    objects: ClassVar = OrderQuerySet.as_manager()

    class Meta(Ticket.Meta):
        constraints = [
            *Ticket.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind__in=OrderKind.values), name="order_kind_is_known"
            ),
            models.CheckConstraint(condition=~Q(issued_by=""), name="order_says_who_ordered"),
            models.CheckConstraint(
                condition=Q(complied_at=None, complied_by=None, decision=None)
                | Q(
                    complied_at__isnull=False,
                    complied_by__isnull=False,
                    closed_at=F("complied_at"),
                ),
                name="complied_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(outcome_sealed__isnull=False),
                name="closed_order_says_how",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_or_never", "id"],
                name="order_by_due",
                condition=Q(closed_at=None),
            ),
            models.Index(
                fields=["held_by"], name="order_of_holder", condition=Q(held_by__isnull=False)
            ),
            models.Index(fields=["received_at"], name="order_received"),
        ]

    def text(self) -> str:
        return self.unseal(self.text_sealed, context="order.text")

    def outcome(self) -> str:
        return self.unseal(self.outcome_sealed, context="order.outcome")
