"""Asking the platform, marking what came of it, and asking again."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from cases import delivering, notifying, nudging
from cases.delivering import Answer, Call, Message, Platform, Result
from cases.enforcing.lines import line
from cases.enums import NEEDING_ATTENTION, UNDELIVERED, EnforcementState
from cases.models import Enforcement, EnforcementAttempt
from cases.models.enforcement import GAVE_WAY
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import User

State = EnforcementState


class CannotConfirm(Refused):
    """This enforcement can't be confirmed."""


class NothingToReplay(Refused):
    """This enforcement does not wait for a replay."""


class EnforcementErrand:
    """Enforcements, as the delivery loop knows them."""

    def lease(self, *, now: datetime, limit: int) -> Sequence[Enforcement]:
        # Only the oldest undelivered one of each account may go.
        keys = Enforcement.objects.lease(
            now=now,
            seconds=delivering.LEASE_SECONDS,
            limit=limit,
            where_sql="""
                state IN ('REQUESTED', 'RETRYING') AND NOT EXISTS (
                    SELECT FROM cases_enforcement earlier
                     WHERE earlier.account_id = cases_enforcement.account_id
                       AND earlier.sequence < cases_enforcement.sequence
                       AND earlier.state IN ('REQUESTED', 'RETRYING'))
            """,
        )
        found = Enforcement.objects.select_related("account", "lifts").in_bulk(keys)
        return [found[key] for key in keys]

    def message(self, promise: Enforcement) -> Message:
        data: dict[str, Any] = {
            "enforcement": promise.ref,
            "account": promise.account.external_id,
            "sequence": promise.sequence,
            "action": promise.action,
            "until": promise.until.isoformat() if promise.until else None,
            "policy": promise.policy,
        }
        lifting = promise.lifts is not None
        if promise.lifts is not None:
            data["lifts"] = promise.lifts.ref
        return Message(
            key=str(promise.key),
            type="enforcement.lifted" if lifting else "enforcement.requested",
            timestamp=promise.requested_at,
            data=data,
        )

    def mark(self, calls: Sequence[Call], *, now: datetime) -> None:
        mark(calls, now=now)


def deliver_due(*, platform: Platform, clock: Callable[[], datetime], limit: int = 500) -> int:
    """Ask the platform for what is due, in each account's order. Returns the calls made."""
    return delivering.deliver(EnforcementErrand(), platform=platform, clock=clock, limit=limit)


def mark(calls: Sequence[Call], *, now: datetime) -> None:
    """Write what came of `calls`: the attempt, the state, what follows, and the ledger."""
    by_row = {call.promise.pk: call for call in calls}
    with transaction.atomic():
        rows = list(
            Enforcement.objects.select_for_update(of=("self",))
            .filter(pk__in=by_row)
            .select_related("account", "decision__case", "lifts__account", "lifts__decision__case")
            .order_by("account_id", "sequence")
        )
        made, entries, reached = [], [], []
        for row in rows:
            call = by_row[row.pk]
            row.note_attempt(at=call.attempted_at)
            made.append(EnforcementAttempt.of(call, enforcement=row))
            said = {"status": call.answer.status, "result": call.answer.result.value}
            entries.append(
                line(row, "enforcement.attempted", "worker", now, number=row.attempts_made, **said)
            )
            # The platform may have confirmed through the API before its answer was read.
            if row.state in UNDELIVERED:
                entries += _settle(row, call.answer, now=now)
                if row.state in (State.ACKNOWLEDGED, State.APPLIED):
                    reached.append(row)
        EnforcementAttempt.objects.bulk_create(made)
        _save(rows)
        entries += _end_lifted([row for row in reached if row.state == State.APPLIED], now=now)
        notifying.release_waiting(enforcements=reached, at=now)
        record_all(entries, at=now)


def _settle(row: Enforcement, answer: Answer, *, now: datetime) -> list[Entry]:
    result = answer.result
    if result is Result.RETRY:
        if delivering.is_retried(row, answer=answer, now=now):
            row.state = State.RETRYING
            return []
        return [_fail(row, delivering.gave_up("The platform"), now=now)]
    row.due_at = None
    if result is Result.REFUSED:
        return [_fail(row, f"The platform refused it with status {answer.status}.", now=now)]
    if result is Result.IGNORED:
        return [_fail(row, "The platform has already obeyed a later sequence number.", now=now)]
    row.state = State.ACKNOWLEDGED
    row.acknowledged_at = now
    entries = [line(row, "enforcement.acknowledged", "worker", now)]
    if result is Result.APPLIED:
        entries.append(_apply(row, at=now, actor="worker"))
    return entries


def _fail(row: Enforcement, detail: str, *, now: datetime, actor: str = "worker") -> Entry:
    row.state = State.FAILED
    row.detail = detail
    row.due_at = None
    return line(row, "enforcement.failed", actor, now)


