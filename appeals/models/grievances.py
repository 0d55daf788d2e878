"""Grievances: complaints under Rule 3(2) and what came of them."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from appeals.enums import (
    ACTIONED,
    GrievanceCategory,
    GrievanceResolution,
    GrievanceState,
    NoAppeal,
    RuleKind,
)
from appeals.models.tickets import Keyed, Ticket, TicketQuerySet

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class GrievanceQuerySet(TicketQuerySet):
    def visible_to(self, user: "User") -> "GrievanceQuerySet":
        """The grievances `user` may read: all for those whose role reads them, else none."""
        return self.all() if user.may("read_grievances") else self.none()

    def actioned(self) -> "GrievanceQuerySet":
        """Those that led to an account being banned or restored: derived, never typed."""
        return self.filter(resolution__in=ACTIONED)


class Grievance(Keyed, Ticket):
    """A complaint with a ticket number and clocks. It may contain an appeal."""

    account = models.ForeignKey(
        "cases.Account", models.PROTECT, null=True, related_name="grievances"
    )
    category = models.TextField(choices=GrievanceCategory)
    rule_kind = models.TextField(choices=RuleKind, default=RuleKind.GENERAL)
    state = models.TextField(choices=GrievanceState, default=GrievanceState.OPEN)
    # When whoever wrote showed that the account is theirs; null where they only named it.
    identity_checked_at = models.DateTimeField(null=True)
    # When a worker found no way to write to the person: colleagues acknowledge it themselves.
    unreachable_at = models.DateTimeField(null=True)
    # The appeal that it contains, or joined.
    appeal = models.ForeignKey(
        "appeals.Appeal", models.PROTECT, null=True, related_name="grievances"
    )
    # Of one that asks for a ban to be lifted and has no appeal; empty where it never asked.
    no_appeal = models.TextField(choices=NoAppeal, default="", blank=True)
    resolution = models.TextField(choices=GrievanceResolution, default="", blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    # By which an account was banned or restored: what "actioned" rests on.
    decision = models.ForeignKey(
        "cases.Decision", models.PROTECT, null=True, related_name="grievances"
    )
    duplicate_of = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="duplicates", db_index=False
    )
    # What the person was answered.
    answer_sealed = models.BinaryField(null=True)

    objects: ClassVar = GrievanceQuerySet.as_manager()

    class Meta(Ticket.Meta):
        constraints = [
            *Ticket.Meta.constraints,
            models.CheckConstraint(
                condition=Q(category__in=GrievanceCategory.values),
                name="grievance_category_is_known",
            ),
            models.CheckConstraint(
                condition=Q(rule_kind__in=RuleKind.values), name="grievance_rule_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    state=GrievanceState.RESOLVED,
                    resolution__in=GrievanceResolution.values,
                    closed_at__isnull=False,
                )
                | (
                    Q(
                        state__in=[
                            GrievanceState.OPEN,
                            GrievanceState.AWAITING_USER,
                            GrievanceState.IN_APPEAL,
                        ]
                    )
                    & Q(resolution="", closed_at=None)
                ),
                name="grievance_is_closed_when_resolved",
            ),
            models.CheckConstraint(
                condition=~Q(state=GrievanceState.IN_APPEAL) | Q(appeal__isnull=False),
                name="grievance_in_appeal_names_it",
            ),
            models.CheckConstraint(
                condition=Q(resolution__in=ACTIONED, decision__isnull=False, account__isnull=False)
                | (~Q(resolution__in=ACTIONED) & Q(decision=None)),
                name="actioned_rests_on_a_decision",
            ),
            models.CheckConstraint(
                condition=Q(resolution=GrievanceResolution.DUPLICATE, duplicate_of__isnull=False)
                | (~Q(resolution=GrievanceResolution.DUPLICATE) & Q(duplicate_of=None)),
                name="duplicate_names_the_other",
            ),
            models.CheckConstraint(
                condition=~Q(duplicate_of=F("id")), name="grievance_is_not_its_own_duplicate"
            ),
            models.CheckConstraint(
                condition=Q(no_appeal="") | Q(no_appeal__in=NoAppeal.values, appeal=None),
                name="grievance_has_no_appeal_or_one",
            ),
            models.CheckConstraint(
                condition=Q(identity_checked_at=None) | Q(account__isnull=False),
                name="identity_is_checked_against_an_account",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_or_never", "id"],
                name="grievance_by_due",
                condition=Q(closed_at=None),
            ),
            models.Index(
                fields=["state", "due_or_never", "id"],
                name="grievance_by_state",
                condition=Q(closed_at=None),
            ),
            models.Index(
                fields=["held_by"], name="grievance_of_holder", condition=Q(held_by__isnull=False)
            ),
            models.Index(
                F("closed_at").desc(),
                F("id").desc(),
                name="grievance_closed",
                condition=Q(closed_at__isnull=False),
            ),
            models.Index(fields=["received_at"], name="grievance_received"),
            models.Index(
                fields=["contact_index", "received_at"],
                name="grievance_of_contact",
                condition=Q(contact_index__isnull=False),
            ),
        ]

    @property
    def is_actioned(self) -> bool:
        """Whether an account was banned or restored because of it, as reports count."""
        return self.resolution in ACTIONED

    def answer(self) -> str:
        """What the person was answered; empty before, and where a letter of its appeal said it."""
        return self.unseal(self.answer_sealed, context="grievance.answer")
