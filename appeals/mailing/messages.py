"""What a mail says, in plain values."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Origin(Enum):
    """Who speaks in a mail: a person, or which kind of machine."""

    PERSON = "PERSON"
    # Away until Monday; received, thank you; and whatever else says so of itself.
    AUTOMATIC = "AUTOMATIC"
    # To many at once.
    BULK = "BULK"
    # A mail server, about a mail of ours.
    BOUNCE = "BOUNCE"


@dataclass(frozen=True, slots=True)
class Bounced:
    """What a mail server says of a mail that it could not or did deliver.

    Attributes:
        recipient: whom it was for; empty where that isn't said.
        action: `failed`, `delayed`, `delivered`, `relayed` or `expanded`; empty where not said.
        status: three numbers like 5.1.1; empty where not said.
        message_id: of the mail of ours; empty where not said.
    """

    recipient: str
    action: str
    status: str
    message_id: str

    @property
    def is_final(self) -> bool:
        """Whether it will not be tried again. What is only late may still arrive."""
        if self.action in ("delayed", "delivered", "relayed", "expanded"):
            return False
        return not self.status.startswith(("2.", "4."))


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a mail, as its sender called it, unlooked at."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that came in, read as far as it makes sense.

    Attributes:
        message_id: as its sender gave it, with its brackets; empty where they gave none.
        answers: the message ids of what it answers, the oldest first.
        sender: the address it says it is from; empty where that is none.
        sender_name: the name beside it.
        sent_at: when it was sent, as its sender says.
        arrived_at: when it reached the last of the servers on its way, as that one says.
        said: what its sender wrote this time; `quoted` and `signature` are the rest of the text.
        refs: the ticket numbers in it, those of its subject first.
        is_whole: whether all of it was looked at; what wasn't is in the original alone.
    """

    message_id: str
    answers: tuple[str, ...]
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    sent_at: datetime | None
    arrived_at: datetime | None
    origin: Origin
    bounces: tuple[Bounced, ...]
    said: str
    quoted: str
    signature: str
    attached: tuple[Attached, ...]
    refs: tuple[str, ...]
    is_whole: bool

    @property
    def content(self) -> tuple[object, ...]:
        """What its sender made of it, without what the servers on its way added."""
        return (self.sender, self.subject, self.said, self.quoted, self.signature, self.attached)
