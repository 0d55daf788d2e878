"""Cases: the unit of an analyst's work."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from cases.enums import CaseOrigin, CaseState, ReservedWhy
from cases.models.queues import PARTS
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.refusals import Refused

if TYPE_CHECKING:
    from cases.models.queues import Queue
    from reviewapp.staff.models import User

# Every move a case can make; a test walks it.
MOVES: dict[str, frozenset[str]] = {
    CaseState.OPEN: frozenset(
        {
            CaseState.AWAITING_INFO,
            CaseState.ESCALATED,
            CaseState.AWAITING_APPROVAL,
            CaseState.DECIDED,
            CaseState.MERGED,
        }
    ),
    CaseState.AWAITING_INFO: frozenset({CaseState.OPEN, CaseState.DECIDED, CaseState.MERGED}),
    CaseState.ESCALATED: frozenset(
        {
            CaseState.OPEN,
            CaseState.AWAITING_INFO,
            CaseState.AWAITING_APPROVAL,
            CaseState.DECIDED,
            CaseState.MERGED,
        }
    ),
    CaseState.AWAITING_APPROVAL: frozenset({CaseState.OPEN, CaseState.DECIDED}),
    # Only while nothing of it has happened yet: a decision withdrawn, a merging taken apart.
    CaseState.DECIDED: frozenset({CaseState.OPEN}),
    CaseState.MERGED: frozenset({CaseState.OPEN}),
}
SETTLED = (CaseState.DECIDED, CaseState.MERGED)
# Neither settled nor waiting in its queue.
SET_ASIDE = (CaseState.AWAITING_INFO, CaseState.ESCALATED, CaseState.AWAITING_APPROVAL)
WAITING_POINTS_PER_HOUR = 0.5
# The columns of a reservation, for those who save one.
RESERVATION = ("reserved_for", "reserved_why", "reserved_until")
NEVER_DUE = date(9999, 12, 31)
# What the queue page narrows its lists by, carried along in the indexes that hold their orders: a
# row that does not fit is passed over without a look at the table. The lists of detectors and
# clauses are not among it, for they have no end and what an index carries has.
NARROWED_BY = ("state", "country", "surface", "contested", "top_score", "due_at")
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


class CannotMove(Refused):
    """This case can't go there from where it is."""


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: "User") -> "CaseQuerySet":
        """The cases `user` may read: all for those whose role reads cases, else none."""
        return self.all() if user.may("read_cases") else self.none()

    def unsettled(self) -> "CaseQuerySet":
        return self.exclude(state__in=SETTLED)

    def open(self) -> "CaseQuerySet":
        return self.filter(state=CaseState.OPEN)

    # Note [Lock first, then read]
    # A statement that waits for a lock goes on with the row as it is by then, but with the rows
    # it had joined before. Has the case come to another queue meanwhile, it no longer fits the
    # joined one and is missing from the answer. So nothing is joined while locking.

    def lock(self, *, no_key: bool = False) -> "CaseQuerySet":
        """Lock these cases in the order of their ids, and answer them as they are then."""
        rows = self.order_by("id").select_for_update(of=("self",), no_key=no_key)
        return Case.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).order_by("id")

    # Loading

    def with_account_and_queue(self) -> "CaseQuerySet":
        return self.select_related("account", "queue")

    def for_lines(self) -> "CaseQuerySet":
        """All that a line of a list says of a case itself."""
        return self.with_account_and_queue().select_related("reserved_for")


# Note [Queue order never moves by itself]
# A case rises by WAITING_POINTS_PER_HOUR for every hour it waits. As that is the same for
# all, the order of any two cases is fixed by priority and opening time alone:
# rank = priority - rate × hours(opened_at). So rank is stored, indexed and never re-priced
# by the clock; only a new detection changes it. Cases with a due date come in tiers by day.


