"""What somebody wrote, on its way to a ticket: checked, told from a retry, kept."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from django.db import IntegrityError

from appeals import cleaning
from appeals.models import Appeal, Grievance, Statement
from reviewapp.kernel.refusals import Refused

if TYPE_CHECKING:
    from reviewapp.staff.models import Source, User

# Clocks of two machines differ by so much at most.
SKEW = timedelta(minutes=5)
LONGEST_CONTACT = 320
_ONCE = "statement_of_source_once"

_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")


class CannotReceive(Refused):
    """This can't be taken so."""


class SentBefore(Refused):
    """Was sent before with other content."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Whose id something has that came through the API, and a digest to tell a retry by."""

    source: "Source"
    sender_id: str
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What somebody wrote, fit to be kept, and what is known of how it came."""

    channel: str
    text: str
    locale: str
    contact: str
    received_at: datetime
    at: datetime
    by: str
    identity_checked: bool = False
    sent: Sent | None = None
    entered_by: "User | None" = None

    @classmethod
    def checked(
        cls, *, text: str, contact: str, received_at: datetime, at: datetime, **others: Any
    ) -> "Word":
        """Clean what was written; no text is none given. Raises TextRefused or CannotReceive."""
        contact = cleaning.legible(contact)
        if len(contact) > LONGEST_CONTACT or "\n" in contact:
            raise CannotReceive("That is no address or number to write to.", pointer="contact")
        if received_at > at + SKEW:
            raise CannotReceive("That lies in the future.", pointer="received_at")
        return cls(
            text=cleaning.clean(text) if text and not text.isspace() else "",
            contact=contact,
            received_at=min(received_at, at),
            at=at,
            **others,
        )

    def keep(self, kind: str, **columns: Any) -> Statement:
        """Keep it as a statement on the ticket among `columns`, in the caller's transaction."""
        ticket: Appeal | Grievance = columns.get("appeal") or columns["grievance"]
        if self.sent is not None:
            columns |= {
                "source": self.sent.source,
                "sender_id": self.sent.sender_id,
                "digest": self.sent.digest,
            }
        statement: Statement = Statement.objects.create(
            kind=kind,
            channel=self.channel,
            entered_by=self.entered_by,
            text_sealed=ticket.seal(self.text, context="statement.text"),
            said_at=self.received_at,
            recorded_at=self.at,
            **columns,
        )
        return statement

    def particulars(self) -> dict[str, Any]:
        """What the ledger is told of it: how it came, never what it says."""
        return {
            "channel": self.channel,
            "received_at": self.received_at.isoformat(),
            "length": len(self.text),
            "identity_checked": self.identity_checked,
            "entered": self.entered_by is not None,
        }


def sent_before(sent: Sent | None, *, of: type[Appeal] | type[Grievance]) -> Statement | None:
    """What was kept under the same id of the same source, with its ticket; None where nothing was.

    Raises SentBefore where that said something else.
    """
    if sent is None:
        return None
    ticket = of.__name__.lower()
    found: Statement | None = (
        Statement.objects.filter(
            source=sent.source, sender_id=sent.sender_id, **{f"{ticket}__isnull": False}
        )
        .select_related(ticket)
        .first()
    )
    if found is not None and bytes(found.digest or b"") != sent.digest:
        raise SentBefore(pointer="id")
    return found


def again_after_clash(
    receive: Callable[_Arguments, _Answer],
) -> Callable[_Arguments, _Answer]:
    """Try once more where the same id was sent for another account in the same moment.

    The second try finds what the other one kept.
    """

    @wraps(receive)
    def receive_again(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Answer:
        try:
            return receive(*args, **kwargs)
        except IntegrityError as clash:
            if _ONCE not in str(clash):
                raise
        return receive(*args, **kwargs)

    return receive_again
