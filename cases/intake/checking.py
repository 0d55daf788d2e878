"""Rules that hold for every row, whatever is sent. Each answers with a Fault, or None."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cases.intake.receipts import Fault
from reviewapp.kernel.checks import clean_text

ID_LENGTH = 200
NAME_LENGTH = 100
# The messenger's first year: nothing happened on it before.
EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)
# Clocks differ, a day's worth in the worst case of a wrong time zone; more is a mistake.
AHEAD = timedelta(days=1)

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_KIND = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,99}\Z")


def id_fault(value: str, pointer: str) -> Fault | None:
    """An id of the sender's or the messenger's: any writing, one line, 1 to 200 characters."""
    if not value or value.isspace():
        return Fault(pointer, "Is empty.")
    if len(value) <= ID_LENGTH and value.isascii() and value.isprintable():
        return None
    return text_fault(value, pointer, max_length=ID_LENGTH, one_line=True)


def text_fault(
    value: str, pointer: str, *, max_length: int, one_line: bool = False
) -> Fault | None:
    """Text that the database and every page can hold."""
    try:
        clean_text(value, max_length=max_length)
    except ValueError as fault:
        return Fault(pointer, str(fault))
    if one_line and (found := _CONTROLS.search(value)):
        letter = ord(found.group())
        return Fault(
            pointer,
            f"Holds the control character U+{letter:04X} at position {found.start() + 1}.",
        )
    return None


def holds_nul(value: Any) -> bool:
    """Whether plain decoded JSON holds a NUL, in any key or text."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in key or holds_nul(each) for key, each in value.items())
    return isinstance(value, list) and any(map(holds_nul, value))


# What is said of a person whose key was destroyed: nothing of theirs can be kept any more.
ERASED = Fault("/account", "Was erased: nothing personal can be kept of it any more.")


def kind_fault(value: str, pointer: str) -> Fault | None:
    """A kind of evidence, like `message.sent`."""
    if _KIND.match(value):
        return None
    return Fault(pointer, "Must be 1 to 100 small letters, digits, dots, hyphens or underscores.")


def name_fault(value: str, pointer: str) -> Fault | None:
    """The name of a detector, of its version, or of a signal."""
    if _NAME.match(value):
        return None
    return Fault(
        pointer,
        "Must be 1 to 100 letters, digits and any of . _ : / + - after the first.",
    )


def time_check(at: datetime) -> Callable[[datetime, str], Fault | None]:
    """A check of times against the clock of this batch, `at`."""
    latest = at + AHEAD

    def time_fault(value: datetime, pointer: str) -> Fault | None:
        if EARLIEST <= value <= latest:
            return None
        if value < EARLIEST:
            return Fault(pointer, "Lies before 2009, when nothing could have happened.")
        return Fault(pointer, "Lies more than a day ahead of now.")

    return time_fault
