"""Decisions: reasoned outcomes, by a person or by automation. Added to, never edited."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cases.enums import Action, Confidence, Maker, Outcome, Upon
from reviewapp.kernel.appendonly import AppendOnly, AppendOnlyQuerySet
from reviewapp.kernel.ids import uuid7

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class DecisionQuerySet(AppendOnlyQuerySet):
    def standing(self) -> "DecisionQuerySet":
        """Those that nobody took back in their grace."""
        return self.filter(withdrawal=None)


class Decision(AppendOnly):
    """A reasoned outcome on an account. An undoing is another decision that points here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ref = models.TextField()
    account = models.ForeignKey("cases.Account", models.PROTECT, related_name="decisions")
    # Automated bans have none.
    case = models.ForeignKey(
        "cases.Case", models.PROTECT, null=True, related_name="decisions", db_index=False
    )
    maker = models.TextField(choices=Maker)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    # The second person, where it needed one.
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    outcome = models.TextField(choices=Outcome)
    # Empty where nothing is asked of the platform.
    action = models.TextField(choices=Action, default="", blank=True)
    until = models.DateTimeField(null=True)
    confidence = models.TextField(choices=Confidence, default="", blank=True)
    clauses = models.ManyToManyField("cases.PolicyClause", related_name="+")
    # For colleagues; never shown to the person.
    rationale_sealed = models.BinaryField(null=True)
    # What the person is told.
    reason_sealed = models.BinaryField(null=True)
    undoes = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="undone_by", db_index=False
    )
    # Empty where it was undone with the bulk that it came from.
    upon = models.TextField(choices=Upon, default="", db_default="", blank=True)
    user_reports_before = models.PositiveIntegerField(null=True)
    decided_at = models.DateTimeField()
    # Until then it can be withdrawn as if it had never been; null where it took effect at once,
    # or as part of a bulk, which says so for all of its decisions.
    effective_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    objects: ClassVar = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | (Q(decided_by__isnull=False) & ~Q(approved_by=F("decided_by"))),
                name="nobody_approves_their_own",
            ),
            models.UniqueConstraint(fields=["ref"], name="decision_ref_once"),
            models.UniqueConstraint(
                fields=["undoes"], condition=Q(undoes__isnull=False), name="decision_undone_once"
            ),
            models.CheckConstraint(
                condition=Q(upon="") | Q(upon__in=Upon.values, undoes__isnull=False),
                name="upon_what_is_said_of_an_undoing",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="decision_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=Q(maker__in=Maker.values), name="decision_maker_is_known"
            ),
            models.CheckConstraint(
                condition=Q(action="") | Q(action__in=Action.values),
                name="decision_action_is_known",
            ),
            models.CheckConstraint(
                condition=(Q(maker=Maker.AUTOMATED) & Q(decided_by=None))
                | (~Q(maker=Maker.AUTOMATED) & Q(decided_by__isnull=False)),
                name="decision_has_a_person_unless_automated",
            ),
            models.CheckConstraint(
                condition=Q(action__in=["", Action.LIFT]) | Q(outcome=Outcome.VIOLATION),
                name="restriction_needs_a_violation",
            ),
            models.CheckConstraint(
                condition=(Q(action=Action.TEMPORARY_BAN) & Q(until__gt=F("decided_at")))
                | (
                    ~Q(
                        action__in=[
                            Action.TEMPORARY_BAN,
                            Action.RATE_LIMIT,
                            Action.FEATURE_LIMIT,
                            Action.GROUP_CREATE_BLOCK,
                        ]
                    )
                    & Q(until=None)
                )
                | (
                    Q(
                        action__in=[
                            Action.RATE_LIMIT,
                            Action.FEATURE_LIMIT,
                            Action.GROUP_CREATE_BLOCK,
                        ]
                    )
                ),
                name="temporary_ban_has_an_end_and_permanent_none",
            ),
        ]
        indexes = [
            models.Index(
                fields=["decided_by", "-decided_at", "-id"],
                name="decision_of_person",
                condition=Q(decided_by__isnull=False),
            ),
            models.Index(fields=["case"], name="decision_of_case", condition=Q(case__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.ref

    def rationale(self) -> str:
        return self.account.unseal(self.rationale_sealed, context="decision.rationale")

    def reason(self) -> str:
        return self.account.unseal(self.reason_sealed, context="decision.reason")

    @property
    def is_withdrawn(self) -> bool:
        """Needs `withdrawal` loaded."""
        return hasattr(self, "withdrawal")

    def may_be_withdrawn(self, *, by: "User", at: datetime) -> bool:
        """Whether the page should offer it: by whoever made or approved it, in its grace."""
        return (
            by.pk in (self.decided_by_id, self.approved_by_id)
            and self.effective_at is not None
            and at < self.effective_at
            and not self.is_withdrawn
        )


class Citation(AppendOnly):
    """An evidence item that a decision rests on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="citations", db_index=False)
    evidence_source = models.ForeignKey(
        "staff.Source", models.PROTECT, related_name="+", db_index=False
    )
    evidence_id = models.UUIDField()
    occurred_at = models.DateTimeField()

    class Meta:
        # A composite foreign key to the evidence item stands in the migration.
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "evidence_source", "evidence_id"], name="citation_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} cites {self.evidence_id}"


class Withdrawal(AppendOnly):
    """A decision taken back before anything of it had happened."""

    decision = models.OneToOneField(
        Decision, models.PROTECT, related_name="withdrawal", primary_key=True
    )
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    withdrawn_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.decision_id} withdrawn"
