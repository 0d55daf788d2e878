"""Waking a worker once a promise is committed.

# Note [The broker only nudges]
# A promise is a row; the broker carries no more than "look". A lost or late message costs a
# few seconds, until the sweep that beat sends anyway; a message too many finds nothing due.
# So a broker that is away must never fail the transaction that made the promise, nor hold up
# the person who decided.
"""

import logging
from collections.abc import Callable

from django.db import transaction

log = logging.getLogger(__name__)
_nudge: Callable[[], None] | None = None


def nudge_with(nudge: Callable[[], None]) -> None:
    """Say how a worker is woken. The tasks' door does, when the app is ready."""
    global _nudge
    _nudge = nudge


def on_commit() -> None:
    """Wake a worker when the current transaction commits; once, however often asked."""
    connection = transaction.get_connection()
    if not any(function is _wake for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(_wake)


def _wake() -> None:
    if _nudge is None:
        return
    try:
        _nudge()
    except Exception:
        log.warning("No worker could be nudged; the sweep will find what is due.", exc_info=True)
