"""Letters in the app, which the platform passes on."""

from collections.abc import Callable, Sequence
from datetime import datetime

from appeals.enums import Via
from appeals.models import Letter, LetterAttempt
from appeals.writing import letter_line
from cases import delivering, telling
from cases.delivering import Call, Message, Platform
from cases.telling import Telling

IN_APP = Telling(
    kinds="letter.",
    rows=lambda: Letter.objects.all().for_lines(),
    attempts=LetterAttempt,
    line=letter_line,
)
# In the order in which they were written: nobody is told what came of their appeal before they
# are told that it is here.
_IN_TURN = """
    via = %s AND state IN ('REQUESTED', 'RETRYING') AND NOT EXISTS (
        SELECT FROM appeals_letter earlier
         WHERE (earlier.appeal_id = appeals_letter.appeal_id
                OR earlier.grievance_id = appeals_letter.grievance_id)
           AND earlier.via = appeals_letter.via AND earlier.id < appeals_letter.id
           AND earlier.state IN ('REQUESTED', 'RETRYING', 'SENDING'))
"""


def lease(via: Via, *, now: datetime, limit: int) -> list[Letter]:
    """Take up to `limit` letters that are due by one way, each ticket's in its order."""
    keys = Letter.objects.lease(
        now=now, seconds=delivering.LEASE_SECONDS, limit=limit, where_sql=_IN_TURN, params=[via]
    )
    found = Letter.objects.all().for_lines().in_bulk(keys)
    return [found[key] for key in keys]


class LetterErrand:
    """Letters in the app, as the delivery loop knows them."""

    def lease(self, *, now: datetime, limit: int) -> Sequence[Letter]:
        return lease(Via.PLATFORM, now=now, limit=limit)

    def message(self, promise: Letter) -> Message:
        return Message(
            key=str(promise.key),
            type="notification.requested",
            timestamp=promise.requested_at,
            data={
                "notification": promise.ref,
                "account": promise.ticket.account.external_id,  # type: ignore[attr-defined]
                "locale": promise.locale,
                "subject": promise.subject,
                "text": promise.text(),
                "link": None,
            },
        )

    def mark(self, calls: Sequence[Call], *, now: datetime) -> None:
        telling.mark(IN_APP, calls, now=now)


def deliver_due(*, platform: Platform, clock: Callable[[], datetime], limit: int = 500) -> int:
    """Pass on the letters that are due in the app. Returns the calls made."""
    return delivering.deliver(LetterErrand(), platform=platform, clock=clock, limit=limit)
