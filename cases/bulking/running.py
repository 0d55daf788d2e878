"""Carrying bulks out: what the worker does."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Count, Q

from cases import claiming, deciding, enforcing, offering
from cases.bulking import undoing
from cases.bulking.asking import BulkVerdict, entry
from cases.enums import ApprovalAnswer, BulkRowState, BulkState, CaseState, ClaimEnding
from cases.locking import StalePage, lock
from cases.models import Approval, Bulk, BulkRow, Case, Claim, Decision
from cases.verdict import CannotDecide, check_offered
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

logger = logging.getLogger(__name__)

# Longer than so many rows take; renewed as they are done.
LEASE = timedelta(seconds=60)
_CHUNK = 20
_TRIPPED = "Something went wrong here. It was recorded; decide it by itself."


def run_due(*, clock: Callable[[], datetime], grace: timedelta) -> int:
    """Carry out, or undo, every bulk that waits for a worker. Returns the rows handled.

    See Note [A bulk reaches the platform as a whole] in cases.bulking.
    """
    handled = 0
    while (bulk := _lease(now=clock())) is not None:
        work = _decide_row if bulk.state == BulkState.RUNNING else undoing.undo_row
        handled += _through(bulk, work, clock=clock)
        _finish(bulk, now=clock(), grace=grace)
    return handled


def _lease(*, now: datetime) -> Bulk | None:
    with transaction.atomic():
        bulk = (
            Bulk.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(
                Q(leased_until=None) | Q(leased_until__lte=now),
                state__in=[BulkState.RUNNING, BulkState.UNDOING],
            )
            .select_related("asked_by", "undone_by")
            .order_by("asked_at")
            .first()
        )
        if bulk is not None:
            bulk.leased_until = now + LEASE
            bulk.save(update_fields=["leased_until"])
    return bulk


Work = Callable[..., None]


def _through(bulk: Bulk, work: Work, *, clock: Callable[[], datetime]) -> int:
    """Do the rows that are left, as long as the bulk is to be worked on so."""
    wanted = BulkRowState.WAITING if bulk.state == BulkState.RUNNING else BulkRowState.DECIDED
    rows = BulkRow.objects.filter(bulk=bulk, state=wanted).order_by("position")
    handled = done_to = 0
    while True:
        chunk = list(rows.filter(position__gt=done_to)[:_CHUNK])
        if not chunk or not _renew(bulk, now=clock()):
            return handled
        for row in chunk:
            work(bulk, row.pk, at=clock())
            handled, done_to = handled + 1, row.position


def _renew(bulk: Bulk, *, now: datetime) -> bool:
    """Keep the lease; False once somebody has asked for something else meanwhile."""
    kept = Bulk.objects.filter(pk=bulk.pk, state=bulk.state).update(leased_until=now + LEASE)
    return bool(kept)


def _decide_row(bulk: Bulk, row_id: UUID, *, at: datetime) -> None:
    """One case of the bulk: its decision and the row's word on it, or why there is none."""
    with transaction.atomic():
        row = (
            BulkRow.objects.select_for_update(of=("self",))
            .select_related("case__account")
            .get(pk=row_id)
        )
        if row.state != BulkRowState.WAITING:
            return
        try:
            with transaction.atomic():
                row.decision = _decide(bulk, row, at=at)
            row.state = BulkRowState.DECIDED
        except Refused as refusal:
            row.decision, row.state, row.refusal = None, BulkRowState.REFUSED, str(refusal)
        except DatabaseError:
            # Likely not this row's fault: it is left for the next lease.
            raise
        except Exception:
            # One row that trips over something unforeseen must not hold up the others for ever.
            logger.exception("row %s of %s could not be decided", row.position, bulk.ref)
            row.decision, row.state, row.refusal = None, BulkRowState.REFUSED, _TRIPPED
        row.save(update_fields=["decision", "state", "refusal"])


def _decide(bulk: Bulk, row: BulkRow, *, at: datetime) -> Decision:
    """Decide the row's case for whoever asked, in the caller's transaction."""
    matter = lock(row.case)
    case, by, approver = matter.case, bulk.asked_by, approver_of(bulk)
    _check_free(case, by=by, at=at)
    if row.seen_version != case.version:
        raise StalePage("Something arrived on it after it was chosen.")
    given = BulkVerdict.of(bulk).for_person(case.account.locale, at=at)
    given.check(at=at)
    # Once more: what a queue offers may have been changed since it was asked.
    check_offered(case, given.action)
    if approver is None and (causes := matter.needs_approval(given)):
        raise deciding.NeedsSecondPerson(causes)
    deciding.end_claim(case, ClaimEnding.DECIDED, at=at)
    return deciding.settle(
        matter, verdict=given, by=by, at=at, effective_at=deciding.HELD, approved_by=approver
    )


def _check_free(case: Case, *, by: "User", at: datetime) -> None:
    """Nobody's work is decided under their hands, and nothing that waits for somebody else."""
    if not by.may("work_cases"):
        raise CannotDecide(f"{by.name} may not decide cases any more.")
    if case.is_settled:
        raise deciding.AlreadyDecided("It was decided meanwhile.")
    if case.state != CaseState.OPEN:
        raise CannotDecide(f"It is {case.get_state_display().lower()}.")
    held = Claim.objects.held(now=at).filter(case=case).exclude(analyst=by)
    if claim := held.select_related("analyst").first():
        raise claiming.HeldByAnother(f"{claim.analyst.name} holds it.")
    if refusal := offering.why_not(case=case, by=by, now=at):
        raise refusal


def _finish(bulk: Bulk, *, now: datetime, grace: timedelta) -> None:
    """Say that a bulk is done, and let go of what its decisions promise."""
    with transaction.atomic():
        row = Bulk.objects.select_for_update(of=("self",)).get(pk=bulk.pk)
        left = BulkRow.objects.filter(bulk=row)
        if row.state != bulk.state:
            # Undone while it ran: the next lease goes on with that.
            row.leased_until = None
        elif (
            row.state == BulkState.RUNNING and not left.filter(state=BulkRowState.WAITING).exists()
        ):
            row.state, row.leased_until = BulkState.DONE, None
            row.finished_at, row.effective_at = now, now + grace
            decisions = left.filter(state=BulkRowState.DECIDED).values("decision")
            enforcing.release(decisions=decisions, at=row.effective_at)
            record(entry(row, "bulk.finished", "worker", now, **_tally(row)), at=now)
        elif (
            row.state == BulkState.UNDOING and not left.filter(state=BulkRowState.DECIDED).exists()
        ):
            row.state, row.leased_until = BulkState.UNDONE, None
            # What the worker never came to is left out, and says so.
            left.filter(state=BulkRowState.WAITING).update(state=BulkRowState.EXCEPTED)
            record(entry(row, "bulk.undone", "worker", now, **_tally(row)), at=now)
        row.save(update_fields=["state", "leased_until", "finished_at", "effective_at"])


def _tally(bulk: Bulk) -> dict[str, int]:
    states = BulkRow.objects.filter(bulk=bulk).values_list("state").annotate(count=Count("id"))
    return {state.lower(): count for state, count in states}


def approver_of(bulk: Bulk) -> "User | None":
    """The second person of a bulk that needed one."""
    approval = (
        Approval.objects.filter(bulk=bulk, answer=ApprovalAnswer.APPROVED)
        .select_related("answered_by")
        .first()
    )
    return approval.answered_by if approval else None
