"""What comes after: letters that come back, and those that a person sends again."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from appeals.enums import LETTERS_NEEDING_ATTENTION, LetterState, Via
from appeals.models import Letter
from appeals.posting.bymail import BY_MAIL
from appeals.posting.mail import key_in
from appeals.writing import WORKERS, letter_line
from cases import nudging, telling
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

State = LetterState
# What a mail server has, or may have.
_OUT = (State.SENDING, State.SENT, State.UNCERTAIN)


def letter_of(message_id: str) -> Letter | None:
    """The letter that went out under this Message-ID; None where it is none of ours."""
    key = key_in(message_id)
    letter: Letter | None = Letter.objects.filter(key=key).first() if key else None
    return letter


def bounced(*, letter: Letter, status: str, at: datetime) -> bool:
    """Note that a mail came back, as the mail that says so tells; `status` is its code (5.1.1).

    It needs attention then. False where it is none that is out: it was noted before, or a person
    has it sent again by now. May run in the caller's transaction.
    """
    with transaction.atomic():
        row = Letter.objects.all().for_lines().select_for_update(of=("self",)).get(pk=letter.pk)
        if row.via != Via.EMAIL or row.state not in _OUT:
            return False
        row.state = State.BOUNCED
        row.detail = f"It came back, with status {status}." if status else "It came back."
        row.due_at = row.leased_until = None
        row.save(update_fields=["state", "detail", "due_at", "leased_until"])
        record(letter_line(row, "letter.bounced", "system", at, status=status), at=at)
    return True


def resend(*, letter: Letter, by: "User", at: datetime) -> Letter:
    """Send a letter again that failed, came back or perhaps never went. See what was sent before.

    Raises cases.telling.NothingToResend.
    """
    with transaction.atomic():
        row: Letter = telling.replay(
            BY_MAIL, row=letter, needing=LETTERS_NEEDING_ATTENTION, by=by, at=at
        )
        nudging.on_commit(of=WORKERS[Via(row.via)])
    return row
