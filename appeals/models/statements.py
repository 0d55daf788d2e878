"""What was said on a ticket, by the person and by staff, and the files that came with it."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from appeals.enums import Channel, MailFate, StatementKind
from appeals.models.tickets import Ticket, one_of
from reviewapp.kernel.appendonly import AppendOnly, AppendOnlyQuerySet
from reviewapp.kernel.ids import uuid7

if TYPE_CHECKING:
    from reviewapp.staff.models import User

BY_STAFF = (StatementKind.QUESTION,)


class Statement(AppendOnly):
    """Words of the person, or a question of ours, on an appeal or a grievance."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    appeal = models.ForeignKey(
        "appeals.Appeal", models.PROTECT, null=True, related_name="statements"
    )
    grievance = models.ForeignKey(
        "appeals.Grievance", models.PROTECT, null=True, related_name="statements"
    )
    kind = models.TextField(choices=StatementKind)
    channel = models.TextField(choices=Channel)
    # Whoever asked; nobody where the person speaks.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    # Who typed in a letter or a call.
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    # Of what came through the API: whose id it has there, and a digest to tell a retry by. Here and
    # not on the ticket, because what joins one that is open has an id of its own.
    source = models.ForeignKey(
        "staff.Source", models.PROTECT, null=True, related_name="+", db_index=False
    )
    sender_id = models.TextField(default="", blank=True)
    digest = models.BinaryField(null=True)
    text_sealed = models.BinaryField()
    # Of a person's text, to find its like without reading it: see appeals/likeness.py.
    likeness = ArrayField(models.BigIntegerField(), null=True)
    likeness_bands = ArrayField(models.BigIntegerField(), null=True)
    said_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    objects: ClassVar = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["said_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=one_of("appeal", "grievance"), name="statement_is_on_one_ticket"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=StatementKind.values), name="statement_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=BY_STAFF, author__isnull=False)
                | (~Q(kind__in=BY_STAFF) & Q(author=None)),
                name="statement_is_by_staff_or_by_the_person",
            ),
            *(
                models.UniqueConstraint(
                    fields=["source", "sender_id"],
                    condition=Q(source__isnull=False, **{f"{ticket}__isnull": False}),
                    name=f"statement_of_source_once_per_{ticket}",
                )
                for ticket in ("appeal", "grievance")
            ),
            models.CheckConstraint(
                condition=Q(source=None, sender_id="", digest=None)
                | (Q(source__isnull=False, digest__isnull=False) & ~Q(sender_id="")),
                name="statement_of_a_source_has_its_id",
            ),
        ]
        indexes = [
            GinIndex(
                fields=["likeness_bands"],
                name="statement_alike",
                condition=Q(likeness_bands__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.appeal_id or self.grievance_id}"

    @property
    def ticket(self) -> Ticket:
        """What it was said on. Needs that loaded."""
        return self.appeal or self.grievance  # type: ignore[return-value]

    def text(self) -> str:
        """Needs the ticket loaded, and an appeal's account."""
        return self.ticket.unseal(self.text_sealed, context="statement.text")


class InboundMail(AppendOnly):
    """A mail as it came in. Its original stays in storage."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # As its sender gave it; empty where they gave none. It comes again with every retry.
    message_id = models.TextField(default="", blank=True)
    sha256 = models.BinaryField()
    storage_name = models.TextField()
    size = models.PositiveBigIntegerField()
    fate = models.TextField(choices=MailFate)
    # What was wrong with it, as a machine's word.
    detail = models.TextField(default="", blank=True)
    statement = models.ForeignKey(
        Statement, models.PROTECT, null=True, related_name="mails", db_index=False
    )
    letter = models.ForeignKey(
        "appeals.Letter", models.PROTECT, null=True, related_name="bounces", db_index=False
    )
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sha256"], name="mail_once"),
            models.UniqueConstraint(fields=["storage_name"], name="mail_stored_once"),
            models.CheckConstraint(
                condition=Q(fate__in=MailFate.values), name="mail_fate_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["message_id"], name="mail_of_message"),
            models.Index(
                fields=["statement"], name="mail_of_statement", condition=Q(statement__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fate} {self.sha256.hex()[:12]}"


class Attachment(AppendOnly):
    """A file that came with a statement or an order. Its name in storage says nothing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    statement = models.ForeignKey(
        Statement, models.PROTECT, null=True, related_name="attachments", db_index=False
    )
    order = models.ForeignKey(
        "appeals.Order", models.PROTECT, null=True, related_name="attachments", db_index=False
    )
    storage_name = models.TextField()
    sha256 = models.BinaryField()
    size = models.PositiveBigIntegerField()
    # As its content shows, whatever its sender called it.
    media_type = models.TextField()
    # As its sender called it.
    name_sealed = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["received_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=one_of("statement", "order"), name="attachment_is_of_one_thing"
            ),
            models.UniqueConstraint(fields=["storage_name"], name="attachment_stored_once"),
        ]
        indexes = [
            models.Index(
                fields=["statement"],
                name="attachment_of_statement",
                condition=Q(statement__isnull=False),
            ),
            models.Index(
                fields=["order"], name="attachment_of_order", condition=Q(order__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.media_type}, {self.size} bytes"

    @property
    def ticket(self) -> Ticket:
        """What it belongs to. Needs that loaded."""
        return self.order or self.statement.ticket  # type: ignore[union-attr]

    def name(self) -> str:
        return self.ticket.unseal(self.name_sealed, context="attachment.name")


def visible_attachments(user: "User") -> "models.QuerySet[Attachment]":
    """The files `user` may read: those of what they may read."""
    allowed = Q(pk=None)
    if user.may("read_appeals"):
        allowed |= Q(statement__appeal__isnull=False)
    if user.may("read_grievances"):
        allowed |= Q(statement__grievance__isnull=False) | Q(order__isnull=False)
    return Attachment.objects.filter(allowed)


def visible_mails(user: "User") -> "models.QuerySet[InboundMail]":
    """The mails `user` may read: those that what they may read was said in."""
    allowed = Q(pk=None)
    if user.may("read_appeals"):
        allowed |= Q(statement__appeal__isnull=False)
    if user.may("read_grievances"):
        allowed |= Q(statement__grievance__isnull=False)
    return InboundMail.objects.filter(allowed)
