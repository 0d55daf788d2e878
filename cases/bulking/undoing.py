"""Taking a bulk back, as one."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import DatabaseError, transaction

from cases import claiming, opening, reversing, withdrawing
from cases.bulking.asking import entry
from cases.enums import BulkRowState, BulkState, ClaimEnding
from cases.locking import lock
from cases.models import Bulk, BulkRow, Claim, Decision
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

logger = logging.getLogger(__name__)


class CannotUndo(Refused):
    """This bulk can't be undone."""


def undo(*, bulk: Bulk, by: "User", at: datetime) -> None:
    """Have the worker take back every decision of `bulk`; what it has not decided stays undecided.

    By whoever asked for it, or by somebody who leads. Raises CannotUndo.
    """
    if by.pk != bulk.asked_by_id and not by.may("lead_cases"):
        raise CannotUndo("Only whoever decided it, or a lead, can undo it.")
    with transaction.atomic():
        # The row count is the guard: it is undone once.
        moved = Bulk.objects.filter(
            pk=bulk.pk, state__in=[BulkState.RUNNING, BulkState.DONE]
        ).update(state=BulkState.UNDOING, undone_by=by, undone_at=at)
        if not moved:
            raise CannotUndo(f"{bulk.ref} is not there to be undone any more.")
        record(entry(bulk, "bulk.withdrawn", by.actor, at), at=at)


def undo_row(bulk: Bulk, row_id: UUID, *, at: datetime) -> None:
    """Take one decision of the bulk back: as if it had never been, or, once sent, by another."""
    assert bulk.undone_by is not None
    with transaction.atomic():
        row = (
            BulkRow.objects.select_for_update(of=("self",))
            .select_related("decision__case__account")
            .get(pk=row_id)
        )
        if row.state != BulkRowState.DECIDED:
            return
        assert row.decision is not None
        try:
            with transaction.atomic():
                _undo(row.decision, ref=bulk.ref, by=bulk.undone_by, at=at)
        except DatabaseError:
            raise
        except Exception:
            # It stays to be undone, by the next lease, and holds up none of the others.
            logger.exception("row %s of %s could not be undone", row.position, bulk.ref)
            return
        row.state = BulkRowState.UNDONE
        row.save(update_fields=["state"])


def _undo(decision: Decision, *, ref: str, by: "User", at: datetime) -> None:
    assert decision.case is not None
    matter = lock(decision.case)
    try:
        with transaction.atomic():
            case = withdrawing.take_back(decision, matter=matter, by=by, at=at)
            if by.pk == decision.decided_by_id and _held(decision):
                claiming.give_to(case=case, whom=by, now=at)
    except withdrawing.CannotWithdraw:
        # The platform was asked, or a newer case is open: what stands is lifted instead. What was
        # undone before, on appeal say, stays as it was settled then.
        words = f"Undone with {ref}."
        for undone in reversing.reverse(decision, matter=matter, by=by, words=words, at=at):
            assert undone.case is not None
            opening.open_again(case=undone.case, by=by, reason=words, at=at)


def _held(decision: Decision) -> bool:
    """Whoever decided held the case until then; most cases of a bulk are held by nobody."""
    return Claim.objects.filter(
        case=decision.case_id,
        analyst=decision.decided_by_id,
        ending=ClaimEnding.DECIDED,
        released_at=decision.decided_at,
    ).exists()
