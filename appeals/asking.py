"""Asking the person something, and what comes back.

# Note [How long an answer is waited for]

A week at most. Where the law's clock goes on meanwhile, no longer than leaves a day to decide, or
half of what is left where that is less. Then the ticket waits for us again, and is decided on what
there is. An answer is kept whenever it comes, as long as the ticket is open.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from appeals import attaching, claiming, cleaning, composing, timing, writing
from appeals.attaching import Upload
from appeals.enums import AppealState, Channel, GrievanceState, LetterKind, StatementKind, Via
from appeals.lines import line
from appeals.models import Appeal, Grievance, Statement
from appeals.models.tickets import HOLD
from appeals.offering import NOUNS
from appeals.screening import Screened
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

LONGEST_QUESTION = 2_000
LONGEST_WAIT = timedelta(days=7)
LEFT_TO_DECIDE = timedelta(days=1)
# Beyond this the person is no longer answering, but filling the page.
MOST_ANSWERS = 10

Asked = Appeal | Grievance


class CannotAsk(Refused):
    """The person can't be asked so."""


class NoWayToReach(CannotAsk):
    """There is no way to reach this person: no account, and no address that could be written to."""


class CannotAnswer(Refused):
    """This can't be answered any more."""


class AnsweredAlready(CannotAnswer):
    """This has been decided already. Thank you for writing; we have told you the outcome."""


class NothingAsked(CannotAnswer):
    """We have not asked you anything about this."""


class SaidEnough(CannotAnswer):
    """You have answered several times already. Somebody will read all of it."""


# We ask


def ask(*, ticket: Asked, by: "User", text: str, at: datetime) -> Statement:
    """Ask the person who wrote, and wait for them: see Note [How long an answer is waited for].

    The hold of `by` ends, clocks pause that may, and a letter is promised by every way that
    reaches the person. Raises a CannotTake where the ticket is not theirs, or a CannotAsk, whose
    `pointer` is `text` where that is at fault.
    """
    text = _checked(text)
    with transaction.atomic():
        ticket = claiming.keep(claiming.lock(ticket), by=by, at=at)
        statement = _say(
            ticket, StatementKind.QUESTION, text, channel=ticket.channel, at=at, author=by
        )
        ticket.answer_by = answer_by(ticket, at=at)
        _wait(ticket, at=at)
        timing.pause(ticket, at=at)
        if not _tell(ticket, text, at=at, by=by.actor):
            raise NoWayToReach
        asked = line(
            ticket, NOUNS[type(ticket)] + "asked", by.actor, at, statement=str(statement.pk),
            answer_by=ticket.answer_by.isoformat(),
        )  # fmt: skip
        record(asked, at=at)
    return statement


def answer_by(ticket: Asked, *, at: datetime) -> datetime:
    """Until when an answer would be waited for. See Note [How long an answer is waited for]."""
    running = ticket.clocks.running().exclude(name="ACK")
    due = min((each.due_at for each in running.filter(~Q(rule__pauses=True))), default=None)
    if due is None:
        return at + LONGEST_WAIT
    if due <= at:
        return at + LEFT_TO_DECIDE
    return min(at + LONGEST_WAIT, max(due - LEFT_TO_DECIDE, at + (due - at) / 2))


# The person answers


def answer(
    *,
    ticket: Asked,
    text: str,
    files: Sequence[Upload | Screened],
    channel: Channel | str,
    at: datetime,
    by: str,
    entered_by: "User | None" = None,
) -> Statement:
    """Keep what the person answers, with their files; the ticket waits for us again.

    `by` is the ledger's actor, `entered_by` who typed it in. A further answer is kept as well.
    Raises a CannotAnswer (AnsweredAlready, NothingAsked, SaidEnough), what `cleaning.clean`
    raises of the text, and what `attaching.kept` raises of the files.
    """
    text = cleaning.clean(text)
    with (
        attaching.kept(files, at=at, by_staff=entered_by is not None) as kept,
        transaction.atomic(),
    ):
        ticket = claiming.lock(ticket)
        _check_asked(ticket)
        statement = _say(
            ticket, StatementKind.ANSWER, text, channel=channel, at=at, entered_by=entered_by
        )
        kept.attach(statement=statement, at=at, by=by)
        _end_wait(ticket, at=at)
        answered = line(
            ticket, NOUNS[type(ticket)] + "answered", by, at, statement=str(statement.pk),
            channel=str(channel), files=len(kept.files),
        )  # fmt: skip
        record(answered, at=at)
    return statement


# Nobody answers


