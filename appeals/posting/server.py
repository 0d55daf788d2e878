"""The mail server, and what it says of a mail."""

import smtplib
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from django.core.mail import EmailMessage, get_connection

from cases.delivering import Answer, Result

# Ours to put right, not the letter's fault: tried again until it is.
_OUR_FAULT = (smtplib.SMTPSenderRefused, smtplib.SMTPAuthenticationError)


@dataclass(frozen=True, slots=True)
class MailAnswer(Answer):
    """What a mail server answered: `status` is its own code, and 4xx is what may yet succeed."""

    said: Result = Result.ACKNOWLEDGED

    @property
    def result(self) -> Result:
        return self.said


class MailServer:
    """One connection through Django's mail backend, opened when it is needed.

    Whatever the server says of one mail is that mail's answer; the connection is opened anew for
    the next one where it was lost.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._connection = get_connection()
        self._monotonic = monotonic

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def open(self) -> Answer | None:
        """See that the server is there; where it is not, the answer to be tried again after."""
        begun = self._monotonic()
        try:
            self._connection.open()
        except (smtplib.SMTPException, OSError) as failure:
            status, text = _code_and_words(failure)
            self._connection.close()
            return MailAnswer(status, text, self._ms_since(begun), said=Result.RETRY)
        return None

    def send(self, mail: EmailMessage) -> Answer:
        """Hand over one mail, and say what came of it."""
        begun = self._monotonic()
        try:
            self._connection.send_messages([mail])
        except (smtplib.SMTPException, OSError) as failure:
            status, text = _code_and_words(failure)
            # A backend that does not know how far it came may have come all the way.
            handed_over = getattr(self._connection, "handed_over", True)
            said = _result_of(failure, status, handed_over=handed_over)
            self._connection.close()
            return MailAnswer(status, text, self._ms_since(begun), said=said)
        except ValueError as failure:
            # A header that would begin another, or an address that cannot be written.
            return MailAnswer(None, str(failure), self._ms_since(begun), said=Result.REFUSED)
        return MailAnswer(250, "", self._ms_since(begun))

    def _ms_since(self, begun: float) -> int:
        return int((self._monotonic() - begun) * 1000)


def _result_of(failure: Exception, status: int | None, *, handed_over: bool) -> Result:
    if status is None:
        return Result.UNKNOWN if handed_over else Result.RETRY
    may_yet = 400 <= status < 500 or isinstance(failure, _OUR_FAULT)
    return Result.RETRY if may_yet else Result.REFUSED


def _code_and_words(failure: Exception) -> tuple[int | None, str]:
    """The server's code and what it said; no code where it said nothing that is one."""
    code: int | None = None
    said: bytes | str = f"{type(failure).__name__}: {failure}"
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        [(code, said)] = failure.recipients.values()
    elif isinstance(failure, smtplib.SMTPResponseException):
        code, said = failure.smtp_code, failure.smtp_error
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return (code if code and code > 0 else None), words
