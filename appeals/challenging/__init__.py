"""Coming in by a code that is sent to the account: asking for one, sending it, entering it."""

from appeals.challenging.answering import (
    CodeExpired,
    CodeMalformed,
    CodeUsed,
    TooManyTries,
    WrongCode,
    answer,
)
from appeals.challenging.asking import (
    GOOD_FOR,
    PAUSE,
    WORKER,
    NoNumber,
    NumberTooLong,
    TooManyCodes,
    ask,
)
from appeals.challenging.sending import deliver_due, forget

__all__ = [
    "GOOD_FOR",
    "PAUSE",
    "WORKER",
    "CodeExpired",
    "CodeMalformed",
    "CodeUsed",
    "NoNumber",
    "NumberTooLong",
    "TooManyCodes",
    "TooManyTries",
    "WrongCode",
    "answer",
    "ask",
    "deliver_due",
    "forget",
]
