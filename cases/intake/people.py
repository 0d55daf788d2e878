"""What of an evidence item may be kept readable, and how the rest of it is kept.

# Note [People at the door]

Whoever an account wrote to, or was reported by, is somebody else's personal data. Fields that
name people, or things that people share (a device, a payee, a group), hold pseudonyms from the
moment they come in: one of them is always the same pseudonym, so that it can be counted and
recognised, but not named. Of the rest, only what the lists in `cases.intake.fields` name stays
readable, and only while it is a figure, yes or no, a time or one word. Everything else, whatever
the kind of evidence, is kept apart, sealed under the account's own key: a field that nobody has
thought of is no hole.
"""

import re
from functools import lru_cache
from typing import Any

from cases.intake.checking import escaped, number_fault, numbers_fault, word_fault
from cases.intake.fields import FIGURES, ONE_PERSON, ONE_THING, SEVERAL, WORDS
from cases.intake.receipts import Fault
from reviewapp.kernel.encryption import pseudonym

DEEPEST = 8
# Larger numbers are ids, and may be somebody's phone number.
_LARGEST_FIGURE = 1_000_000_000
_WORD_LENGTH = 40

_ONE = ONE_PERSON | ONE_THING
_NAMES = _ONE | SEVERAL
_READABLE = FIGURES | WORDS
_FIELD = re.compile(r"(?!.*\d{7})[a-zA-Z][a-zA-Z0-9_]*\Z")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)\Z")


class TooDeep(Exception):
    """The data is nested deeper than DEEPEST."""


class TooLarge(Exception):
    """The data holds a number that nothing can be calculated with."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


def keep_apart(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split `data` into what may be read as it is, with pseudonyms, and what is to be sealed.

    Nested fields that name people or things hold pseudonyms in what is sealed, too. Raises
    TooDeep and TooLarge.
    """
    shown: dict[str, Any] = {}
    sealed: dict[str, Any] = {}
    for key, value in data.items():
        name, kind = key.lower(), type(value)
        if kind is int or kind is float:
            if not -_LARGEST_FIGURE <= value <= _LARGEST_FIGURE and (
                fault := number_fault(value, f"/data/{escaped(key)}")
            ):
                raise TooLarge(fault)
        elif kind is dict or kind is list:
            _check_depth(value, 2)
            if fault := numbers_fault(value, f"/data/{escaped(key)}"):
                raise TooLarge(fault)
        if name in _NAMES:
            shown[key] = _renamed(value, count=name in SEVERAL)
        elif _is_readable(key, name, value, kind):
            shown[key] = value
        else:
            sealed[key] = _walked(value)
    return shown, sealed


def _is_readable(key: str, name: str, value: Any, kind: type) -> bool:
    if kind is bool or value is None:
        # Yes or no names nobody, unless its field does.
        return name in _READABLE or _is_field(key)
    if name not in _READABLE:
        return False
    if kind is int or kind is float:
        return bool(-_LARGEST_FIGURE <= value <= _LARGEST_FIGURE)
    # The length first, so that nothing long is remembered.
    return kind is str and name in WORDS and len(value) <= _WORD_LENGTH and _is_word(value)


def _is_field(key: str) -> bool:
    return len(key) <= _WORD_LENGTH and _reads_as_field(key)


@lru_cache(maxsize=1024)
def _reads_as_field(key: str) -> bool:
    return _FIELD.match(key) is not None


@lru_cache(maxsize=1024)
def _is_word(text: str) -> bool:
    return not word_fault(text, "", max_length=_WORD_LENGTH) or _TIME.match(text) is not None


def _walked(value: Any) -> Any:
    """A value that is to be sealed, with the people and things that its fields name renamed."""
    if type(value) is list:
        return [_walked(each) for each in value]
    if type(value) is not dict:
        return value
    return {
        key: _renamed(each, count=key.lower() in SEVERAL)
        if key.lower() in _NAMES
        else _walked(each)
        for key, each in value.items()
    }


def _renamed(value: Any, *, count: bool) -> Any:
    """Pseudonyms instead of names. `count`: a number by itself says how many and stays."""
    kind = type(value)
    if kind is str:
        return pseudonym(value)
    if kind is bool or value is None:
        return value
    if kind is int or kind is float:
        return value if count and abs(value) <= _LARGEST_FIGURE else pseudonym(str(value))
    if kind is list:
        return [_renamed(each, count=False) for each in value]
    return {
        key if _is_field(key) else pseudonym(key): _renamed(each, count=False)
        for key, each in value.items()
    }


def _check_depth(value: Any, depth: int) -> None:
    if type(value) is not list and type(value) is not dict:
        return
    if depth > DEEPEST:
        raise TooDeep
    for each in value.values() if isinstance(value, dict) else value:
        _check_depth(each, depth + 1)
