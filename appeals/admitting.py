"""Letting an appeal in that came after its window, or not: a person says which, and why."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from appeals import claiming, composing, containing, timing, writing
from appeals.enums import AppealState, ClockName, GrievanceResolution, LetterKind, Via
from appeals.lines import line
from appeals.models import Appeal
from appeals.models.appeals import MOVED
from appeals.offering import Barred, MayNotWork
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

LONGEST_WORDS = 2_000


class CannotAdmit(Refused):
    """This appeal can't be admitted, or turned away."""


def admit(*, appeal: Appeal, by: "User", words: str, at: datetime) -> Appeal:
    """Have a late appeal looked at after all; `words` say why, for colleagues.

    Its clocks run from its receipt: see Note [Late appeals] in filing. Raises CannotAdmit, Barred
    or MayNotWork.
    """
    words = _checked(words, pointer="words")
    with transaction.atomic():
        appeal = _late(appeal, by=by)
        appeal.move_to(AppealState.OPEN, at=at)
        _say_why(appeal, by=by, words=words)
        record(line(appeal, "appeal.admitted", by.actor, at, late_by=_late_by(appeal)), at=at)
    return appeal


def turn_away(
    *, appeal: Appeal, by: "User", reason: str, at: datetime, words: str = "", locale: str = ""
) -> Appeal:
    """Close a late appeal without looking at it, and tell the person that, and `reason`.

    `words` are for colleagues, where they are others. That is an answer: its clocks are met, and
    a grievance that contains it is refused with it. Raises CannotAdmit, Barred or MayNotWork.
    """
    reason = _checked(reason, pointer="reason")
    words = _checked(words or reason, pointer="words")
    with transaction.atomic():
        appeal = _late(appeal, by=by)
        appeal.acknowledged_at = appeal.acknowledged_at or at
        appeal.move_to(AppealState.INADMISSIBLE, at=at)
        _say_why(appeal, by=by, words=words)
        timing.meet(appeal, ClockName.ACK, ClockName.RESOLVE, at=at)
        record(line(appeal, "appeal.not_admitted", by.actor, at, late_by=_late_by(appeal)), at=at)
        containing.close(appeal, resolution=GrievanceResolution.RESTORATION_REFUSED, by=by, at=at)
        subject, text = words_of(appeal, reason, via=Via.PLATFORM, locale=locale)
        writing.request(
            ticket=appeal,
            kind=LetterKind.NOT_ADMITTED,
            subject=subject,
            text=text,
            mailed=words_of(appeal, reason, via=Via.EMAIL, locale=locale)[1],
            locale=locale,
            at=at,
            by=by.actor,
        )
    return appeal


def words_of(appeal: Appeal, reason: str, *, via: str, locale: str = "") -> tuple[str, str]:
    """Subject and text of the letter that turns an appeal away. Needs `account` loaded."""
    reader = writing.reader_of(appeal, via=via, locale=locale)
    return composing.not_admitted(ref=appeal.ref, reader=reader, reason=reason, out_of_time=True)


# Steps


def _late(appeal: Appeal, *, by: "User") -> Appeal:
    """The appeal, locked, where `by` may say whether it is let in."""
    appeal = claiming.lock(appeal)
    if appeal.state != AppealState.OUT_OF_TIME:
        raise CannotAdmit(f"{appeal.ref} does not wait to be admitted.")
    if not by.may("work_appeals"):
        raise MayNotWork
    if appeal.bars(by):
        raise Barred
    return appeal


def _say_why(appeal: Appeal, *, by: "User", words: str) -> None:
    appeal.admission_by = by
    appeal.admission_sealed = appeal.seal(words, context="appeal.admission")
    appeal.save(update_fields=[*MOVED, "acknowledged_at", "admission_by", "admission_sealed"])


def _late_by(appeal: Appeal) -> int | None:
    """By how many seconds it was late."""
    ends_at = appeal.window_ends_at
    return int((appeal.received_at - ends_at).total_seconds()) if ends_at else None


def _checked(text: str, *, pointer: str) -> str:
    text = text.strip()
    if not text:
        raise CannotAdmit("Say why.", pointer=pointer)
    if len(text) > LONGEST_WORDS:
        raise CannotAdmit(f"At most {LONGEST_WORDS:,} characters.", pointer=pointer)
    if "\x00" in text:
        raise CannotAdmit("Remove the NUL character.", pointer=pointer)
    return text
