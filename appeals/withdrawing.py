"""An appeal taken back by whoever filed it.

The decision stays as it is, and who asked may ask again while there is time. A grievance that
contains the appeal is not taken back with it: that one is owed an answer, and waits for us again.
"""

from datetime import datetime

from django.db import transaction

from appeals import claiming, composing, containing, timing, writing
from appeals.enums import AppealState, Channel, LetterKind, ProposalAnswer, StatementKind, Via
from appeals.lines import line
from appeals.models import Appeal, Statement
from appeals.models.appeals import MOVED
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record


class ClosedAlready(Refused):
    """This request is closed already."""


def withdraw(*, appeal: Appeal, channel: Channel | str, at: datetime, by: str) -> Appeal:
    """Close `appeal` because the person takes it back; a letter confirms it.

    Whoever held it holds it no more, what was proposed about it is dropped, and letters that nobody
    has begun to send are cancelled, save the acknowledgement. `by` is the ledger's actor. Raises
    ClosedAlready: of a withdrawal and an answer at once, one wins.
    """
    with transaction.atomic():
        appeal = claiming.lock(appeal)
        if not appeal.is_open:
            raise ClosedAlready
        before = appeal.state
        appeal.move_to(AppealState.WITHDRAWN, at=at)
        appeal.save(update_fields=MOVED)
        appeal.proposals.waiting().update(answer=ProposalAnswer.WITHDRAWN, answered_at=at)
        timing.stop(appeal, at=at)
        Statement.objects.create(
            appeal=appeal,
            kind=StatementKind.WITHDRAWAL,
            channel=channel,
            text_sealed=appeal.seal("", context="statement.text"),
            said_at=at,
            recorded_at=at,
        )
        record(line(appeal, "appeal.withdrawn", by, at, before=before, channel=str(channel)), at=at)
        writing.cancel(appeal, but=[LetterKind.ACKNOWLEDGEMENT], by=by, at=at)
        containing.let_go(appeal, at=at, by=by)
        _confirm(appeal, at=at, by=by)
    return appeal


def _confirm(appeal: Appeal, *, at: datetime, by: str) -> None:
    subject, text = _words(appeal, via=Via.PLATFORM)
    writing.request(
        ticket=appeal,
        kind=LetterKind.WITHDRAWN,
        subject=subject,
        text=text,
        mailed=_words(appeal, via=Via.EMAIL)[1],
        at=at,
        by=by,
    )


def _words(appeal: Appeal, *, via: str) -> tuple[str, str]:
    return composing.withdrawn(ref=appeal.ref, reader=writing.reader_of(appeal, via=via))
