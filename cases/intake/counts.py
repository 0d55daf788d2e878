"""What an item of evidence weighs: how much happened, and how many people it reached."""

from typing import Any

from cases.intake.receipts import Fault

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
