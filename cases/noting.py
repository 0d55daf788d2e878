"""What colleagues write for each other, on a case or an account; sealed, and never shown to the
person."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from cases.enums import NoteKind
from cases.models import Account, Case, Note
from reviewapp.kernel.encryption import Erased
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

LONGEST_NOTE = 5_000


class CannotNote(Refused):
    """This can't be noted so."""


def write(*, case: Case, by: "User", text: str, at: datetime) -> Note:
    """Note `text` on `case`, whatever became of it, for whoever reads it after this.

    Raises CannotNote, whose `pointer` is `text`.
    """
    with transaction.atomic():
        case.account = Account.objects.select_for_update(no_key=True).get(pk=case.account_id)
        note = keep(case=case, by=by, text=text, kind=NoteKind.NOTE, at=at)
        record(entry_on(case, "note.written", by, at, note=str(note.pk)), at=at)
    return note


def write_about(*, account: Account, by: "User", text: str, at: datetime) -> Note:
    """Note `text` on `account` itself, for whoever reads it in any case of theirs.

    Raises CannotNote, whose `pointer` is `text`.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        note = _keep(account, None, by=by, text=text, kind=NoteKind.NOTE, at=at, pointer="text")
        record(
            Entry(
                kind="note.written",
                actor=by.actor,
                happened_at=at,
                account=account.ref,
                country_prefix=account.country_prefix,
                surface=account.surface,
                particulars={"note": str(note.pk)},
            ),
            at=at,
        )
    return note


def keep(
    *, case: Case, by: "User", text: str, kind: NoteKind, at: datetime, pointer: str = "text"
) -> Note:
    """Seal a note in the caller's transaction, which also tells the ledger what it was for.

    Needs `account` loaded. Raises CannotNote, whose `pointer` is the one given.
    """
    return _keep(case.account, case, by=by, text=text, kind=kind, at=at, pointer=pointer)


def _keep(
    account: Account,
    case: Case | None,
    *,
    by: "User",
    text: str,
    kind: NoteKind,
    at: datetime,
    pointer: str,
) -> Note:
    text = text.strip()
    if not text:
        raise CannotNote("Write a line for colleagues.", pointer=pointer)
    if len(text) > LONGEST_NOTE:
        raise CannotNote(f"At most {LONGEST_NOTE:,} characters.", pointer=pointer)
    if "\x00" in text:
        raise CannotNote("Remove the NUL character.", pointer=pointer)
    try:
        sealed = account.seal(text, context="note.text")
    except Erased as erased:
        raise CannotNote(
            "This person was erased; nothing can be written about them any more.", pointer=pointer
        ) from erased
    return Note.objects.create(
        id=uuid7(),
        account=account,
        case=case,
        author=by,
        kind=kind,
        text_sealed=sealed,
        written_at=at,
    )


def entry_on(
    case: Case, kind: str, by: "User | None", at: datetime, **particulars: str | None
) -> Entry:
    """A line of the ledger on `case`, whose `account` is loaded; the house's own without `by`."""
    return Entry(
        kind=kind,
        actor=by.actor if by else "system",
        happened_at=at,
        account=case.account.ref,
        case=case.ref,
        country_prefix=case.account.country_prefix,
        surface=case.surface,
        particulars={name: value for name, value in particulars.items() if value},
    )
