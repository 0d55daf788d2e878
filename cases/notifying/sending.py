"""Passing on what people are to be told, and marking what came of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from cases import delivering, nudging, telling
from cases.delivering import Call, Message, Platform
from cases.enums import NEEDING_ATTENTION
from cases.models import Notification, NotificationAttempt
from cases.notifying.lines import line
from cases.telling import Telling

if TYPE_CHECKING:
    from reviewapp.staff.models import User

_TELLING = Telling(
    kinds="notification.",
    rows=lambda: Notification.objects.select_related("account", "decision__case"),
    attempts=NotificationAttempt,
    line=line,
)


# Note [The link in a notification]
# Where somebody can contest what they are told, the message carries a link to that place. Which
# place that is, this room does not know: one above registers who makes links. The platform knows
# a message by its key and refuses another body under the same one, so a notification's link must
# be the same however often it is asked for: made of what never changes about it, and of no clock.
# It is asked for by a worker's thread, in the middle of a call, and may not ask the database.

LinkMaker = Callable[[Notification], str | None]
_make_link: LinkMaker | None = None


def link_with(make_link: LinkMaker | None) -> None:
    """Say who makes the link in a notification; None where it has none, as without a maker.

    It is given the notification with `account`, `decision` and `enforcement` loaded. See Note
    [The link in a notification].
    """
    global _make_link
    _make_link = make_link


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
        found = Notification.objects.select_related("account", "decision", "enforcement").in_bulk(
            keys
        )
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
                "link": _make_link(promise) if _make_link else None,
            },
        )

    def mark(self, calls: Sequence[Call], *, now: datetime) -> None:
        mark(calls, now=now)


def deliver_due(*, platform: Platform, clock: Callable[[], datetime], limit: int = 500) -> int:
    """Pass on the notifications that are due. Returns the calls made."""
    return delivering.deliver(NotificationErrand(), platform=platform, clock=clock, limit=limit)


def mark(calls: Sequence[Call], *, now: datetime) -> None:
    """Write what came of `calls`, with the ledger."""
    telling.mark(_TELLING, calls, now=now)


def replay(*, notification: Notification, by: "User", at: datetime) -> Notification:
    """Try a failed or waiting notification again now, under the same key.

    Raises NothingToResend.
    """
    with transaction.atomic():
        row: Notification = telling.replay(
            _TELLING, row=notification, needing=NEEDING_ATTENTION, by=by, at=at
        )
        nudging.on_commit()
    return row
