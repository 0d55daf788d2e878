"""Setting a case aside until something is known that is not known yet."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from cases import claiming
from cases.enums import CaseState, ClaimEnding, NoteKind, ReservedWhy
from cases.models import Case
from cases.models.cases import RESERVATION
from cases.noting import entry_on, keep
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

LONGEST_WAIT = timedelta(days=90)


class CannotAsk(Refused):
    """The case can't be set aside so."""


def ask(*, case: Case, by: "User", question: str, wakes_at: datetime, at: datetime) -> None:
    """Have `case` wait for the answer to `question`, at the latest until `wakes_at`.

    It stays with `by`, whose hold ends: anything new on its account brings it back to them, or
    the date does; see cases.waking. `claiming.take` ends the wait at once.
    Raises CannotAsk or CannotNote naming the argument at fault, CaseIsSettled, NoLongerYours
    or HeldByAnother.
    """
    if wakes_at <= at:
        raise CannotAsk("Choose a time to come.", pointer="wakes_at")
    if wakes_at > at + LONGEST_WAIT:
        raise CannotAsk(f"At most {LONGEST_WAIT.days} days ahead.", pointer="wakes_at")
    with transaction.atomic():
        case, claim = claiming.hold(case=case, by=by, now=at)
        note = keep(
            case=case, by=by, text=question, kind=NoteKind.QUESTION, at=at, pointer="question"
        )
        claiming.end(claim, ClaimEnding.SET_ASIDE, at=at)
        case.move_to(CaseState.AWAITING_INFO, at=at)
        case.wakes_at = wakes_at
        case.reserve(whom=by, why=ReservedWhy.ASKED, until=None)
        case.save(update_fields=["state", "settled_at", "wakes_at", *RESERVATION])
        record(
            entry_on(case, "case.set_aside", by, at, until=wakes_at.isoformat(), note=str(note.pk)),
            at=at,
        )
