"""Rules that hold for every row, whatever is sent. Each answers with a Fault, or None."""

import re
import unicodedata
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

# Beyond this a measurement is a mistake, and sums and drawings of it go wrong.
LARGEST = 10**15

# Letters that a page shows as nothing although they are no controls: fillers and selectors.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_KIND = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}\Z")
# A number of seven digits may be somebody's.
_WORD = re.compile(r"(?!.*\d{7})[A-Za-z%°µ][A-Za-z0-9%°µ_.:/+-]*\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,99}\Z")


def id_fault(value: str, pointer: str) -> Fault | None:
    """An id of the sender's or the messenger's: any writing, 1 to 200 characters, all visible."""
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
    return _unseen_fault(value, pointer) if one_line else None


def _unseen_fault(value: str, pointer: str) -> Fault | None:
    """Two ids that look alike must be alike: none holds a letter that turns or hides others."""
    if value.isprintable() and not _UNSEEN.search(value):
        return None
    for position, letter in enumerate(value, start=1):
        if not letter.isprintable() or _UNSEEN.match(letter):
            what = "control" if unicodedata.category(letter) in ("Cc", "Cf") else "invisible"
            return Fault(
                pointer, f"Holds the {what} character U+{ord(letter):04X} at position {position}."
            )
    return None


def word_fault(value: str, pointer: str, *, max_length: int) -> Fault | None:
    """One word that says what kind of thing it is, so never somebody's name, number or words."""
    if len(value) <= max_length and _WORD.match(value):
        return None
    return Fault(
        pointer,
        f"Must be one word of 1 to {max_length} letters, digits and any of % _ . : / + -, beginning"
        " with a letter and without seven digits in a row.",
    )


def number_fault(value: float, pointer: str) -> Fault | None:
    """A number that can be added up and drawn."""
    # A number that is none (NaN) is neither smaller nor larger.
    if -LARGEST <= value <= LARGEST:
        return None
    return Fault(pointer, f"Must lie between -{LARGEST:,} and {LARGEST:,}.")


def numbers_fault(value: Any, pointer: str) -> Fault | None:
    """The first number in plain decoded JSON that `number_fault` minds; `value` is not too deep."""
    if isinstance(value, int | float):
        return number_fault(value, pointer)
    if isinstance(value, dict):
        inner = [(f"{pointer}/{escaped(key)}", each) for key, each in value.items()]
    elif isinstance(value, list):
        inner = [(f"{pointer}/{place}", each) for place, each in enumerate(value)]
    else:
        return None
    faults = (numbers_fault(each, at) for at, each in inner)
    return next((fault for fault in faults if fault), None)


def escaped(key: str) -> str:
    """`key` as a step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


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
