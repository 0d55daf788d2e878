"""Appeals: a person's challenge to one enforcement, and what came of it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from appeals.enums import (
    APPEAL_ENDS,
    REVERSALS,
    AppealOutcome,
    AppealState,
    Ground,
    ProposalAnswer,
    ReversalCause,
)
from appeals.models.tickets import HOLD, Ticket, TicketQuerySet
from cases.enums import Action
from reviewapp.kernel.appendonly import AppendOnly
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.refusals import Refused

if TYPE_CHECKING:
    from reviewapp.staff.models import User

# Every move an appeal can make; a test walks it.
MOVES: dict[str, frozenset[str]] = {
    AppealState.OPEN: frozenset(
        {
            AppealState.AWAITING_APPELLANT,
            AppealState.AWAITING_APPROVAL,
            AppealState.DECIDED,
            AppealState.WITHDRAWN,
        }
    ),
    AppealState.OUT_OF_TIME: frozenset(
        {AppealState.OPEN, AppealState.INADMISSIBLE, AppealState.WITHDRAWN}
    ),
    AppealState.AWAITING_APPELLANT: frozenset(
        {AppealState.OPEN, AppealState.DECIDED, AppealState.WITHDRAWN}
    ),
    AppealState.AWAITING_APPROVAL: frozenset(
        {AppealState.OPEN, AppealState.DECIDED, AppealState.WITHDRAWN}
    ),
    AppealState.DECIDED: frozenset(),
    AppealState.WITHDRAWN: frozenset(),
    AppealState.INADMISSIBLE: frozenset(),
}


class CannotMove(Refused):
    """This appeal can't go there from where it is."""


class AppealQuerySet(TicketQuerySet):
    def visible_to(self, user: "User") -> "AppealQuerySet":
        """The appeals `user` may read: all for those whose role reads appeals, else none."""
        return self.all() if user.may("read_appeals") else self.none()

    def not_barred_for(self, user: "User") -> "AppealQuerySet":
        """Without those against what `user` decided or approved."""
        return self.exclude(barred__contains=[user.pk])

    # Loading

    def for_desk(self) -> "AppealQuerySet":
        return self.select_related("account", "enforcement__decision", "held_by", "group")


