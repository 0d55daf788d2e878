"""Having decisions carried out on the platform."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cases import delivering, notifying, nudging
from cases.delivering import Answer, Attempt, Message, Platform, Result
from cases.enums import BANS, STANDING, UNDELIVERED, Action, EnforcementState
from cases.models import Account, Decision, Enforcement, EnforcementAttempt
from cases.models.enforcement import SUPERSEDES
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.refs import next_refs
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import User

State = EnforcementState


class NothingToLift(Refused):
    """Nothing stands against this account that could be lifted."""


class CannotConfirm(Refused):
    """This enforcement can't be confirmed."""


class NothingToReplay(Refused):
    """This enforcement does not wait for a replay."""


# Requesting


def request(*, decision: Decision, at: datetime, actor: str) -> list[Enforcement]:
    """Promise what `decision` asks of the platform; empty where it asks nothing.

    Undelivered, never attempted enforcements that the new one makes pointless give way, by
    the table SUPERSEDES. A LIFT undoes everything that stands: what was never sent is
    cancelled, the rest gets a lift each. Runs in the caller's transaction and locks the
    account's row, whose lock orders the account's sequence numbers. Raises NothingToLift.
    """
    if not decision.action:
        return []
    account = Account.objects.select_for_update().get(pk=decision.account_id)
    if decision.action == Action.LIFT:
        return _lift_all(account, decision, at=at, actor=actor)
    _give_way(
        account.enforcements.filter(action__in=SUPERSEDES[decision.action]),
        State.SUPERSEDED,
        at=at,
        actor=actor,
    )
    clause = decision.clauses.order_by("position", "code").first()
    promised = _promise(
        account,
        decision,
        action=decision.action,
        policy=clause.code if clause else "",
        until=decision.until,
        at=at,
        actor=actor,
    )
    return [promised]


def _lift_all(
    account: Account, decision: Decision, *, at: datetime, actor: str
) -> list[Enforcement]:
    cancelled = _give_way(
        account.enforcements.exclude(action=Action.LIFT), State.CANCELLED, at=at, actor=actor
    )
    lifts = [
        _promise(
            account,
            decision,
            action=Action.LIFT,
            policy=standing.policy,
            until=None,
            lifts=standing,
            at=at,
            actor=actor,
        )
        for standing in account.enforcements.standing()
        .filter(_not_being_lifted())
        .order_by("sequence")
    ]
    if not lifts and not cancelled:
        raise NothingToLift
    return lifts


def _give_way(enforcements: Any, state: EnforcementState, *, at: datetime, actor: str) -> int:
    """End those that no worker has ever tried to deliver; the row count settles a race.

    Returns how many gave way.
    """
    gave_way = 0
    for enforcement in enforcements.filter(
        state=State.REQUESTED, attempts_made=0, leased_until=None
    ).select_related("account", "decision__case"):
        ended = Enforcement.objects.filter(
            pk=enforcement.pk, state=State.REQUESTED, attempts_made=0, leased_until=None
        ).update(state=state, ended_at=at, due_at=None)
        if ended:
            enforcement.state = state
            record_all([_entry(enforcement, f"enforcement.{state.lower()}", actor, at)], at=at)
            notifying.cancel_waiting(enforcement=enforcement, at=at)
            gave_way += 1
    return gave_way


def _promise(
    account: Account,
    decision: Decision,
    *,
    action: str,
    policy: str,
    until: datetime | None,
    at: datetime,
    actor: str,
    lifts: Enforcement | None = None,
) -> Enforcement:
    account.last_sequence += 1
    account.save(update_fields=["last_sequence"])
    enforcement = Enforcement.objects.create(
        ref=next_refs("E")[0],
        account=account,
        decision=decision,
        sequence=account.last_sequence,
        action=action,
        policy=policy,
        until=until,
        lifts=lifts,
        state=State.REQUESTED,
        requested_at=at,
        due_at=at,
    )
    record_all([_entry(enforcement, "enforcement.requested", actor, at)], at=at)
    nudging.on_commit()
    return enforcement


def _not_being_lifted() -> Q:
    lift = Enforcement.objects.filter(lifts=OuterRef("pk"), state__in=[*STANDING, State.FAILED])
    return ~Q(Exists(lift))


