"""An appeal taken back by whoever filed it.

The decision stays as it is, and who asked may ask again while there is time. A grievance that
contains the appeal is not taken back with it: that one is owed an answer, and waits for us again.
"""

from datetime import datetime

from django.db import transaction

from appeals import claiming, composing, timing, writing
from appeals.composing import Reader
from appeals.enums import (
    AppealState,
    Channel,
    GrievanceState,
    LetterKind,
    ProposalAnswer,
    StatementKind,
)
from appeals.lines import line
from appeals.models import Appeal, Grievance, Statement
from appeals.models.appeals import MOVED
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record, record_all


class ClosedAlready(Refused):
    """This request is closed already."""


def withdraw(*, appeal: Appeal, channel: Channel | str, at: datetime, by: str) -> Appeal:
    """Close `appeal` because the person takes it back; a letter confirms it.

    Whoever held it holds it no more, and what was proposed about it is dropped. `by` is the
    ledger's actor. Raises ClosedAlready: of a withdrawal and an answer at once, one wins.
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
        _open_again(appeal, at=at, by=by)
        _confirm(appeal, at=at, by=by)
    return appeal


def _open_again(appeal: Appeal, *, at: datetime, by: str) -> None:
    """Have the grievances that waited for the appeal wait for us instead."""
    waited = Grievance.objects.filter(appeal=appeal, state=GrievanceState.IN_APPEAL)
    rows = list(waited.select_for_update(no_key=True, of=("self",)).select_related("account"))
    for row in rows:
        row.state = GrievanceState.OPEN
        row.version += 1
        row.save(update_fields=["state", "version"])
    record_all([line(row, "grievance.reopened", by, at, appeal=appeal.ref) for row in rows], at=at)


def _confirm(appeal: Appeal, *, at: datetime, by: str) -> None:
    account = appeal.account
    reader = Reader(
        locale=appeal.locale or account.locale,
        country=account.country,
        jurisdiction=appeal.jurisdiction,
        surface=account.surface,
    )
    subject, text = composing.withdrawn(ref=appeal.ref, reader=reader)
    writing.request(
        ticket=appeal, kind=LetterKind.WITHDRAWN, subject=subject, text=text, at=at, by=by
    )
