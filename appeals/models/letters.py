"""Letters to the people who wrote to us, and every attempt to deliver them."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q

from appeals.enums import LETTERS_NEEDING_ATTENTION, LetterKind, LetterState, Via
from appeals.models.tickets import Ticket, one_of
from cases.models.attempts import Attempt
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.promises import Promise, PromiseQuerySet

if TYPE_CHECKING:
    from reviewapp.staff.models import User

DUE = (LetterState.REQUESTED, LetterState.RETRYING)


class LetterQuerySet(PromiseQuerySet):
    def visible_to(self, user: "User") -> "LetterQuerySet":
        """That letters about tickets that `user` may read went out, and how."""
        allowed = Q(pk=None)
        if user.may("read_appeals"):
            allowed |= Q(appeal__isnull=False)
        if user.may("read_grievances"):
            allowed |= Q(grievance__isnull=False)
        return self.filter(allowed)

    def needing_attention(self) -> "LetterQuerySet":
        return self.filter(state__in=LETTERS_NEEDING_ATTENTION)

    # Loading

    def for_lines(self) -> "LetterQuerySet":
        """With what the ledger says of each: see appeals.writing.letter_line."""
        return self.select_related(
            "appeal__account", "appeal__enforcement__decision__case", "grievance__account"
        )


class Letter(Promise):
    """A promise to tell a person something about their ticket, in the app or by e-mail."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ref = models.TextField()
    appeal = models.ForeignKey("appeals.Appeal", models.PROTECT, null=True, related_name="letters")
    grievance = models.ForeignKey(
        "appeals.Grievance", models.PROTECT, null=True, related_name="letters"
    )
    kind = models.TextField(choices=LetterKind)
    via = models.TextField(choices=Via)
    # What it says is not so before the platform has this.
    enforcement = models.ForeignKey(
        "cases.Enforcement", models.PROTECT, null=True, related_name="letters"
    )
    locale = models.TextField()
    # Names the ticket and no more.
    subject = models.TextField()
    text_sealed = models.BinaryField()
    state = models.TextField(choices=LetterState, default=LetterState.REQUESTED)
    requested_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    detail = models.TextField(default="", blank=True)

    objects: ClassVar = LetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ref"], name="letter_ref_once"),
            models.CheckConstraint(
                condition=one_of("appeal", "grievance"), name="letter_is_of_one_ticket"
            ),
            models.CheckConstraint(
                condition=Q(state__in=LetterState.values), name="letter_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=LetterKind.values), name="letter_kind_is_known"
            ),
            models.CheckConstraint(condition=Q(via__in=Via.values), name="letter_way_is_known"),
            models.CheckConstraint(
                condition=~Q(state=LetterState.WAITING) | Q(enforcement__isnull=False),
                name="letter_waits_for_an_enforcement",
            ),
            models.CheckConstraint(
                condition=~Q(state=LetterState.SENT) | Q(sent_at__isnull=False),
                name="letter_sent_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=LetterState.SENDING) | Q(via=Via.EMAIL),
                name="only_mail_is_being_sent",
            ),
        ]
        indexes = [
            models.Index(F("due_at"), name="letter_due", condition=Q(state__in=DUE)),
            models.Index(
                F("requested_at").desc(),
                F("id"),
                name="letter_attention",
                condition=Q(state__in=LETTERS_NEEDING_ATTENTION),
            ),
            models.Index(
                fields=["enforcement"],
                name="letter_waiting",
                condition=Q(state=LetterState.WAITING),
            ),
            models.Index(
                fields=["leased_until"],
                name="letter_being_sent",
                condition=Q(state=LetterState.SENDING),
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ticket(self) -> Ticket:
        """What it is about. Needs that loaded."""
        return self.appeal or self.grievance  # type: ignore[return-value]

    def text(self) -> str:
        """Needs the ticket loaded, and an appeal's account."""
        return self.ticket.unseal(self.text_sealed, context="letter.text")

    @property
    def needs_attention(self) -> bool:
        return self.state in LETTERS_NEEDING_ATTENTION


class LetterAttempt(Attempt):
    """One attempt to have a letter delivered."""

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="attempts", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["letter", "number"], name="letter_attempt_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} attempt {self.number}"
