"""The time limits of law and house, each with the days from and to which it holds."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from appeals.enums import ClockName, Jurisdiction, SlaKind

# ISO 8601 in the one unit that a rule of law names: hours, days or months.
LIMIT = r"^(PT[1-9][0-9]{0,3}H|P[1-9][0-9]{0,3}D|P[1-9][0-9]{0,2}M)$"


class SlaRuleQuerySet(models.QuerySet["SlaRule"]):
    def in_force(self, *, on: date) -> "SlaRuleQuerySet":
        """Those that hold on a day of their jurisdiction's calendar."""
        return self.filter(Q(effective_to=None) | Q(effective_to__gte=on), effective_from__lte=on)


class SlaRule(models.Model):
    """For a kind of request, how long one thing may take there, and since when."""

    jurisdiction = models.TextField(choices=Jurisdiction)
    kind = models.TextField(choices=SlaKind)
    clock = models.TextField(choices=ClockName)
    # ISO 8601: PT24H runs in wall time, P15D and P6M on the calendar.
    limit = models.TextField()
    # Days in the jurisdiction's zone, both included.
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    # Whether it stands still while the person is asked something.
    pauses = models.BooleanField(default=False)
    basis = models.TextField()

    objects: ClassVar = SlaRuleQuerySet.as_manager()

    class Meta:
        ordering = ["jurisdiction", "kind", "clock", "effective_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(jurisdiction__in=Jurisdiction.values), name="rule_jurisdiction_is_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=SlaKind.values), name="rule_kind_is_known"),
            models.CheckConstraint(
                condition=Q(clock__in=ClockName.values), name="rule_clock_is_known"
            ),
            models.CheckConstraint(condition=Q(limit__regex=LIMIT), name="rule_limit_is_one_unit"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
                name="rule_ends_after_it_begins",
            ),
            # One rule at a time is an exclusion constraint, in the migration.
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.kind} {self.clock} {self.limit}"

    @property
    def name(self) -> str:
        """What the ledger calls it: `IN GENERAL RESOLVE from 2026-02-20`."""
        return (
            f"{self.jurisdiction} {self.kind} {self.clock} from {self.effective_from.isoformat()}"
        )
