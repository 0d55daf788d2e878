"""Messages to people: what came of passing one on, and trying again by hand.

What notifications and the letters of the room above share; how either is written is its own.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from cases import delivering
from cases.delivering import Answer, Call, Result
from cases.models.attempts import Attempt
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import User

MARKED = [
    *("state", "attempts_made", "last_attempt_at", "leased_until", "due_at", "sent_at", "detail"),
]


class NothingToResend(Refused):
    """This does not wait to be sent again."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A kind of message: its rows are promises with `state`, `sent_at` and `detail`.

    `kinds` is how its kinds begin in the ledger, and the column of its attempts with a full stop;
    `rows` answers the rows with everything that `line` says of them, `taker` passes them on. An
    answer settles a row in one of the states `out`; later ones are counted and change nothing.
    """

    kinds: str
    rows: Callable[[], Any]
    attempts: type[Attempt]
    line: Callable[[Any, str, str, datetime], Entry]
    out: Collection[str] = ("REQUESTED", "RETRYING")
    taker: str = "The platform"


def mark(telling: Telling, calls: Sequence[Call], *, now: datetime) -> None:
    """Write what came of `calls`, with the ledger."""
    by_row = {call.promise.pk: call for call in calls}
    with transaction.atomic():
        rows = list(
            telling.rows().select_for_update(of=("self",)).filter(pk__in=by_row).order_by("pk")
        )
        made, entries = [], []
        for row in rows:
            call = by_row[row.pk]
            row.note_attempt(at=call.attempted_at)
            made.append(telling.attempts.of(call, **{telling.kinds.rstrip("."): row}))
            entries.append(telling.line(row, telling.kinds + "attempted", "worker", now))
            settles = row.state in telling.out
            if settles and (ended := _settle(row, call.answer, taker=telling.taker, now=now)):
                entries.append(telling.line(row, telling.kinds + ended, "worker", now))
        telling.attempts._base_manager.bulk_create(made)
        telling.rows().write_back(rows, MARKED)
        record_all(entries, at=now)


def _settle(row: Any, answer: Answer, *, taker: str, now: datetime) -> str:
    """Where the row goes after an attempt; the ledger's verb for it, empty where it is retried."""
    if answer.result is Result.RETRY:
        if delivering.is_retried(row, answer=answer, now=now):
            row.state = "RETRYING"
            return ""
        row.state, row.detail = "FAILED", delivering.gave_up(taker)
        return "failed"
    row.due_at = None
    if answer.result is Result.REFUSED:
        refused = f"{taker} refused it with status {answer.status}."
        row.state, row.detail = "FAILED", refused if answer.status else answer.text
        return "failed"
    if answer.result is Result.UNKNOWN:
        row.state, row.detail = "UNCERTAIN", f"{taker} may have it, and may not."
        return "uncertain"
    row.state, row.sent_at, row.detail = "SENT", now, ""
    return "sent"


def replay(telling: Telling, *, row: Any, needing: Sequence[str], by: "User", at: datetime) -> Any:
    """Try one of the states `needing` again now, under the same key, in the caller's transaction.

    Raises NothingToResend.
    """
    row = telling.rows().select_for_update(of=("self",)).get(pk=row.pk)
    if row.state not in needing:
        raise NothingToResend(f"{row.ref} has not failed.")
    if row.state == "RETRYING" and delivering.is_on_its_way(row, now=at):
        raise NothingToResend(f"{row.ref} is on its way already.")
    delivering.start_over(row, state="RETRYING", at=at)
    record_all([telling.line(row, telling.kinds + "replayed", by.actor, at)], at=at)
    return row