def go_on(*, ticket: Asked, by: "User", at: datetime) -> Asked:
    """Have `by` take a ticket that waits for the person, and decide it without an answer.

    Raises a CannotTake.
    """
    with transaction.atomic():
        ticket = claiming.lock(ticket)
        if _is_waiting(ticket):
            _end_wait(ticket, at=at)
            record(line(ticket, NOUNS[type(ticket)] + "wait_ended", by.actor, at), at=at)
        return claiming.take(ticket=ticket, by=by, at=at)


def end_waits(*, at: datetime) -> int:
    """Have those wait for us again whose person did not answer in time. Returns how many."""
    return sum(_end_waits(kind, at=at) for kind in (Appeal, Grievance))


def _end_waits(kind: type[Appeal] | type[Grievance], *, at: datetime) -> int:
    ended = 0
    due = kind.objects.filter(answer_by__lte=at, state=_AWAITING[kind])
    for ticket in due.order_by("answer_by"):
        with transaction.atomic():
            ticket = claiming.lock(ticket)
            # Read again under the lock: they may just have answered, or another worker come first.
            if _is_waiting(ticket) and ticket.answer_by and ticket.answer_by <= at:
                _end_wait(ticket, at=at)
                record(line(ticket, NOUNS[kind] + "wait_ended", "worker", at), at=at)
                ended += 1
    return ended


# Steps

_AWAITING = {Appeal: AppealState.AWAITING_APPELLANT, Grievance: GrievanceState.AWAITING_USER}
_CHANGED = (*HOLD, "state", "version", "answer_by")


def _is_waiting(ticket: Asked) -> bool:
    return ticket.state == _AWAITING[type(ticket)]


def _wait(ticket: Asked, *, at: datetime) -> None:
    if isinstance(ticket, Appeal):
        ticket.move_to(AppealState.AWAITING_APPELLANT, at=at)
    else:
        ticket.state = GrievanceState.AWAITING_USER
        ticket.version += 1
    ticket.let_go()
    ticket.save(update_fields=_CHANGED)


def _end_wait(ticket: Asked, *, at: datetime) -> None:
    """Have the ticket wait for us again, where it waited for the person; it has changed anyway."""
    if not _is_waiting(ticket):
        ticket.version += 1
        ticket.save(update_fields=["version"])
        return
    if isinstance(ticket, Appeal):
        ticket.move_to(AppealState.OPEN, at=at)
    else:
        ticket.state = GrievanceState.OPEN
        ticket.version += 1
    ticket.answer_by = None
    ticket.save(update_fields=_CHANGED)
    timing.resume(ticket, at=at)


def _check_asked(ticket: Asked) -> None:
    if not ticket.is_open:
        raise AnsweredAlready
    said = ticket.statements.filter(kind__in=[StatementKind.QUESTION, StatementKind.ANSWER])
    kinds = list(said.values_list("kind", flat=True))
    questions = kinds.count(StatementKind.QUESTION)
    if not questions:
        raise NothingAsked
    if len(kinds) - questions >= questions * MOST_ANSWERS:
        raise SaidEnough


def _say(
    ticket: Asked,
    kind: StatementKind,
    text: str,
    *,
    channel: str,
    at: datetime,
    author: "User | None" = None,
    entered_by: "User | None" = None,
) -> Statement:
    on = {"appeal": ticket} if isinstance(ticket, Appeal) else {"grievance": ticket}
    return Statement.objects.create(
        kind=kind,
        channel=channel,
        author=author,
        entered_by=entered_by,
        text_sealed=ticket.seal(text, context="statement.text"),
        said_at=at,
        recorded_at=at,
        **on,
    )


def _tell(ticket: Asked, text: str, *, at: datetime, by: str) -> bool:
    """Promise the letters that ask; False where none could reach the person."""
    subject, in_app = question_words(ticket, text, via=Via.PLATFORM)
    _, mailed = question_words(ticket, text, via=Via.EMAIL)
    return bool(
        writing.request(
            ticket=ticket,
            kind=LetterKind.QUESTION,
            subject=subject,
            text=in_app,
            mailed=mailed,
            at=at,
            by=by,
        )
    )


def question_words(ticket: Asked, text: str, *, via: str) -> tuple[str, str]:
    """Subject and text of the letter that asks `text`. Of an appeal needs `enforcement` loaded."""
    reader = writing.reader_of(ticket, via=via)
    return composing.question(
        ref=ticket.ref,
        reader=reader,
        question=text,
        about=NOUNS[type(ticket)].rstrip("."),
        by=ticket.answer_by,
        link=writing.link_in(ticket, via=via, language=reader.language),
    )


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise CannotAsk("Write what you want to know.", pointer="text")
    if len(text) > LONGEST_QUESTION:
        raise CannotAsk(f"At most {LONGEST_QUESTION:,} characters.", pointer="text")
    if "\x00" in text:
        raise CannotAsk("Remove the NUL character.", pointer="text")
    return text
