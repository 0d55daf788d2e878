"""Telling the people whose accounts were decided on."""

from cases.notifying.requesting import (
    cancel_waiting,
    release_waiting,
    request,
    tell_overturned,
    tell_replaced,
    wait_again,
)
from cases.notifying.sending import (
    NotificationErrand,
    deliver_due,
    link_with,
    mark,
    replay,
)
from cases.notifying.writing import (
    compose,
    compose_for,
    compose_overturned,
    compose_replaced,
    language_of,
    texts,
)
from cases.telling import NothingToResend

__all__ = [
    "NothingToResend",
    "NotificationErrand",
    "cancel_waiting",
    "compose",
    "compose_for",
    "compose_overturned",
    "compose_replaced",
    "deliver_due",
    "language_of",
    "link_with",
    "mark",
    "release_waiting",
    "replay",
    "request",
    "tell_overturned",
    "tell_replaced",
    "texts",
    "wait_again",
]
