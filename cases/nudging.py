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
# What is asked of the platform; rooms above have workers for other things.
PLATFORM = "platform"
_nudges: dict[str, Nudge] = {}


def nudge_with(nudge: Nudge, *, of: str = PLATFORM) -> None:
    """Say how the worker that looks after `of` is woken. Doors do, when their app is ready."""
    _nudges[of] = nudge


def on_commit(*, at: datetime | None = None, of: str = PLATFORM) -> None:
    """Wake a worker when the current transaction commits, or at `at` if that is later.

    Once for each such moment, however often asked. `of` says which, as `nudge_with` was told.
    """
    wake = _Wake(at, of)
    connection = transaction.get_connection()
    if not any(function == wake for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(wake)


@dataclass(frozen=True, slots=True)
class _Wake:
    at: datetime | None
    of: str

    def __call__(self) -> None:
        nudge = _nudges.get(self.of)
        if nudge is None:
            return
        try:
            nudge(self.at)
        except Exception:
            log.warning(
                "No worker could be nudged; the sweep will find what is due.", exc_info=True
            )
