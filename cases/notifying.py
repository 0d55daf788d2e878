"""Telling the people whose accounts were decided on."""

import tomllib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from cases import delivering, nudging
from cases.delivering import Answer, Call, Message, Platform, Result
from cases.enums import NEEDING_ATTENTION, Action, NotificationState
from cases.models import (
    Account,
    Decision,
    Enforcement,
    Notification,
    NotificationAttempt,
    PolicyClause,
)
from reviewapp.kernel.refs import next_refs
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import User

State = NotificationState


class NothingToResend(Refused):
    """This notification does not wait to be sent again."""


# Writing


@cache
def texts() -> dict[str, Any]:
    """What people are told, by language: `notices.toml`, which translators edit."""
    with (Path(__file__).parent / "notices.toml").open("rb") as file:
        return tomllib.load(file)


def language_of(locale: str) -> str:
    """The language to write to `locale` in; English where there are no texts for it."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return language if language in texts() else "en"


def compose(
    *, action: str, until: datetime | None, rule: str, reason: str, locale: str, maker: str
) -> tuple[str, str]:
    """Subject and text for the person: what was decided, under which rule, why, how to contest.

    `rule` is the clause's words in the person's language, `reason` the reviewer's sentence, left
    out where it is only the rule's own words again, `maker` who decided (a Maker).
    A statement of reasons in the sense of DSA Art. 17(3), without thresholds and without
    anybody else's identity.
    """
    words = texts()[language_of(locale)]
    told = words["actions"][action].format(until=f"{until:%Y-%m-%d %H:%M} UTC" if until else "")
    parts = [
        told,
        words["rule"].format(rule=rule) if rule else "",
        "" if reason.split() == rule.split() else reason.strip(),
        words["makers"][maker] if rule else "",
        words["contest"] if rule else "",
    ]
    return words["subjects"][action], "\n\n".join(part for part in parts if part)


def compose_for(
    *,
    action: str,
    until: datetime | None,
    clauses: Sequence[PolicyClause],
    reason: str,
    language: str,
    maker: str,
) -> tuple[str, str]:
    """Subject and text for the person, with the words of `clauses` in `language`. See `compose`."""
    rule = " ".join(clause.words_for(language) for clause in clauses)
    return compose(
        action=action, until=until, rule=rule, reason=reason, locale=language, maker=maker
    )


def request(
    *,
    decision: Decision,
    clauses: Sequence[PolicyClause],
    enforcements: Sequence[Enforcement],
    reason: str,
    locale: str,
    at: datetime,
    actor: str,
) -> Notification | None:
    """Promise to tell the person of `decision`; nothing where nothing is asked of the platform.

    It waits until the platform has the enforcement: nobody is told of a restriction that is
    not there, nor of a lift that is not. Runs in the caller's transaction.
    """
    # A lift that only cancelled what was never sent is no news to the person.
    if not decision.action or (decision.action == Action.LIFT and not enforcements):
        return None
    account: Account = decision.account
    language = language_of(locale or account.locale)
    subject, text = compose_for(
        action=decision.action, until=decision.until, clauses=clauses, reason=reason,
        language=language, maker=decision.maker,
    )  # fmt: skip
    waits_for = enforcements[-1] if enforcements else None
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
    # What waits for its next attempt goes first, and now.
    account.notifications.filter(state=State.RETRYING, leased_until=None).update(due_at=at)
    record_all([_entry(notification, "notification.requested", actor, at)], at=at)
    nudging.on_commit()
    return notification


def release_waiting(*, enforcements: Sequence[Enforcement], at: datetime) -> None:
    """Let go of the notifications that waited for these enforcements to reach the platform."""
    if not enforcements:
        return
    released = Notification.objects.filter(
        enforcement__in=[row.pk for row in enforcements], state=State.WAITING
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
        record_all([_entry(notification, kind, actor, at)], at=at)


# Delivering


class NotificationErrand:
    """Notifications, as the delivery loop knows them."""

    def lease(self, *, now: datetime, limit: int) -> Sequence[Notification]:
        keys = Notification.objects.lease(
            now=now,
            seconds=delivering.LEASE_SECONDS,
            limit=limit,
            # In the order in which they were written: nobody is told of a ban after its lift.
            where_sql="""
                state IN ('REQUESTED', 'RETRYING') AND NOT EXISTS (
                    SELECT FROM cases_notification earlier
                     WHERE earlier.account_id = cases_notification.account_id
                       AND earlier.id < cases_notification.id
                       AND earlier.state IN ('REQUESTED', 'RETRYING'))
            """,
        )
        found = Notification.objects.select_related("account").in_bulk(keys)
        return [found[key] for key in keys]

    def message(self, promise: Notification) -> Message:
        return Message(
            key=str(promise.key),
            type="notification.requested",
            timestamp=promise.requested_at,
            data={
                "notification": promise.ref,
                "account": promise.account.external_id,
                "locale": promise.locale,
                "subject": promise.subject,
                "text": promise.text(),
                "link": None,
            },
        )

    def mark(self, calls: Sequence[Call], *, now: datetime) -> None:
        mark(calls, now=now)


def deliver_due(*, platform: Platform, clock: Callable[[], datetime], limit: int = 500) -> int:
    """Pass on the notifications that are due. Returns the calls made."""
    return delivering.deliver(NotificationErrand(), platform=platform, clock=clock, limit=limit)


def mark(calls: Sequence[Call], *, now: datetime) -> None:
    """Write what came of `calls`, with the ledger."""
    by_row = {call.promise.pk: call for call in calls}
    with transaction.atomic():
        rows = list(
            Notification.objects.select_for_update(of=("self",))
            .filter(pk__in=by_row)
            .select_related("account", "decision__case")
            .order_by("pk")
        )
        made, entries = [], []
        for row in rows:
            call = by_row[row.pk]
            row.attempts_made += 1
            row.last_attempt_at = call.attempted_at
            row.leased_until = None
            made.append(NotificationAttempt.of(call, notification=row))
            entries.append(_entry(row, "notification.attempted", "worker", now))
            entries += _settle(row, call.answer, now=now)
        NotificationAttempt.objects.bulk_create(made)
        Notification.objects.write_back(
            rows,
            [
                "state", "attempts_made", "last_attempt_at", "leased_until", "due_at",
                "sent_at", "detail",
            ],
        )  # fmt: skip
        record_all(entries, at=now)


def _settle(row: Notification, answer: Answer, *, now: datetime) -> list[Entry]:
    if answer.result is Result.RETRY:
        if delivering.is_retried(row, answer=answer, now=now):
            row.state = State.RETRYING
            return []
        row.state = State.FAILED
        row.detail = delivering.GAVE_UP
    elif answer.result is Result.REFUSED:
        row.state = State.FAILED
        row.detail = f"The platform refused it with status {answer.status}."
        row.due_at = None
    else:
        row.state = State.SENT
        row.sent_at = now
        row.detail = ""
        row.due_at = None
    kind = "notification.sent" if row.state == State.SENT else "notification.failed"
    return [_entry(row, kind, "worker", now)]


def replay(*, notification: Notification, by: "User", at: datetime) -> Notification:
    """Try a failed or waiting notification again now, under the same key.

    Raises NothingToResend.
    """
    with transaction.atomic():
        row = (
            Notification.objects.select_for_update(of=("self",))
            .select_related("account", "decision__case")
            .get(pk=notification.pk)
        )
        if row.state not in NEEDING_ATTENTION:
            raise NothingToResend(f"{row.ref} has not failed.")
        if row.state == State.RETRYING and delivering.is_on_its_way(row, now=at):
            raise NothingToResend(f"{row.ref} is on its way already.")
        delivering.start_over(row, state=State.RETRYING, at=at)
        record_all([_entry(row, "notification.replayed", by.actor, at)], at=at)
        nudging.on_commit()
    return row


def _entry(row: Notification, kind: str, actor: str, at: datetime) -> Entry:
    decision = row.decision
    return Entry(
        kind=kind,
        actor=actor,
        happened_at=at,
        account=row.account.ref,
        case=decision.case.ref if decision.case else "",
        country_prefix=row.account.country_prefix,
        surface=row.account.surface,
        action=decision.action,
        outcome=row.state,
        maker=decision.maker,
        particulars={
            "notification": row.ref,
            "decision": decision.ref,
            "locale": row.locale,
            "attempts": row.attempts_made,
        },
    )