class Case(models.Model):
    """A reason, or several, to look at an account. One is open per account at a time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ref = models.TextField()
    account = models.ForeignKey("cases.Account", models.PROTECT, related_name="cases")
    queue = models.ForeignKey("cases.Queue", models.PROTECT, related_name="cases", db_index=False)
    origin = models.TextField(choices=CaseOrigin, default=CaseOrigin.DETECTOR)
    state = models.TextField(choices=CaseState, default=CaseState.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        "staff.User", models.PROTECT, null=True, related_name="+", db_index=False
    )
    opening_reason_sealed = models.BinaryField(null=True)
    settled_at = models.DateTimeField(null=True)
    follows = models.ForeignKey("self", models.PROTECT, null=True, related_name="followed_by")
    # The case that this one is decided with.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", db_index=False
    )

    # Whom the case waits for, until when, before it is offered to others.
    reserved_for = models.ForeignKey(
        "staff.User", models.PROTECT, null=True, related_name="+", db_index=False
    )
    reserved_until = models.DateTimeField(null=True)
    reserved_why = models.TextField(choices=ReservedWhy, default="", db_default="", blank=True)
    # When a case that waits for information is looked at again though none has come.
    wakes_at = models.DateTimeField(null=True)

    # The parts of the priority, in points; see cases.priority.
    severity_points = models.FloatField(default=0)
    uncertainty_points = models.FloatField(default=0)
    reach_points = models.FloatField(default=0)
    feedback_points = models.FloatField(default=0)
    joined_points = models.FloatField(default=0)
    # Their sum, each weighted as the queue weighs it.
    priority = models.FloatField(default=0, db_default=0)
    rank = models.FloatField()
    due_at = models.DateTimeField(null=True)
    due_tier = models.DateField(default=NEVER_DUE)

    # What the queue page filters by, as of the detections so far.
    detection_count = models.PositiveIntegerField(default=0)
    stages = ArrayField(models.TextField(), default=list)
    detectors = ArrayField(models.TextField(), default=list)
    policies = ArrayField(models.TextField(), default=list)
    top_score = models.FloatField(default=0, db_default=0)
    country = models.TextField(default="")
    surface = models.TextField(default="")
    # The account's latest decision is disagreed with.
    contested = models.BooleanField(default=False, db_default=False)
    # Grows with everything that changes what a decision should know; a form carries it.
    version = models.PositiveIntegerField(default=1)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ref"], name="case_ref_once"),
            models.UniqueConstraint(
                fields=["account"],
                condition=~Q(state__in=SETTLED),
                name="one_open_case_per_account",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CaseState.values), name="case_state_is_known"
            ),
            models.CheckConstraint(
                condition=(Q(settled_at=None) & ~Q(state__in=SETTLED))
                | (Q(settled_at__isnull=False) & Q(state__in=SETTLED)),
                name="case_settled_has_a_time",
            ),
            # The other way round it may stand: a merged case is decided with the other one.
            models.CheckConstraint(
                condition=~Q(state=CaseState.MERGED) | Q(merged_into__isnull=False),
                name="case_merged_names_the_other",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="case_is_not_merged_into_itself"
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.AWAITING_INFO, wakes_at__isnull=False)
                | (~Q(state=CaseState.AWAITING_INFO) & Q(wakes_at=None)),
                name="case_wakes_only_while_it_waits_for_information",
            ),
            models.CheckConstraint(
                condition=Q(reserved_for=None, reserved_until=None, reserved_why="")
                | Q(reserved_for__isnull=False, reserved_why__in=ReservedWhy.values),
                name="case_reserved_says_for_whom_and_why",
            ),
        ]
        indexes = [
            # The orders of the queue page, each for all that are open and for one queue.
            models.Index(
                F("queue"),
                F("due_tier"),
                F("rank").desc(),
                F("id"),
                name="case_queue_order",
                condition=Q(state=CaseState.OPEN),
                include=(*NARROWED_BY, "opened_at"),
            ),
            models.Index(
                F("due_tier"),
                F("rank").desc(),
                F("id"),
                name="case_open_order",
                condition=Q(state=CaseState.OPEN),
                include=(*NARROWED_BY, "opened_at"),
            ),
            models.Index(
                fields=["opened_at", "id"],
                name="case_open_by_opening",
                condition=Q(state=CaseState.OPEN),
                include=(*NARROWED_BY, "due_tier", "rank"),
            ),
            models.Index(
                fields=["queue", "opened_at", "id"],
                name="case_queue_by_opening",
                condition=Q(state=CaseState.OPEN),
                include=(*NARROWED_BY, "due_tier", "rank"),
            ),
            models.Index(
                F("state"),
                F("due_tier"),
                F("rank").desc(),
                F("id"),
                name="case_set_aside_order",
                condition=Q(state__in=SET_ASIDE),
            ),
            models.Index(
                fields=["state", "opened_at", "id"],
                name="case_not_open",
                condition=~Q(state=CaseState.OPEN),
            ),
            models.Index(fields=["opened_at", "id"], name="case_by_opening"),
            # For what few cases have in common, or none: any of it together.
            GinIndex(
                fields=["stages", "detectors", "policies", "country", "surface", "contested"],
                name="case_open_facts",
                condition=Q(state=CaseState.OPEN),
            ),
            GinIndex(
                fields=["stages", "detectors", "policies", "country", "surface", "contested"],
                name="case_not_open_facts",
                condition=~Q(state=CaseState.OPEN),
            ),
            models.Index(
                fields=["top_score"], name="case_open_score", condition=Q(state=CaseState.OPEN)
            ),
            models.Index(
                fields=["reserved_for", "state"],
                name="case_reserved",
                condition=Q(reserved_for__isnull=False),
            ),
            models.Index(
                fields=["wakes_at"], name="case_waking", condition=Q(wakes_at__isnull=False)
            ),
            models.Index(
                fields=["merged_into"],
                name="case_merged_into",
                condition=Q(merged_into__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    # Verbs

    def move_to(self, state: CaseState, *, at: datetime) -> None:
        """Set the state in memory; the journey saves. Raises CannotMove off the table."""
        if state not in MOVES[self.state]:
            here, there = self.get_state_display().lower(), state.label.lower()
            raise CannotMove(f"{self.ref} is {here}; it can't become {there}.")
        self.state = state
        self.settled_at = at if state in SETTLED else None
        if state != CaseState.AWAITING_INFO:
            self.wakes_at = None

    def reserve(self, *, whom: "User", why: ReservedWhy, until: datetime | None) -> None:
        """Keep the case for `whom` in memory; the journey saves RESERVATION."""
        self.reserved_for, self.reserved_why, self.reserved_until = whom, why, until

    def release_reservation(self) -> None:
        self.reserved_for, self.reserved_why, self.reserved_until = None, "", None

    def bring_due_nearer(self) -> None:
        """Due by its queue's hours since the opening; a date once given only comes nearer.

        Needs `queue` loaded.
        """
        if self.queue.due_hours is None:
            return
        due = self.opened_at + timedelta(hours=self.queue.due_hours)
        if self.due_at is None or due < self.due_at:
            self.due_at = due
            self.due_tier = due.date()

    def wait_in(self, queue: "Queue") -> None:
        """Put the case into `queue` in memory, due and priced as it is there; the journey saves."""
        self.queue = queue
        self.bring_due_nearer()
        self.reprice()

    def reprice(self) -> None:
        """Recompute priority and rank from the parts, as the case's queue weighs them.

        See Note [Queue order never moves by itself]. Needs `queue` loaded.
        """
        hours = (self.opened_at - EPOCH).total_seconds() / 3600
        self.priority = sum(
            self.queue.weight_of(part) * getattr(self, f"{part}_points") for part in PARTS
        )
        self.rank = self.priority - WAITING_POINTS_PER_HOUR * hours

    # Questions

    def reserved_from(self, user: "User", *, now: datetime) -> bool:
        """Whether the case still waits for somebody else than `user`."""
        waits = self.reserved_until is None or self.reserved_until > now
        return self.reserved_for_id not in (None, user.pk) and waits

    @property
    def is_settled(self) -> bool:
        return self.state in SETTLED

    def opening_reason(self) -> str:
        return self.account.unseal(self.opening_reason_sealed, context="case.opening_reason")
