"""What colleagues write for each other about an account."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.enums import NoteKind
from reviewapp.kernel.appendonly import AppendOnly
from reviewapp.kernel.ids import uuid7


class Note(AppendOnly):
    """A colleague's words on an account, never shown to the person. Written once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey("cases.Account", models.PROTECT, related_name="notes")
    # The case it was written on, if on one.
    case = models.ForeignKey(
        "cases.Case", models.PROTECT, null=True, related_name="notes", db_index=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    kind = models.TextField(choices=NoteKind, default=NoteKind.NOTE)
    text_sealed = models.BinaryField()
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=NoteKind.values), name="note_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.account_id}"

    def text(self) -> str:
        """Needs `account` loaded. Raises Erased once the account's key is gone."""
        return self.account.unseal(self.text_sealed, context="note.text")
