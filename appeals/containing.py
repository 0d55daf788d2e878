"""Grievances that wait for the appeal they contain: closed with it, or let go of."""

from datetime import datetime
from typing import TYPE_CHECKING

from appeals import composing, resolving, writing
from appeals.enums import GrievanceResolution, GrievanceState, LetterKind, Via
from appeals.lines import line
from appeals.models import Appeal, Grievance
from cases.models import Decision
from reviewapp.ledger.recording import record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import User


def close(
    appeal: Appeal,
    *,
    resolution: GrievanceResolution,
    by: "User",
    at: datetime,
    decision: Decision | None = None,
) -> None:
    """Close what waited for the appeal, whose answer is theirs as well.

    Whoever complained from another address than the appeal's is told where the answer is. In the
    caller's transaction, which holds the appeal's row.
    """
    for grievance in _contained(appeal):
        grievance.account = grievance.account or appeal.account
        resolving.close(grievance, resolution=resolution, by=by, at=at, decision=decision)
        _tell_apart(grievance, at=at, by=by.actor)


def let_go(appeal: Appeal, *, at: datetime, by: str) -> None:
    """Have what waited for the appeal wait for a colleague: nobody answers it any more.

    They were acknowledged and their clocks run on. In the caller's transaction, as above.
    """
    contained = _contained(appeal)
    for grievance in contained:
        grievance.state = GrievanceState.OPEN
        grievance.version += 1
        grievance.save(update_fields=["state", "version"])
    record_all(
        [
            line(grievance, "grievance.reopened", by, at, appeal=appeal.ref)
            for grievance in contained
        ],
        at=at,
    )


def _contained(appeal: Appeal) -> list[Grievance]:
    open_ones = (
        appeal.grievances.open()
        .filter(state=GrievanceState.IN_APPEAL)
        .select_for_update(of=("self",), no_key=True)
        .select_related("account")
        .order_by("received_at", "id")
    )
    grievances = list(open_ones)
    for grievance in grievances:
        grievance.appeal = appeal
    return grievances


def _tell_apart(grievance: Grievance, *, at: datetime, by: str) -> None:
    appeal = grievance.appeal
    address = writing.address_of(grievance)
    assert appeal is not None
    if not address or address.casefold() == writing.address_of(appeal).casefold():
        return
    reader = writing.reader_of(grievance, via=Via.EMAIL)
    subject, text = composing.resolution(
        ref=grievance.ref, reader=reader, resolution=grievance.resolution
    )
    writing.request(
        ticket=grievance,
        kind=LetterKind.ANSWER,
        subject=subject,
        text=text,
        only=Via.EMAIL,
        confidential=True,
        at=at,
        by=by,
    )
