"""How often somebody may come: counted in the database, so that every process counts the same."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from reviewapp.staff.models import ApiKey

if TYPE_CHECKING:  # REST framework loads this module before that one is complete.
    from rest_framework.views import APIView

WINDOW = timedelta(minutes=1)

# One statement, so that of two requests at once neither is lost. The row is locked only for its
# length.
_SPEND = """
INSERT INTO web_allowance AS held (name, ends_at, spent) VALUES (%(name)s, %(ends_at)s, 1)
ON CONFLICT (name) DO UPDATE SET
    spent = CASE WHEN held.ends_at <= %(now)s THEN 1 ELSE held.spent + 1 END,
    ends_at = CASE WHEN held.ends_at <= %(now)s THEN excluded.ends_at ELSE held.ends_at END
RETURNING spent, ends_at
"""


def spend(name: str, *, limit: int, now: datetime) -> float:
    """Count one visit of `name`; answer how many seconds to wait, or 0 to come in.

    At most `limit` visits pass in a window of one minute, which begins with the first.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, {"name": name[:200], "ends_at": now + WINDOW, "now": now})
        spent, ends_at = cursor.fetchone()
    return max(0.001, (ends_at - now).total_seconds()) if spent > limit else 0


class PerKey(BaseThrottle):
    """`settings.API_RATE` requests a minute for each key."""

    _wait = 0.0

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if isinstance(request.auth, ApiKey):
            self._wait = spend(
                f"key:{request.auth.prefix}", limit=settings.API_RATE, now=timezone.now()
            )
        return not self._wait

    def wait(self) -> float | None:
        return self._wait or None
