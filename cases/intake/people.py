"""What of an evidence item is about other people or in their words, and how it is kept.

# Note [People at the door]

Whoever an account wrote to, or was reported by, is somebody else's personal data. Fields that
name such people hold pseudonyms from the moment they come in: one person is always the same
pseudonym, so correspondents can be counted and recognised, but not named. Free text (reported
messages, notes, names) is kept apart, sealed under the account's own key. Fields are known by
their names, whatever the kind of evidence, so that an unknown kind is no hole.
"""

from typing import Any

from cases.intake.receipts import Fault
from reviewapp.kernel.encryption import pseudonym

DEEPEST = 8

# fmt: off
# Each names one person; a number here is a phone number or an id.
ONE_PERSON = frozenset({
    "author", "by", "callee", "caller", "contact", "counterpart", "email", "from",
    "invited_by", "inviter", "msisdn", "owner", "peer", "phone", "recipient", "reported_by",
    "reporter", "sender", "to", "user", "victim",
})
# Each names several people in a list; a number here is how many.
SEVERAL_PEOPLE = frozenset({
    "added", "blocked", "callees", "callers", "contacts", "members", "participants", "people",
    "recipients", "reporters", "senders", "strangers", "users", "victims",
})
FREE_TEXT = frozenset({
    "about", "bio", "body", "caption", "comment", "comments", "content", "description",
    "details", "display_name", "full_name", "message", "messages", "name", "note", "notes",
    "profile", "profile_name", "subject", "text", "texts", "title", "transcript",
})
# fmt: on
_PLAIN = frozenset({str, int, float, bool, type(None)})


class TooDeep(Exception):
    """The data is nested deeper than DEEPEST."""


def keep_apart(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split `data` into what may be read as it is, with pseudonyms, and what is to be sealed.

    A field that holds free text at any depth is sealed whole. Raises TooDeep.
    """
    shown: dict[str, Any] = {}
    sealed: dict[str, Any] = {}
    for key, value in data.items():
        name = key.lower()
        if name in FREE_TEXT:
            _check_depth(value, 2)
            sealed[key] = value
        elif name in ONE_PERSON:
            shown[key] = _renamed(value, 2, count=False)
        elif name in SEVERAL_PEOPLE:
            shown[key] = _renamed(value, 2, count=True)
        elif type(value) in _PLAIN:
            shown[key] = value
        else:
            shown_part, has_text = _walked(value, 2)
            (sealed if has_text else shown)[key] = shown_part
    return shown, sealed


def _walked(value: Any, depth: int) -> tuple[Any, bool]:
    """A nested value with its people renamed, and whether it holds free text."""
    if type(value) in _PLAIN:
        return value, False
    if depth > DEEPEST:
        raise TooDeep
    has_text = False
    if isinstance(value, list):
        walked_list = []
        for each in value:
            walked, text = _walked(each, depth + 1)
            walked_list.append(walked)
            has_text = has_text or text
        return walked_list, has_text
    walked_dict = {}
    for key, each in value.items():
        name = key.lower()
        if name in ONE_PERSON or name in SEVERAL_PEOPLE:
            walked_dict[key] = _renamed(each, depth + 1, count=name in SEVERAL_PEOPLE)
            continue
        walked_dict[key], text = _walked(each, depth + 1)
        has_text = has_text or text or name in FREE_TEXT
    return walked_dict, has_text


def _renamed(value: Any, depth: int, *, count: bool) -> Any:
    """Pseudonyms instead of people. `count`: a number by itself says how many and stays."""
    kind = type(value)
    if kind is str:
        return pseudonym(value)
    if kind is bool or value is None or (count and kind in (int, float)):
        return value
    if kind in (int, float):
        return pseudonym(str(value))
    if depth > DEEPEST:
        raise TooDeep
    if kind is list:
        return [_renamed(each, depth + 1, count=False) for each in value]
    return {key: _renamed(each, depth + 1, count=False) for key, each in value.items()}


def _check_depth(value: Any, depth: int) -> None:
    if type(value) in _PLAIN:
        return
    if depth > DEEPEST:
        raise TooDeep
    for each in value.values() if isinstance(value, dict) else value:
        _check_depth(each, depth + 1)


# What an item weighs

MOST = 1_000_000_000
_COUNTED = ("count", "recipients", "strangers", "members", "added")
_ONE_REACHED = frozenset({"message.sent", "call.made"})
# fmt: off
KNOWN_KINDS = frozenset({
    "account.registered", "account.reregistered", "code.requested", "device.changed",
    "message.sent", "message.batch", "message.received", "call.made", "group.created",
    "group.added", "user.reported", "user.blocked",
})
# fmt: on


def figures(kind: str, data: dict[str, Any]) -> tuple[int, int, int, str]:
    """How many events an item stands for, the people it reached, the strangers among them, and
    the pseudonym of the one other person, if there is one. `data` has pseudonyms already."""
    get = data.get
    reached = _number(get("recipients"))
    if reached is None:
        reached = _number(get("members" if kind == "group.created" else "added"))
    if reached is None:
        reached = 1 if kind in _ONE_REACHED else 0
    counterpart = (
        get("recipient")
        or get("sender")
        or get("reporter")
        or get("by")
        or get("from")
        or get("to")
    )
    strangers = _number(get("strangers")) or 0
    if kind not in KNOWN_KINDS:
        # What the fields of other kinds mean isn't known; drawings take strangers as a part.
        strangers = min(strangers, reached)
    return (
        _number(get("count")) or 1,
        reached,
        strangers,
        counterpart if type(counterpart) is str else "",
    )


def count_fault(kind: str, data: dict[str, Any]) -> Fault | None:
    """What is wrong with the counts of a kind whose fields are known."""
    for name in _COUNTED:
        if name not in data:
            continue
        value = data[name]
        if type(value) is int and 0 <= value <= MOST:
            continue
        if type(value) is list or value is None or (type(value) is bool and name == "strangers"):
            continue
        if kind in KNOWN_KINDS:
            return Fault(
                f"/data/{name}",
                f"Must be a whole number from 0 to {MOST:,}, or a list.",
            )
    return None


def strangers_fault(people: int, strangers: int) -> Fault | None:
    """What is wrong with more strangers than people; the figures of an item of a known kind."""
    if strangers <= people:
        return None
    return Fault(
        "/data/strangers",
        f"Must not be more than the people who were reached: {strangers:,} of {people:,}.",
    )


def _number(value: Any) -> int | None:
    """A count, the length of a list, or None where it says nothing."""
    kind = type(value)
    if kind is int or kind is bool:
        return int(value) if 0 <= value <= MOST else None
    return len(value) if kind is list else None
