"""Promising to tell somebody what was decided, holding it back, taking it back."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from cases import nudging
from cases.enums import UNDELIVERED, Action, EnforcementState, NotificationState
from cases.models import Account, Decision, Enforcement, Notification, PolicyClause
from cases.models.enforcement import REACHED
from cases.notifying.lines import line
from cases.notifying.writing import (
    compose_for,
    compose_overturned,
    compose_replaced,
    language_of,
)
from reviewapp.kernel.refs import next_refs
from reviewapp.ledger.recording import record_all

State = NotificationState


def request(
    *,
    decision: Decision,
    clauses: Sequence[PolicyClause],
    enforcements: Sequence[Enforcement],
    stages: Collection[str],
    reason: str,
    locale: str,
    at: datetime,
    actor: str,
) -> Notification | None:
    """Promise to tell the person of `decision`; nothing where nothing is asked of the platform.

    `stages` are those of the observations that it rests on. It waits until the platform has the
    enforcement: nobody is told of a restriction that is not there, nor of a lift that is not. Runs
    in the caller's transaction.
    """
    # A lift that only cancelled what was never sent is no news to the person.
    if not decision.action or (decision.action == Action.LIFT and not enforcements):
        return None
    language = language_of(locale or decision.account.locale)
    subject, text = compose_for(
        action=decision.action, since=decision.decided_at, until=decision.until, clauses=clauses,
        stages=stages, reason=reason, language=language, maker=decision.maker,
    )  # fmt: skip
    return _promise(
        decision, language=language, subject=subject, text=text, at=at, actor=actor,
        waits_for=enforcements[-1] if enforcements else None,
    )  # fmt: skip


def tell_overturned(
    *,
    undoing: Decision,
    waits_for: Enforcement | None,
    something_else_stands: bool,
    reason: str,
    locale: str,
    at: datetime,
    actor: str,
) -> Notification:
    """Promise to tell the person that the decision which `undoing` undoes did not stand, and why.

    Somebody asked, so they are told also where nothing had to be lifted. It waits for `waits_for`
    to reach the platform. Runs in the caller's transaction.
    """
    assert undoing.undoes is not None
    language = language_of(locale or undoing.account.locale)
    subject, text = compose_overturned(
        action=undoing.undoes.action, something_else_stands=something_else_stands, reason=reason,
        language=language,
    )  # fmt: skip
    return _promise(
        undoing, language=language, subject=subject, text=text, waits_for=waits_for, at=at,
        actor=actor,
    )  # fmt: skip


def tell_replaced(
    *,
    undoing: Decision,
    clauses: Sequence[PolicyClause],
    enforcements: Sequence[Enforcement],
    stages: Collection[str],
    reason: str,
    locale: str,
    at: datetime,
    actor: str,
) -> Notification:
    """Promise to tell the person what gave way to what, and why: once, when both have reached the
    platform. What it tells of, and what can be contested, is the restriction, the first of
    `enforcements`. Runs in the caller's transaction.
    """
    assert undoing.undoes is not None
    language = language_of(locale or undoing.account.locale)
    subject, text = compose_replaced(
        former=undoing.undoes.action, former_until=undoing.undoes.until, action=undoing.action,
        since=undoing.decided_at, until=undoing.until, clauses=clauses, stages=stages,
        reason=reason, language=language, maker=undoing.maker,
    )  # fmt: skip
    return _promise(
        undoing, language=language, subject=subject, text=text, waits_for=enforcements[0], at=at,
        actor=actor,
    )  # fmt: skip


def _promise(
    decision: Decision,
    *,
    language: str,
    subject: str,
    text: str,
    waits_for: Enforcement | None,
    at: datetime,
    actor: str,
) -> Notification:
    account: Account = decision.account
    notification = Notification.objects.create(
        ref=next_refs("N")[0],
        account=account,
        decision=decision,
        enforcement=waits_for,
        locale=language,
        subject=subject,
        text_sealed=account.seal(text, context="notification.text"),
        state=State.WAITING if waits_for else State.REQUESTED,
        due_at=None if waits_for else at,
        requested_at=at,
    )
    # See Note [What is in front is not waited for] in cases.enforcing.promising.
    in_front = account.notifications.filter(state__in=[State.REQUESTED, State.RETRYING])
    in_front.filter(leased_until__isnull=False).update(attempts_forgiven=F("attempts_made"))
    in_front.filter(state=State.RETRYING, leased_until=None).update(
        attempts_forgiven=F("attempts_made"), due_at=at
    )
    record_all([line(notification, "notification.requested", actor, at)], at=at)
    nudging.on_commit()
    return notification


def release_waiting(*, enforcements: Sequence[Enforcement], at: datetime) -> None:
    """Let go of the notifications that waited for these enforcements to reach the platform.

    Of a decision that asks for more than one thing nobody is told before it has them all: what is
    told is that all of it is so.
    """
    if not enforcements:
        return
    missing = Enforcement.objects.filter(
        decision=OuterRef("decision"), state__in=[*UNDELIVERED, EnforcementState.FAILED]
    )
    released = Notification.objects.filter(
        ~Exists(missing),
        # Its own decision asked for what it waits for, save where it takes back a warning.
        Q(enforcement__in=[row.pk for row in enforcements])
        | Q(decision__in=[row.decision_id for row in enforcements]),
        enforcement__state__in=REACHED,
        state=State.WAITING,
    ).update(state=State.REQUESTED, due_at=at)
    if released:
        nudging.on_commit()


def cancel_waiting(*, enforcement: Enforcement, at: datetime, actor: str) -> None:
    """Say nothing of an enforcement that will never be asked for."""
    _move_those_of(enforcement, State.WAITING, State.CANCELLED, "notification.cancelled", actor, at)


def wait_again(*, enforcement: Enforcement, at: datetime, actor: str) -> None:
    """Tell the person of an enforcement after all, once the platform has it."""
    _move_those_of(enforcement, State.CANCELLED, State.WAITING, "notification.restored", actor, at)


def _move_those_of(
    enforcement: Enforcement,
    here: NotificationState,
    there: NotificationState,
    kind: str,
    actor: str,
    at: datetime,
) -> None:
    for notification in Notification.objects.filter(
        enforcement=enforcement, state=here
    ).select_related("account", "decision__case"):
        notification.state = there
        notification.save(update_fields=["state"])
        record_all([line(notification, kind, actor, at)], at=at)
