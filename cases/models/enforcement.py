"""What the platform is asked to do to an account, and every attempt to ask."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from cases.enums import BANS, NEEDING_ATTENTION, STANDING, UNDELIVERED, Action, EnforcementState
from cases.models.attempts import Attempt
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.promises import Promise, PromiseQuerySet

if TYPE_CHECKING:
    from reviewapp.staff.models import User

# Which new action takes the place of which undelivered, never attempted one. A ban makes
# anything milder pointless; nothing milder ever takes the place of a ban.
SUPERSEDES: dict[str, frozenset[str]] = {
    Action.WARN: frozenset({Action.WARN}),
    Action.RATE_LIMIT: frozenset({Action.RATE_LIMIT}),
    Action.GROUP_CREATE_BLOCK: frozenset({Action.GROUP_CREATE_BLOCK}),
    Action.FEATURE_LIMIT: frozenset({Action.FEATURE_LIMIT}),
    Action.TEMPORARY_BAN: frozenset(
        {
            Action.WARN,
            Action.RATE_LIMIT,
            Action.GROUP_CREATE_BLOCK,
            Action.FEATURE_LIMIT,
            Action.TEMPORARY_BAN,
        }
    ),
    Action.PERMANENT_BAN: frozenset(Action) - {Action.LIFT, Action.REGISTRATION_BLOCK},
    Action.REGISTRATION_BLOCK: frozenset({Action.REGISTRATION_BLOCK}),
    Action.LIFT: frozenset(),
}


# Which action is milder than which: all that come before it in the list of actions.
MILDER: dict[str, frozenset[str]] = {
    Action.WARN: frozenset(),
    Action.RATE_LIMIT: frozenset({Action.WARN}),
    Action.GROUP_CREATE_BLOCK: frozenset({Action.WARN, Action.RATE_LIMIT}),
    Action.FEATURE_LIMIT: frozenset({Action.WARN, Action.RATE_LIMIT, Action.GROUP_CREATE_BLOCK}),
    Action.TEMPORARY_BAN: frozenset(
        {Action.WARN, Action.RATE_LIMIT, Action.GROUP_CREATE_BLOCK, Action.FEATURE_LIMIT}
    ),
    Action.PERMANENT_BAN: frozenset(Action)
    - {Action.PERMANENT_BAN, Action.REGISTRATION_BLOCK, Action.LIFT},
    Action.REGISTRATION_BLOCK: frozenset(Action) - {Action.REGISTRATION_BLOCK, Action.LIFT},
    Action.LIFT: frozenset(),
}
# Ended before anything was sent.
GAVE_WAY = [EnforcementState.SUPERSEDED, EnforcementState.CANCELLED]
REACHED = [EnforcementState.ACKNOWLEDGED, EnforcementState.APPLIED]


class EnforcementQuerySet(PromiseQuerySet):
    def visible_to(self, user: "User") -> "EnforcementQuerySet":
        """Those `user` may read: all for those whose role reads enforcements, else none."""
        return self.all() if user.may("read_enforcements") else self.none()

    def standing(self) -> "EnforcementQuerySet":
        """In force, or on the way to it. A warning is shown once and does not stand."""
        return self.filter(state__in=STANDING).exclude(action__in=[Action.LIFT, Action.WARN])

    def with_lift(self) -> "EnforcementQuerySet":
        """Each says in `is_being_lifted` whether its lift is promised and not confirmed yet."""
        lifts = Enforcement.objects.filter(lifts=OuterRef("pk"), state__in=STANDING)
        return self.annotate(is_being_lifted=Exists(lifts))

    def in_force(self) -> "EnforcementQuerySet":
        return self.filter(state=EnforcementState.APPLIED).exclude(
            action__in=[Action.LIFT, Action.WARN]
        )

    def bans(self) -> "EnforcementQuerySet":
        return self.filter(action__in=BANS)

    def expired(self, *, now: datetime) -> "EnforcementQuerySet":
        """Past their end, and at the platform: applied, or taken and never confirmed."""
        return self.filter(state__in=REACHED, until__lte=now).exclude(
            action__in=[Action.LIFT, Action.WARN]
        )

    def under_way(self) -> "EnforcementQuerySet":
        """Not at the platform yet, or taken by it and not confirmed."""
        return self.filter(state__in=[*UNDELIVERED, EnforcementState.ACKNOWLEDGED])

    def needing_attention(self) -> "EnforcementQuerySet":
        return self.filter(state__in=NEEDING_ATTENTION)


# Note [One in flight per account]
# An enforcement is in flight from its lease until its attempt is marked, which clears
# `leased_until`. A killed worker's stays leased, past its time, so only the same row can be
# leased again; the account's later ones wait. Together with the sequence, which the platform
# obeys only upwards, a late ban can never land after its lift.


class Enforcement(Promise):
    """A promise to have something done to an account on the platform."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ref = models.TextField()
    account = models.ForeignKey(
        "cases.Account", models.PROTECT, related_name="enforcements", db_index=False
    )
    decision = models.ForeignKey("cases.Decision", models.PROTECT, related_name="enforcements")
    sequence = models.BigIntegerField()
    action = models.TextField(choices=Action)
    policy = models.TextField(default="", blank=True)
    until = models.DateTimeField(null=True)
    lifts = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="lifted_by", db_index=False
    )
    # Because of which decision it was never sent. It comes back if that one is withdrawn.
    gave_way_to = models.ForeignKey(
        "cases.Decision", models.PROTECT, null=True, related_name="+", db_index=False
    )
    state = models.TextField(choices=EnforcementState, default=EnforcementState.REQUESTED)
    requested_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    detail = models.TextField(default="", blank=True)

    objects: ClassVar = EnforcementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ref"], name="enforcement_ref_once"),
            models.UniqueConstraint(
                fields=["account", "sequence"], name="enforcement_sequence_once_per_account"
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(leased_until__isnull=False),
                name="one_enforcement_in_flight_per_account",
            ),
            models.CheckConstraint(
                condition=Q(state__in=EnforcementState.values), name="enforcement_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(action__in=Action.values), name="enforcement_action_is_known"
            ),
            models.CheckConstraint(
                condition=(Q(action=Action.LIFT) & Q(lifts__isnull=False))
                | (~Q(action=Action.LIFT) & Q(lifts=None)),
                name="lift_names_what_it_lifts",
            ),
            models.CheckConstraint(
                condition=~Q(state=EnforcementState.APPLIED) | Q(applied_at__isnull=False),
                name="applied_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(leased_until=None) | Q(state__in=sorted(UNDELIVERED)),
                name="only_undelivered_is_in_flight",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=GAVE_WAY) | Q(attempts_made=0),
                name="what_gave_way_was_never_attempted",
            ),
            models.CheckConstraint(
                condition=Q(gave_way_to=None) | Q(state__in=GAVE_WAY),
                name="only_the_ended_gave_way",
            ),
        ]
        indexes = [
            models.Index(
                F("due_at"), name="enforcement_due", condition=Q(state__in=sorted(UNDELIVERED))
            ),
            models.Index(
                F("until"),
                name="enforcement_expiring",
                condition=Q(state__in=REACHED, until__isnull=False),
            ),
            models.Index(
                F("requested_at").desc(),
                F("id"),
                name="enforcement_attention",
                condition=Q(state__in=NEEDING_ATTENTION),
            ),
            models.Index(
                fields=["lifts"], name="enforcement_lift_of", condition=Q(lifts__isnull=False)
            ),
            models.Index(F("requested_at").desc(), F("id").desc(), name="enforcement_newest"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def needs_attention(self) -> bool:
        return self.state in NEEDING_ATTENTION


class EnforcementAttempt(Attempt):
    """One call to ask the platform for an enforcement."""

    enforcement = models.ForeignKey(
        Enforcement, models.PROTECT, related_name="attempts", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enforcement", "number"], name="attempt_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.enforcement_id} attempt {self.number}"
