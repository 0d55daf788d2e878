"""Having decisions carried out on the platform."""

from cases.enforcing.contesting import (
    Footing,
    appealable,
    being_lifted,
    detections_behind,
    footings,
    pending,
    something_else_stands,
)
from cases.enforcing.lifting import has_something_to_lift, lift_expired
from cases.enforcing.requesting import (
    AlreadySent,
    NothingToLift,
    foresee,
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
    "Footing",
    "NothingToLift",
    "NothingToReplay",
    "appealable",
    "being_lifted",
    "confirm",
    "deliver_due",
    "detections_behind",
    "footings",
    "foresee",
    "has_something_to_lift",
    "lift_expired",
    "mark",
    "pending",
    "release",
    "replay",
    "request",
    "something_else_stands",
    "take_back",
]
