"""Clocks: by when something is owed on a ticket, and whether it was kept."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q

from appeals.enums import ClockName, Jurisdiction, SlaKind
from appeals.models.tickets import OF_A_TICKET, Ticket, one_of
from reviewapp.kernel.ids import uuid7

if TYPE_CHECKING:
    from reviewapp.staff.models import User

RUN = (ClockName.ACK, ClockName.ACT, ClockName.RESOLVE)


class ClockQuerySet(models.QuerySet["Clock"]):
    def visible_to(self, user: "User") -> "ClockQuerySet":
        """Those of tickets that `user` may read."""
        allowed = Q(pk=None)
        if user.may("read_appeals"):
            allowed |= Q(appeal__isnull=False)
        if user.may("read_grievances"):
            allowed |= Q(appeal=None)
        return self.filter(allowed)

    def running(self) -> "ClockQuerySet":
        """Those whose thing is still owed, paused ones included."""
        return self.filter(met_at=None, stopped_at=None)

    def owed(self) -> "ClockQuerySet":
        """Without those that stopped: of a ticket that was withdrawn or a duplicate."""
        return self.filter(stopped_at=None)

    def kept(self) -> "ClockQuerySet":
        return self.owed().filter(met_at__lte=F("due_at"))

    def broken(self, *, now: datetime) -> "ClockQuerySet":
        late = Q(met_at__gt=F("due_at"))
        return self.owed().filter(late | Q(met_at=None, paused_at=None, due_at__lt=now))


class Clock(models.Model):
    """One thing that is owed on a ticket, by when, under which rule."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    appeal = models.ForeignKey(
        "appeals.Appeal", models.PROTECT, null=True, related_name="clocks", db_index=False
    )
    grievance = models.ForeignKey(
        "appeals.Grievance", models.PROTECT, null=True, related_name="clocks", db_index=False
    )
    order = models.ForeignKey(
        "appeals.Order", models.PROTECT, null=True, related_name="clocks", db_index=False
    )
    # As on its ticket when it began: whose rules, and for what kind of request.
    jurisdiction = models.TextField(choices=Jurisdiction)
    kind = models.TextField(choices=SlaKind)
    name = models.TextField(choices=ClockName)
    # Null where an order sets its own time.
    rule = models.ForeignKey(
        "appeals.SlaRule", models.PROTECT, null=True, related_name="+", db_index=False
    )
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)
    # No longer owed.
    stopped_at = models.DateTimeField(null=True)
    # Standing still since then; `due_at` moves by the pause when it ends.
    paused_at = models.DateTimeField(null=True)
    paused_for = models.DurationField(default=timedelta)
    # When the people concerned were told that it soon runs out, and that it has.
    warned_at = models.DateTimeField(null=True)
    broken_told_at = models.DateTimeField(null=True)

    objects: ClassVar = ClockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=one_of(*OF_A_TICKET), name="clock_is_of_one_ticket"),
            models.CheckConstraint(condition=Q(name__in=RUN), name="clock_name_is_known"),
            models.CheckConstraint(
                condition=Q(jurisdiction__in=Jurisdiction.values),
                name="clock_jurisdiction_is_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=SlaKind.values), name="clock_kind_is_known"
            ),
            *(
                models.UniqueConstraint(
                    fields=[ticket, "name"],
                    condition=Q(**{f"{ticket}__isnull": False}),
                    name=f"one_clock_of_a_name_per_{ticket}",
                )
                for ticket in OF_A_TICKET
            ),
            models.CheckConstraint(
                condition=Q(met_at=None) | Q(stopped_at=None), name="clock_is_met_or_stopped"
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None) | Q(met_at=None, stopped_at=None),
                name="clock_at_its_end_is_not_paused",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("started_at")), name="clock_is_due_after_its_start"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="clock_running_out",
                condition=Q(met_at=None, stopped_at=None, paused_at=None),
            ),
            models.Index(
                fields=["due_at"],
                name="clock_to_acknowledge",
                condition=Q(name=ClockName.ACK, met_at=None, stopped_at=None),
            ),
            # Alone enough to say what was kept and broken: see appeals.keeping.
            models.Index(
                fields=["jurisdiction", "due_at"],
                include=["kind", "name", "met_at", "stopped_at", "paused_at"],
                name="clock_by_month",
            ),
            models.Index(
                fields=["jurisdiction", "due_at"],
                include=["kind", "name", "met_at", "paused_at"],
                name="clock_broken",
                condition=Q(stopped_at=None) & (Q(met_at=None) | Q(met_at__gt=F("due_at"))),
            ),
            models.Index(
                fields=["due_at"],
                name="clock_to_be_told_of",
                condition=Q(met_at=None, stopped_at=None, paused_at=None, broken_told_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} by {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def ticket(self) -> Ticket:
        """What it is owed on. Needs that loaded."""
        return self.appeal or self.grievance or self.order  # type: ignore[return-value]

    @property
    def is_running(self) -> bool:
        return self.met_at is None and self.stopped_at is None

    def is_broken(self, *, now: datetime) -> bool:
        """Whether it was met too late, or is owed and overdue. On the very moment is in time."""
        if self.stopped_at is not None or (self.met_at is None and self.paused_at is not None):
            return False
        return (self.met_at or now) > self.due_at

    def left(self, *, now: datetime) -> timedelta:
        """What remains; negative where it is overdue. A paused one keeps what it had."""
        return self.due_at - (self.paused_at or now)
