"""Evidence in words: one sentence for an item, one for many that belong together or are cited."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.utils.translation import get_language_info

from cases.casefile.counting import counted, listed, percent
from cases.casefile.lanes import BLOCKED, CALLED, RECEIVED, REPORTED
from cases.intake.checking import LARGEST

_MANY = {
    "account.registered": ("registration", ""),
    "account.reregistered": ("new registration", ""),
    "code.requested": ("one-time code", ""),
    "device.changed": ("change of device", "changes of device"),
    "message.sent": ("message", ""),
    "message.batch": ("batch of messages", "batches of messages"),
    RECEIVED: ("message received", "messages received"),
    CALLED: ("call", ""),
    "group.created": ("group created", "groups created"),
    "group.added": (
        "time people were added to a group",
        "times people were added to a group",
    ),
    REPORTED: ("report", ""),
    BLOCKED: ("block", ""),
}
_CLIENTS = {"official": "the official client", "modified": "a modified client"}


def day_and_time(at: datetime, tz: tzinfo) -> str:
    return at.astimezone(tz).strftime("%-d %b %H:%M")


def cited_words(times: Iterable[datetime]) -> str:
    """`3 items, 10 Mar 11:02 to 10 Mar 11:05 UTC`: what is cited, by its times; '' for none."""
    when = sorted(times)
    if not when:
        return ""
    first, last = (day_and_time(at, UTC) for at in (when[0], when[-1]))
    span = first if first == last else f"{first} to {last}"
    return f"{counted(len(when), 'item')}, {span} UTC"


def language_name(locale: str) -> str:
    """`Hindi`; a language that is not known stands for itself."""
    try:
        return str(get_language_info(locale.partition("-")[0])["name"])
    except KeyError:
        return locale


def kind_words(kind: str, count: int) -> str:
    """`12 reports`; a kind the house does not know is shown as it was sent."""
    one, many = _MANY.get(kind, (f"{kind} item", ""))
    return counted(count, one, many)


def kind_name(kind: str) -> str:
    """`Messages received`: what items of a kind are called in a list of kinds."""
    one, many = _MANY.get(kind, ("", ""))
    if not one:
        return kind
    name = many or f"{one}s"
    return name[:1].upper() + name[1:]


def item_words(kind: str, data: dict[str, Any]) -> str:
    """One item as a sentence without its full stop."""
    tell = _TELL.get(kind)
    return tell(data) if tell else kind.replace(".", " ").replace("_", " ").capitalize()


def _account_registered(data: dict[str, Any]) -> str:
    return _listed("Registered", data)


def _account_reregistered(data: dict[str, Any]) -> str:
    return _listed("Registered again", data)


def _device_changed(data: dict[str, Any]) -> str:
    return _listed("Moved to another device", data)


def _listed(words: str, data: dict[str, Any]) -> str:
    parts = [words]
    if data.get("method"):
        parts.append(f"one-time code by {data['method']}")
    if data.get("network_asn"):
        where = f", {data['network_country']}" if data.get("network_country") else ""
        parts.append(f"network AS{data['network_asn']}{where}")
    if data.get("client"):
        parts.append(_CLIENTS.get(str(data["client"]), str(data["client"])))
    return "; ".join(parts)


def _code_requested(data: dict[str, Any]) -> str:
    return "Asked for a one-time code" + (f" by {data['method']}" if data.get("method") else "")


def _message_sent(data: dict[str, Any]) -> str:
    recipients = _number(data.get("recipients"), 1)
    if data.get("group"):
        to = "a group"
    elif recipients == 1:
        to = _one_person(data.get("strangers"))
    else:
        to = counted(recipients, "person", "people")
    notes = [
        words
        for name, value, words in (
            ("reply", True, "a reply"),
            ("typing", False, "no typing shown"),
            ("same_text", True, "the same text as before"),
            ("forwarded", True, "forwarded"),
            ("link", True, "with a link"),
        )
        if data.get(name) is value
    ]
    return f"Wrote to {to}" + (f" ({listed(notes)})" if notes else "")


def _one_person(strangers: Any) -> str:
    """A stranger or a contact; neither where the sender did not say."""
    if strangers is None:
        return "one person"
    return "a stranger" if _number(strangers, 0) else "a contact"


def _message_batch(data: dict[str, Any]) -> str:
    count, people = _number(data.get("count"), 0), _number(data.get("recipients"), 0)
    words = f"Sent {counted(count, 'message')} to {counted(people, 'person', 'people')}"
    if people:
        words += f", {percent(_number(data.get('strangers'), 0), people)} strangers"
    if data.get("busiest_15s"):
        words += f"; busiest 15 s: {data['busiest_15s']}"
    return words


def _message_received(data: dict[str, Any]) -> str:
    return "Received a message"


def _call_made(data: dict[str, Any]) -> str:
    if data.get("answered") is False:
        return "Called; nobody answered"
    seconds = _number(data.get("duration_s"), 0)
    return f"Called for {seconds:,} s" if seconds else "Called"


def _group_created(data: dict[str, Any]) -> str:
    members = _number(data.get("members"), 0)
    return "Created a group" + (f" of {members:,}" if members else "")


def _group_added(data: dict[str, Any]) -> str:
    added = _number(data.get("added"), 0)
    words = f"Added {counted(added, 'person', 'people')} to a group"
    if added and data.get("strangers") is not None:
        words += f", {percent(_number(data['strangers'], 0), added)} strangers"
    return words


def _user_reported(data: dict[str, Any]) -> str:
    words = "Reported"
    if data.get("topic"):
        words += f" as {data['topic']}"
    if data.get("first_message") is True:
        words += ", on a first message"
    if data.get("reporter_wrote_first") is True:
        words += "; the reporter wrote first"
    return words


def _user_blocked(data: dict[str, Any]) -> str:
    return "Blocked" + ("; the blocker wrote first" if data.get("wrote_first") is True else "")


def _number(value: Any, otherwise: int) -> int:
    """A count, as far as it can be calculated with: also one that came in before intake looked."""
    fits = type(value) is int and -LARGEST <= value <= LARGEST
    return value if fits else otherwise


_TELL = {
    "account.registered": _account_registered,
    "account.reregistered": _account_reregistered,
    "code.requested": _code_requested,
    "device.changed": _device_changed,
    "message.sent": _message_sent,
    "message.batch": _message_batch,
    RECEIVED: _message_received,
    CALLED: _call_made,
    "group.created": _group_created,
    "group.added": _group_added,
    REPORTED: _user_reported,
    BLOCKED: _user_blocked,
}