def _apply(row: Enforcement, *, at: datetime, actor: str) -> Entry:
    row.state = State.APPLIED
    row.applied_at = at
    row.due_at = None
    row.leased_until = None
    row.detail = ""
    return line(row, "enforcement.applied", actor, at)


def _end_lifted(applied: Sequence[Enforcement], *, now: datetime) -> list[Entry]:
    """End what these have lifted. Nothing else ends by another's coming into force: the
    platform holds a set of restrictions, and a lift ends exactly the one that it names.
    """
    entries = []
    for lifted in (row.lifts for row in applied if row.lifts is not None):
        expired = lifted.until is not None and lifted.until <= now
        lifted.state = State.EXPIRED if expired else State.LIFTED
        # One that we gave up on may have been in force too, and must not be confirmed later.
        ended = Enforcement.objects.filter(
            pk=lifted.pk, state__in=[State.APPLIED, State.ACKNOWLEDGED, State.FAILED]
        ).update(state=lifted.state, ended_at=now, due_at=None)
        if ended:
            notifying.cancel_waiting(enforcement=lifted, at=now, actor="worker")
            entries.append(line(lifted, f"enforcement.{lifted.state.lower()}", "worker", now))
    return entries


def _save(rows: Sequence[Enforcement]) -> None:
    Enforcement.objects.write_back(
        rows,
        [
            "state", "attempts_made", "last_attempt_at", "leased_until", "due_at",
            "acknowledged_at", "applied_at", "detail",
        ],
    )  # fmt: skip


# Confirming, replaying


def confirm(
    *, enforcement: Enforcement, outcome: str, at: datetime, detail: str, by: str, now: datetime
) -> Enforcement:
    """Take the platform's word that it has applied, or failed to apply, an enforcement.

    `outcome` is APPLIED or FAILED, `at` the platform's own time of it, `by` the ledger's name
    for who says so. Saying the same again changes nothing. Raises CannotConfirm for what was
    never sent, and for what has ended or was said otherwise before.
    """
    with transaction.atomic():
        row = (
            Enforcement.objects.select_for_update(of=("self",))
            .select_related("account", "decision__case", "lifts__account", "lifts__decision__case")
            .get(pk=enforcement.pk)
        )
        if row.state == outcome:
            return row
        sent = row.attempts_made > 0 or row.leased_until is not None
        if not sent:
            raise CannotConfirm(f"{row.ref} was never sent to the platform.")
        if outcome == State.FAILED and row.state == State.APPLIED:
            raise CannotConfirm(f"{row.ref} was confirmed as applied before.")
        if row.state not in {*UNDELIVERED, State.ACKNOWLEDGED, State.FAILED}:
            raise CannotConfirm(f"{row.ref} has ended: {row.get_state_display().lower()}.")
        leased_until = row.leased_until
        if outcome == State.APPLIED:
            row.acknowledged_at = row.acknowledged_at or now
            entries = [_apply(row, at=min(at, now), actor=by)]
            _save([row])
            entries += _end_lifted([row], now=now)
            notifying.release_waiting(enforcements=[row], at=now)
        else:
            entries = [_fail(row, detail or "The platform says that it failed.", now=now, actor=by)]
            row.leased_until = None
            _save([row])
        record_all(entries, at=now)
        if leased_until is not None:
            nudging.on_commit()
    return row


def replay(*, enforcement: Enforcement, by: "User", at: datetime) -> Enforcement:
    """Try an enforcement again now, from the start of its schedule, under the same key.

    For one that failed, or that waits long for its next attempt although the platform is
    back. Raises NothingToReplay where it is neither, where its end has passed, and where the
    platform has since been sent a later one, which this must not undo.
    """
    with transaction.atomic():
        row = (
            Enforcement.objects.select_for_update(of=("self",))
            .select_related("account", "decision__case")
            .get(pk=enforcement.pk)
        )
        if row.state not in NEEDING_ATTENTION:
            raise NothingToReplay(f"{row.ref} has not failed.")
        if row.state == State.RETRYING and delivering.is_on_its_way(row, now=at):
            raise NothingToReplay(f"{row.ref} is on its way already.")
        if row.until is not None and row.until <= at:
            raise NothingToReplay(f"{row.ref} would have ended by now. Decide again.")
        later = Enforcement.objects.filter(account=row.account_id, sequence__gt=row.sequence)
        overtaken = later.exclude(state__in=GAVE_WAY, attempts_made=0)
        # Later ones wait behind one that is being retried, and not behind one that failed.
        if row.state == State.FAILED and overtaken.exists():
            raise NothingToReplay(f"A later request for this account replaces {row.ref}.")
        delivering.start_over(row, state=State.RETRYING, at=at)
        record_all([line(row, "enforcement.replayed", by.actor, at)], at=at)
        nudging.on_commit()
    return row