# Delivering


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

    def mark(self, attempts: Sequence[Attempt], *, now: datetime) -> None:
        mark(attempts, now=now)


def deliver_due(*, platform: Platform, clock: Callable[[], datetime], limit: int = 500) -> int:
    """Ask the platform for what is due, in each account's order. Returns the calls made."""
    return delivering.deliver(EnforcementErrand(), platform=platform, clock=clock, limit=limit)


def mark(attempts: Sequence[Attempt], *, now: datetime) -> None:
    """Write what came of `attempts`: the attempt, the state, what follows, and the ledger."""
    answers = {attempt.promise.pk: attempt for attempt in attempts}
    with transaction.atomic():
        rows = list(
            Enforcement.objects.select_for_update(of=("self",))
            .filter(pk__in=answers)
            .select_related("account", "decision__case", "lifts__account", "lifts__decision__case")
            .order_by("account_id", "sequence")
        )
        made, entries, reached = [], [], []
        for row in rows:
            attempt = answers[row.pk]
            row.attempts_made += 1
            row.last_attempt_at = attempt.attempted_at
            row.leased_until = None
            made.append(_attempt(row, attempt))
            entries.append(_attempted(row, attempt, now))
            # The platform may have confirmed through the API before its answer was read.
            if row.state in UNDELIVERED:
                entries += _settle_attempt(row, attempt.answer, now=now)
                if row.state in (State.ACKNOWLEDGED, State.APPLIED):
                    reached.append(row)
        EnforcementAttempt.objects.bulk_create(made)
        _save(rows)
        entries += _follow_applied([row for row in reached if row.state == State.APPLIED], now=now)
        notifying.release_waiting(enforcements=reached, at=now)
        record_all(entries, at=now)


def _settle_attempt(row: Enforcement, answer: Answer, *, now: datetime) -> list[Entry]:
    result = answer.result
    if result is Result.RETRY:
        row.due_at = delivering.next_due(row, answer=answer, now=now)
        if row.due_at is not None:
            row.state = State.RETRYING
            return []
        return [_fail(row, "The platform could not be reached for three days.", now=now)]
    row.due_at = None
    if result is Result.REFUSED:
        return [_fail(row, f"The platform refused it with status {answer.status}.", now=now)]
    if result is Result.IGNORED:
        return [_fail(row, "The platform has already obeyed a later sequence number.", now=now)]
    row.state = State.ACKNOWLEDGED
    row.acknowledged_at = now
    entries = [_entry(row, "enforcement.acknowledged", "worker", now)]
    if result is Result.APPLIED:
        entries.append(_apply(row, at=now, actor="worker"))
    return entries


def _fail(row: Enforcement, detail: str, *, now: datetime, actor: str = "worker") -> Entry:
    row.state = State.FAILED
    row.detail = detail
    row.due_at = None
    return _entry(row, "enforcement.failed", actor, now)


def _apply(row: Enforcement, *, at: datetime, actor: str) -> Entry:
    row.state = State.APPLIED
    row.applied_at = at
    row.due_at = None
    row.leased_until = None
    row.detail = ""
    return _entry(row, "enforcement.applied", actor, at)


def _follow_applied(applied: Sequence[Enforcement], *, now: datetime) -> list[Entry]:
    """What an enforcement's coming into force ends: what it lifts, and what it replaces."""
    ending: list[tuple[Enforcement, EnforcementState]] = []
    bans = [row for row in applied if row.action in BANS]
    in_force = (
        Enforcement.objects.in_force()
        .filter(account_id__in={row.account_id for row in bans})
        .select_related("account", "decision__case")
        if bans
        else []
    )
    ending += [
        (older, State.SUPERSEDED)
        for older in in_force
        if any(
            row.account_id == older.account_id
            and row.sequence > older.sequence
            and older.action in SUPERSEDES[row.action]
            for row in bans
        )
    ]
    for row in applied:
        if row.lifts is not None:
            due = row.lifts.until is not None and row.lifts.until <= now
            ending.append((row.lifts, State.EXPIRED if due else State.LIFTED))
    entries = []
    for row, state in ending:
        ended = Enforcement.objects.filter(
            pk=row.pk, state__in=[State.APPLIED, State.ACKNOWLEDGED]
        ).update(state=state, ended_at=now, applied_at=row.applied_at or now)
        if ended:
            entries.append(_entry(row, f"enforcement.{state.lower()}", "worker", now))
    return entries


