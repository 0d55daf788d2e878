"""The lanes of a case file: which kinds of evidence stand in which, and what they are called."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from cases.enums import Origin, Stage


class Lane(StrEnum):
    """A line of the timeline. The value is its name in addresses, marks and colours."""

    REGISTRATION = "registration"
    MESSAGING = "messaging"
    NEGATIVE_FEEDBACK = "negative-feedback"
    OFF_PLATFORM = "off-platform"
    HANDLING = "handling"


@dataclass(frozen=True, slots=True)
class LaneFace:
    """A lane's name and the key that shows or hides it."""

    name: str
    key: str


FACES: dict[Lane, LaneFace] = {
    Lane.REGISTRATION: LaneFace("Registration", "R"),
    Lane.MESSAGING: LaneFace("Messaging", "M"),
    Lane.NEGATIVE_FEEDBACK: LaneFace("Feedback", "F"),
    Lane.OFF_PLATFORM: LaneFace("Off-platform", "O"),
    Lane.HANDLING: LaneFace("Handling", "H"),
}

# What an account sends to people, one by one or many at once.
SENT = ("message.sent", "message.batch")
RECEIVED = "message.received"
CALLED = "call.made"
REGISTERED = ("account.registered", "account.reregistered")
REPORTED = "user.reported"
BLOCKED = "user.blocked"

_BY_NOUN = {
    "account": Lane.REGISTRATION,
    "code": Lane.REGISTRATION,
    "device": Lane.REGISTRATION,
    "message": Lane.MESSAGING,
    "call": Lane.MESSAGING,
    "group": Lane.MESSAGING,
    "user": Lane.NEGATIVE_FEEDBACK,
}


def lane_of_kind(kind: str) -> Lane | None:
    """The lane of a kind the house knows by its noun; None for others."""
    return _BY_NOUN.get(kind.partition(".")[0])


# A long life is told in a thousand sums of few strands. Kinds are the sources' words, so there may
# be any number of them.
@lru_cache(maxsize=1024)
def lane_of(*, kind: str, stage: str, origin: str) -> Lane:
    """The lane an item stands in; kinds the house does not know go by their stage."""
    if origin == Origin.OFF_PLATFORM:
        return Lane.OFF_PLATFORM
    return lane_of_kind(kind) or lane_of_stage(stage)


def lane_of_stage(stage: str) -> Lane:
    return {
        Stage.REGISTRATION.value: Lane.REGISTRATION,
        Stage.MESSAGING.value: Lane.MESSAGING,
    }.get(stage, Lane.NEGATIVE_FEEDBACK)


class Strand(NamedTuple):
    """What items share that are told together: their kind, the stage and where it happened."""

    kind: str
    stage: str
    origin: str

    @property
    def lane(self) -> Lane:
        return lane_of(kind=self.kind, stage=self.stage, origin=self.origin)

    @property
    def on_platform(self) -> bool:
        return self.origin == Origin.ON_PLATFORM
