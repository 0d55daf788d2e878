"""What colleagues wrote down about an account and its cases."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from cases.casefile.sealed import words_of
from cases.enums import NoteKind
from cases.models import Account, Case, Note
from reviewapp.staff.models import User


@dataclass(frozen=True, slots=True)
class Written:
    """A note as `components/_note.html` wants it."""

    author: str
    at: datetime
    kind: str
    text: str
    mine: bool


def notes_on(account: Account, case: Case | None) -> "QuerySet[Note]":
    """What was written on the account itself, and on `case`, if there is one.

    What was written on its other cases is among what came before.
    """
    notes = Note.objects.filter(account=account).select_related("author")
    return notes.filter(Q(case=case) | Q(case=None)) if case else notes.filter(case=None)


def written(note: Note, *, account: Account, case: Case | None, user: User) -> Written:
    """`note` as it is read beside `case`. Needs `author` loaded."""
    note.account = account
    kind = "" if note.kind == NoteKind.NOTE else note.get_kind_display()
    if case and note.case_id is None:
        kind = "On the account"
    return Written(
        author=note.author.name,
        at=note.written_at,
        kind=kind,
        text=words_of(note.text),
        mine=note.author_id == user.pk,
    )