class TextGroup(models.Model):
    """Appeals whose texts are nearly the same: seen as one, decided one by one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # How many appeals are in it; kept as they join.
    size = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.size} alike since {self.first_at:%Y-%m-%d}"


# Note [Who is barred]
# Nobody looks again at what they decided, approved, or answered an earlier appeal on. Who that
# is, is written on the appeal when it is filed, where a check compares it with who holds it; a
# trigger compares it with who decides or approves the answer, and adds whoever approves the
# original later. All three stand in the migration.


class Appeal(Ticket):
    """A person's challenge to one enforcement, automated ones included."""

    account = models.ForeignKey("cases.Account", models.PROTECT, related_name="appeals")
    enforcement = models.ForeignKey("cases.Enforcement", models.PROTECT, related_name="appeals")
    # What is challenged, as the enforcement has it: lists are narrowed by it.
    action = models.TextField(choices=Action, default="", blank=True)
    ground = models.TextField(choices=Ground, default=Ground.NO_GROUND_GIVEN)
    state = models.TextField(choices=AppealState, default=AppealState.OPEN)
    # Until when the person could appeal; null while they were not told, or no rule sets an end.
    window_ends_at = models.DateTimeField(null=True)
    # When the person showed that the account is theirs: by link, by code, or to the platform.
    identity_checked_at = models.DateTimeField(null=True)
    # When a worker found no way to write to the person: colleagues acknowledge it themselves.
    unreachable_at = models.DateTimeField(null=True)
    admission_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    admission_sealed = models.BinaryField(null=True)
    # See Note [Who is barred].
    barred = ArrayField(models.BigIntegerField(), default=list)
    group = models.ForeignKey(
        TextGroup, models.PROTECT, null=True, related_name="appeals", db_index=False
    )
    # How often it was asked again while open. It is not ranked anew.
    repeats = models.PositiveIntegerField(default=0)

    objects: ClassVar = AppealQuerySet.as_manager()

    class Meta(Ticket.Meta):
        constraints = [
            *Ticket.Meta.constraints,
            models.UniqueConstraint(
                fields=["account"], condition=Q(closed_at=None), name="one_open_appeal_per_account"
            ),
            models.CheckConstraint(
                condition=Q(ground__in=Ground.values), name="appeal_ground_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=APPEAL_ENDS, closed_at__isnull=False)
                | (
                    Q(state__in=[each for each in AppealState.values if each not in APPEAL_ENDS])
                    & Q(closed_at=None)
                ),
                name="appeal_is_closed_when_it_ended",
            ),
            models.CheckConstraint(
                condition=Q(admission_by=None, admission_sealed=None)
                | Q(admission_by__isnull=False, admission_sealed__isnull=False),
                name="admission_of_a_late_appeal_says_why",
            ),
            # nobody_holds_an_appeal_against_their_own stands in the migration.
        ]
        indexes = [
            models.Index(
                fields=["due_or_never", "id"],
                name="appeal_by_due",
                condition=Q(closed_at=None),
            ),
            models.Index(
                fields=["state", "due_or_never", "id"],
                name="appeal_by_state",
                condition=Q(closed_at=None),
            ),
            # So that what fits few of many is found without looking at all of them.
            GinIndex(
                fields=["action", "channel", "ground", "jurisdiction"],
                name="appeal_narrowed",
                condition=Q(closed_at=None),
            ),
            models.Index(
                fields=["held_by"], name="appeal_of_holder", condition=Q(held_by__isnull=False)
            ),
            models.Index(fields=["group"], name="appeal_alike", condition=Q(group__isnull=False)),
            models.Index(
                F("closed_at").desc(),
                F("id").desc(),
                name="appeal_closed",
                condition=Q(closed_at__isnull=False),
            ),
            models.Index(
                fields=["contact_index", "received_at"],
                name="appeal_of_contact",
                condition=Q(contact_index__isnull=False),
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and not self.action:
            self.action = self.enforcement.action
        super().save(*args, **kwargs)

    def seal(self, text: str, *, context: str) -> bytes:
        """Under the account's key. Needs `account` loaded, as all that unseals does."""
        return self.account.seal(text, context=context)

    def unseal(self, blob: bytes | memoryview | None, *, context: str) -> str:
        return self.account.unseal(blob, context=context)

    def move_to(self, state: AppealState, *, at: datetime) -> None:
        """Go to `state`, closing the appeal where that is an end. The caller saves MOVED.

        Raises CannotMove.
        """
        if state not in MOVES[self.state]:
            raise CannotMove(f"{self.ref} is {self.get_state_display().lower()}.")
        self.state = state
        self.version += 1
        if state in APPEAL_ENDS:
            self.closed_at = at
            self.let_go()

    def bars(self, user: "User") -> bool:
        """Whether `user` had a part in what is challenged. See Note [Who is barred]."""
        return user.pk in self.barred

    def admission(self) -> str:
        """Why a late appeal was let in, or was not. For colleagues."""
        return self.unseal(self.admission_sealed, context="appeal.admission")


# The columns that `move_to` sets.
MOVED = ("state", "closed_at", "version", *HOLD)


class AppealDecision(AppendOnly):
    """What became of an appeal. One for each, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    appeal = models.OneToOneField(Appeal, models.PROTECT, related_name="decision")
    outcome = models.TextField(choices=AppealOutcome)
    cause = models.TextField(choices=ReversalCause, default="", blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    # What undoes the original, or takes its place.
    decision = models.OneToOneField(
        "cases.Decision", models.PROTECT, null=True, related_name="appeal_decision"
    )
    # What the person is told, and what colleagues read.
    reason_sealed = models.BinaryField()
    rationale_sealed = models.BinaryField(null=True)
    decided_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=AppealOutcome.values), name="appeal_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=REVERSALS,
                    cause__in=ReversalCause.values,
                    decision__isnull=False,
                )
                | (~Q(outcome__in=REVERSALS) & Q(cause="", decision=None)),
                name="reversal_has_a_cause_and_a_decision",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("decided_by")),
                name="nobody_approves_their_own_reversal",
            ),
        ]
        indexes = [
            models.Index(fields=["-decided_at", "-id"], name="appeal_decision_newest"),
            models.Index(fields=["decided_by", "-decided_at"], name="appeal_decision_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.appeal_id}: {self.outcome}"

    def reason(self) -> str:
        """What the person was told. Needs `appeal.account` loaded."""
        return self.appeal.unseal(self.reason_sealed, context="appeal_decision.reason")

    def rationale(self) -> str:
        return self.appeal.unseal(self.rationale_sealed, context="appeal_decision.rationale")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def waiting(self) -> "ProposalQuerySet":
        return self.filter(answered_at=None)


class Proposal(models.Model):
    """How somebody would answer an appeal, waiting for a second person, and what that one said."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    appeal = models.ForeignKey(Appeal, models.PROTECT, related_name="proposals")
    outcome = models.TextField(choices=AppealOutcome)
    cause = models.TextField(choices=ReversalCause)
    # Of a partial reversal: what takes the original's place, for how long from the approval, or
    # until when.
    action = models.TextField(choices=Action, default="", blank=True)
    lasts = models.DurationField(null=True)
    until = models.DateTimeField(null=True)
    locale = models.TextField(default="", blank=True)
    reason_sealed = models.BinaryField()
    rationale_sealed = models.BinaryField(null=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()
    answer = models.TextField(choices=ProposalAnswer, default="", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)
    # What the second person says to the first.
    words_sealed = models.BinaryField(null=True)

    objects: ClassVar = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appeal"],
                condition=Q(answered_at=None),
                name="one_open_proposal_per_appeal",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=REVERSALS), name="only_reversals_are_proposed"
            ),
            models.CheckConstraint(
                condition=Q(cause__in=ReversalCause.values), name="proposal_has_a_cause"
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_by=None, answered_at=None)
                | (Q(answer=ProposalAnswer.WITHDRAWN) & Q(answered_at__isnull=False))
                | (
                    Q(answer__in=[ProposalAnswer.APPROVED, ProposalAnswer.SENT_BACK])
                    & Q(answered_at__isnull=False, answered_by__isnull=False)
                    & ~Q(answered_by=F("asked_by"))
                ),
                name="proposal_is_answered_by_somebody_else",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at", "id"],
                name="proposal_waiting",
                condition=Q(answered_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appeal_id}: {self.answer or 'waiting'}"
