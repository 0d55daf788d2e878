"""What appeals, grievances and orders have in common: a number, a holder, a key of their own."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from appeals.enums import Channel, Jurisdiction
from reviewapp.kernel import encryption
from reviewapp.kernel.ids import uuid7

if TYPE_CHECKING:
    from reviewapp.staff.models import User

# Until then whoever took a ticket has it, unless their open page renews the hold.
HELD_MINUTES = 30
# When something is due that nothing is due on: what lists put last.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


def contact_index(contact: str) -> bytes:
    """By which an e-mail address or number is found again, however it was capitalised."""
    return encryption.blind_index(contact.strip().casefold(), purpose="appeals.contact")


class TicketQuerySet(models.QuerySet[Any]):
    def open(self) -> Self:
        """Those that somebody still waits for an answer to."""
        return self.filter(closed_at=None)

    def held(self, *, now: datetime) -> Self:
        return self.filter(held_until__gt=now)

    def free(self, *, now: datetime) -> Self:
        return self.filter(Q(held_until=None) | Q(held_until__lte=now))

    def most_urgent_first(self) -> Self:
        return self.order_by("due_or_never", "id")


class Ticket(models.Model):
    """Something a person brought before us, under a number that they were given.

    `held_by` with `held_until` is a lease: see Note [Why leases, not locks] in cases. Unlike a
    claim on a case it stands on the row itself, where a check can compare it with who is barred;
    who held what when is in the ledger.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ref = models.TextField()

    channel = models.TextField(choices=Channel)
    jurisdiction = models.TextField(choices=Jurisdiction)
    locale = models.TextField(default="", blank=True)
    # An e-mail address, or whatever else the person is reached by.
    contact_sealed = models.BinaryField(null=True)
    contact_index = models.BinaryField(null=True)

    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    # The next of its clocks to run out; null where none was in force.
    due_at = models.DateTimeField(null=True)
    # What lists are in the order of, so that nothing in it is null.
    due_or_never = models.GeneratedField(
        expression=Coalesce("due_at", Value(NEVER)),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    closed_at = models.DateTimeField(null=True)
    # Until when the person's answer is waited for, while they were asked something.
    answer_by = models.DateTimeField(null=True)

    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    # Whose hold ran out, while nobody else took it: it is theirs again when they go on.
    lapsed_from = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    # Whom it is not offered to again.
    given_back_by = ArrayField(models.BigIntegerField(), default=list)
    # Counts what changed about it, so that nobody answers what they have not seen.
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar = TicketQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["ref"], name="%(class)s_ref_once"),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="%(class)s_channel_is_known"
            ),
            models.CheckConstraint(
                condition=Q(jurisdiction__in=Jurisdiction.values),
                name="%(class)s_jurisdiction_is_known",
            ),
            models.CheckConstraint(
                condition=Q(held_by=None, taken_at=None, held_until=None)
                | Q(held_by__isnull=False, taken_at__isnull=False, held_until__gt=F("taken_at")),
                name="%(class)s_hold_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(held_by=None),
                name="%(class)s_closed_is_held_by_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    # Verbs; the caller saves HOLD.

    def hold(self, *, by: "User", at: datetime, until: datetime) -> None:
        self.held_by, self.taken_at, self.held_until = by, at, until
        self.lapsed_from = None

    def let_go(self) -> None:
        self.held_by = self.taken_at = self.held_until = self.lapsed_from = None

    def run_out(self) -> None:
        holder = self.held_by
        self.let_go()
        self.lapsed_from = holder

    # Questions

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def is_held_by(self, user: "User", *, now: datetime) -> bool:
        return self.held_by_id == user.pk and self.held_until is not None and self.held_until > now

    def holder(self, *, now: datetime) -> "User | None":
        """Whoever holds it. Needs `held_by` loaded."""
        return self.held_by if self.held_until is not None and self.held_until > now else None

    # Personal fields

    def seal(self, text: str, *, context: str) -> bytes:
        raise NotImplementedError

    def unseal(self, blob: bytes | memoryview | None, *, context: str) -> str:
        raise NotImplementedError

    def contact(self) -> str:
        return self.unseal(self.contact_sealed, context="ticket.contact")

    def set_contact(self, contact: str) -> None:
        """Keep how to reach the person; empty for not at all."""
        contact = contact.strip()
        self.contact_sealed = self.seal(contact, context="ticket.contact") if contact else None
        self.contact_index = contact_index(contact) if contact else None


# The columns of a hold, for those who save one.
HOLD = ("held_by", "taken_at", "held_until", "lapsed_from")


class Keyed(models.Model):
    """Sealed under a key of its own: whoever wrote may have no account that we know of."""

    wrapped_key = models.BinaryField(default=encryption.new_key)

    class Meta:
        abstract = True

    def seal(self, text: str, *, context: str) -> bytes:
        """Encrypt `text` under this row's key, bound to the column named by `context`."""
        return encryption.seal(text, key=bytes(self.wrapped_key), context=context)

    def unseal(self, blob: bytes | memoryview | None, *, context: str) -> str:
        """The text behind `blob`; empty where there is none. Raises Erased once erased."""
        if blob is None:
            return ""
        return encryption.unseal(bytes(blob), key=bytes(self.wrapped_key), context=context)


# What something belongs to: exactly one kind of ticket.
OF_A_TICKET = ("appeal", "grievance", "order")


def one_of(*names: str) -> Q:
    """The condition that exactly one of these columns is set."""
    condition = Q()
    for name in names:
        condition |= Q(**{f"{other}__isnull": other != name for other in names})
    return condition