def _save(rows: Sequence[Enforcement]) -> None:
    Enforcement.objects.write_back(
        rows,
        [
            "state", "attempts_made", "last_attempt_at", "leased_until", "due_at",
            "acknowledged_at", "applied_at", "detail",
        ],
    )  # fmt: skip


# Confirming, replaying, ending


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
            entries += _follow_applied([row], now=now)
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
    """Try a failed enforcement again from the start of its schedule, under the same key.

    Raises NothingToReplay where it has not failed, where its end has passed, and where the
    platform has since been sent a later one, which this must not undo.
    """
    with transaction.atomic():
        row = (
            Enforcement.objects.select_for_update(of=("self",))
            .select_related("account", "decision__case")
            .get(pk=enforcement.pk)
        )
        if row.state != State.FAILED:
            raise NothingToReplay(f"{row.ref} has not failed.")
        if row.until is not None and row.until <= at:
            raise NothingToReplay(f"{row.ref} would have ended by now. Decide again.")
        later = Enforcement.objects.filter(account=row.account_id, sequence__gt=row.sequence)
        if later.exclude(state__in=[State.CANCELLED, State.SUPERSEDED], attempts_made=0).exists():
            raise NothingToReplay(f"A later request for this account replaces {row.ref}.")
        row.state = State.RETRYING
        row.attempts_forgiven = row.attempts_made
        row.due_at = at
        row.detail = ""
        row.save(update_fields=["state", "attempts_forgiven", "due_at", "detail"])
        record_all([_entry(row, "enforcement.replayed", f"user:{by.ref}", at)], at=at)
        nudging.on_commit()
    return row


def lift_expired(*, now: datetime, limit: int = 500) -> int:
    """Lift what has reached its end. Returns how many enforcements were dealt with.

    Where a ban stands that came later, the expired one ends without a lift, which would
    undo the later one.
    """
    dealt_with = 0
    due = (
        Enforcement.objects.expired(now=now)
        .filter(_not_being_lifted())
        .order_by("until")
        .values_list("pk", "account_id")[:limit]
    )
    for pk, account_id in list(due):
        with transaction.atomic():
            account = Account.objects.select_for_update().get(pk=account_id)
            expired = (
                Enforcement.objects.expired(now=now)
                .filter(_not_being_lifted(), pk=pk)
                .select_related("decision__case", "account")
                .first()
            )
            if expired is None:
                continue
            dealt_with += 1
            replaced = account.enforcements.standing().bans().filter(sequence__gt=expired.sequence)
            if expired.is_ban and replaced.exists():
                Enforcement.objects.filter(pk=pk).update(state=State.EXPIRED, ended_at=now)
                record_all([_entry(expired, "enforcement.expired", "worker", now)], at=now)
                continue
            _promise(
                account, expired.decision, action=Action.LIFT, policy=expired.policy,
                until=None, lifts=expired, at=now, actor="worker",
            )  # fmt: skip
    return dealt_with


# The ledger's lines


def _entry(row: Enforcement, kind: str, actor: str, at: datetime, **particulars: Any) -> Entry:
    account, decision = row.account, row.decision
    return Entry(
        kind=kind,
        actor=actor,
        happened_at=at,
        account=account.ref,
        case=decision.case.ref if decision.case else "",
        country_prefix=account.country_prefix,
        surface=account.surface,
        policy=row.policy,
        action=row.action,
        outcome=row.state,
        maker=decision.maker,
        particulars={
            "enforcement": row.ref,
            "decision": decision.ref,
            "sequence": row.sequence,
            **particulars,
        },
    )


def _attempt(row: Enforcement, attempt: Attempt) -> EnforcementAttempt:
    return EnforcementAttempt(
        id=uuid7(),
        enforcement=row,
        number=row.attempts_made,
        attempted_at=attempt.attempted_at,
        took_ms=attempt.answer.took_ms,
        status=attempt.answer.status,
        answer=attempt.answer.kept,
        result=attempt.answer.result,
    )


def _attempted(row: Enforcement, attempt: Attempt, now: datetime) -> Entry:
    return _entry(
        row,
        "enforcement.attempted",
        "worker",
        now,
        number=row.attempts_made,
        status=attempt.answer.status,
        result=attempt.answer.result.value,
    )
