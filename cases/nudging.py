"""Waking a worker once a promise is committed.

# Note [The broker only nudges]
# A promise is a row; the broker carries no more than "look". A lost or late message costs a
# few seconds, until the sweep that beat sends anyway; a message too many finds nothing due.
# So a broker that is away must never fail the transaction that made the promise, nor hold up
# the person who decided.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

log = logging.getLogger(__name__)
# Told when to look; None for now.
Nudge = Callable[[datetime | None], None]
_nudge: Nudge | None = None


def nudge_with(nudge: Nudge) -> None:
    """Say how a worker is woken. The tasks' door does, when the app is ready."""
    global _nudge
    _nudge = nudge


def on_commit(*, at: datetime | None = None) -> None:
    """Wake a worker when the current transaction commits, or at `at` if that is later.

    Once for each such moment, however often asked.
    """
    wake = _Wake(at)
    connection = transaction.get_connection()
    if not any(function == wake for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(wake)


@dataclass(frozen=True, slots=True)
class _Wake:
    at: datetime | None

    def __call__(self) -> None:
        if _nudge is None:
            return
        try:
            _nudge(self.at)
        except Exception:
            log.warning(
                "No worker could be nudged; the sweep will find what is due.", exc_info=True
            )
