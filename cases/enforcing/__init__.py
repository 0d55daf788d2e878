"""Having decisions carried out on the platform."""

from cases.enforcing.requesting import (
    AlreadySent,
    NothingToLift,
    foresee,
    has_something_to_lift,
    lift_expired,
    release,
    request,
    take_back,
)
from cases.enforcing.sending import (
    CannotConfirm,
    EnforcementErrand,
    NothingToReplay,
    confirm,
    deliver_due,
    mark,
    replay,
)

__all__ = [
    "AlreadySent",
    "CannotConfirm",
    "EnforcementErrand",
    "NothingToLift",
    "NothingToReplay",
    "confirm",
    "deliver_due",
    "foresee",
    "has_something_to_lift",
    "lift_expired",
    "mark",
    "release",
    "replay",
    "request",
    "take_back",
]
