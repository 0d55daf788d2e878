"""What the platform was asked about an account, and what came of it, in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from django.urls import reverse

from cases.casefile.counting import span
from cases.enums import UNDELIVERED, Action, EnforcementState, NotificationState
from cases.models import (
    Enforcement,
    EnforcementAttempt,
    Notification,
    NotificationAttempt,
)
from cases.models.enforcement import EnforcementQuerySet
from cases.models.notifications import NotificationQuerySet

_ACTIONS = {
    Action.WARN: "Warning",
    Action.RATE_LIMIT: "Rate limit",
    Action.GROUP_CREATE_BLOCK: "No new groups",
    Action.FEATURE_LIMIT: "Feature limit",
    Action.TEMPORARY_BAN: "Temporary ban",
    Action.PERMANENT_BAN: "Permanent ban",
    Action.REGISTRATION_BLOCK: "Registration block",
    Action.LIFT: "Lift",
}
_TONES = {
    EnforcementState.REQUESTED: "",
    EnforcementState.RETRYING: "due",
    EnforcementState.ACKNOWLEDGED: "accent",
    EnforcementState.APPLIED: "good",
    EnforcementState.FAILED: "bad",
}
_NOTIFICATION_TONES = {
    NotificationState.RETRYING: "due",
    NotificationState.SENT: "good",
    NotificationState.FAILED: "bad",
}
_ANSWER_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Attempted:
    """One try, in words."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """An enforcement as `components/_delivery.html` and the enforcement page want it."""

    ref: str
    action: str
    state: str
    tone: str
    until: datetime | None
    due_at: datetime | None
    next_at: datetime | None
    sequence: int
    requested_at: datetime
    detail: str
    attempts: list[Attempted] = field(default_factory=list)
    lifts: str = ""
    replay_url: str = ""
    account_ref: str = ""
    account_url: str = ""
    case_ref: str = ""
    case_url: str = ""
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """A notification to the person, in words."""

    ref: str
    words: str
    state: str
    tone: str
    at: datetime
    attempts: list[Attempted]
    replay_url: str = ""
    account_ref: str = ""
    account_url: str = ""
    settled: bool = True


def asked_of_platform() -> EnforcementQuerySet:
    """Enforcements with all that `delivery` needs, in the order the platform gets them."""
    rows: EnforcementQuerySet = (
        Enforcement.objects.select_related("account", "decision__case", "lifts")
        .prefetch_related("attempts")
        .order_by("account_id", "sequence")
    )
    return rows


def told_to_person() -> NotificationQuerySet:
    """Notifications with all that `told` needs."""
    rows: NotificationQuerySet = (
        Notification.objects.select_related("account")
        .prefetch_related("attempts")
        .order_by("requested_at", "id")
    )
    return rows


def action_words(action: str, *, until: datetime | None = None, at: datetime | None = None) -> str:
    """`Temporary ban`, or `Temporary ban for 7 days` where its length is known."""
    words = _ACTIONS.get(Action(action), action) if action in Action.values else action
    return f"{words} for {span(until - at)}" if until and at else words


def delivery(row: Enforcement, *, may_replay: bool) -> Delivery:
    """`row` in words. Needs account, decision.case, lifts and attempts loaded."""
    waiting = row.state in UNDELIVERED
    case = row.decision.case
    return Delivery(
        ref=row.ref,
        action=action_words(row.action, until=row.until, at=row.decision.decided_at),
        state=row.get_state_display(),
        tone=delivery_tone(row.state),
        until=row.until,
        due_at=row.due_at if waiting and not row.attempts_made else None,
        next_at=row.due_at if waiting and row.attempts_made else None,
        sequence=row.sequence,
        requested_at=row.requested_at,
        detail=row.detail,
        attempts=_attempted(row.attempts.all()),
        lifts=action_words(row.lifts.action) if row.lifts else "",
        replay_url=_replay_url("cases:enforcement_replay", row) if may_replay else "",
        account_ref=row.account.ref,
        account_url=reverse("cases:account", args=[row.account.ref]),
        case_ref=case.ref if case else "",
        case_url=reverse("cases:case", args=[case.ref]) if case else "",
        settled=not waiting and row.state != EnforcementState.ACKNOWLEDGED,
    )


def told(row: Notification, *, may_replay: bool) -> Told:
    """`row` in words. Needs account and attempts loaded."""
    return Told(
        ref=row.ref,
        words=f"Telling the person: {row.subject}",
        state=row.get_state_display(),
        tone=_NOTIFICATION_TONES.get(NotificationState(row.state), ""),
        at=row.sent_at or row.requested_at,
        attempts=_attempted(row.attempts.all()),
        replay_url=_replay_url("cases:notification_replay", row) if may_replay else "",
        account_ref=row.account.ref,
        account_url=reverse("cases:account", args=[row.account.ref]),
        settled=row.state
        in (NotificationState.SENT, NotificationState.FAILED, NotificationState.CANCELLED),
    )


def delivery_tone(state: str) -> str:
    return _TONES.get(EnforcementState(state), "quiet")


def _replay_url(name: str, row: Enforcement | Notification) -> str:
    return reverse(name, args=[row.ref]) if row.needs_attention else ""


def _attempted(rows: Iterable[EnforcementAttempt | NotificationAttempt]) -> list[Attempted]:
    return [
        Attempted(row.attempted_at, _attempt_words(row))
        for row in sorted(rows, key=lambda row: row.number)
    ]


def _succeeded(row: EnforcementAttempt | NotificationAttempt) -> bool:
    return row.status is not None and 200 <= row.status < 300


def _attempt_words(row: EnforcementAttempt | NotificationAttempt) -> str:
    if row.status is None:
        words = "no answer"
    else:
        try:
            words = f"{row.status} {HTTPStatus(row.status).phrase}"
        except ValueError:
            words = str(row.status)
    words += f" after {row.took_ms / 1000:.1f} s" if row.took_ms >= 100 else ""
    answer = " ".join(row.answer.split())
    if answer and not _succeeded(row):
        words += f": {answer[:_ANSWER_SHOWN]}{'…' if len(answer) > _ANSWER_SHOWN else ''}"
    return words
