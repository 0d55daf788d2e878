"""What an account is like, as one source says it: read from its message and compared."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import phonenumbers
from msgspec import UNSET

from cases.enums import LinkKind
from cases.intake.checking import NAME_LENGTH, holds_nul, id_fault, numbers_fault, text_fault
from cases.intake.people import DEEPEST
from cases.intake.receipts import Fault
from cases.intake.sent import SentAccount
from cases.models import Account

ATTRIBUTES_BYTES = 16_384
LINKS_OF_A_KIND = 20

# The fields that an upsert may change, in the order in which changes are shown.
FIELDS = (
    "phone", "display_name", "country", "locale", "kind", "surface", "registered_at", "attributes",
)  # fmt: skip

_E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}\Z")
_encode = msgspec.json.Encoder(order="deterministic").encode

Checked = dict[str, Any]


@dataclass
class Profile:
    """What a batch says of one account: the last word on each field, and every link."""

    external_id: str
    said: Checked = field(default_factory=dict)
    links: dict[tuple[str, str], None] = field(default_factory=dict)

    def hear(self, said: Checked, links: list[tuple[str, str]]) -> None:
        self.said.update(said)
        self.links.update(dict.fromkeys(links))


def country_prefix_of(phone: str) -> str:
    """The `+91` of an E.164 number; empty without a number."""
    return f"+{phonenumbers.parse(phone).country_code}" if phone else ""


def current(account: Account) -> Checked:
    """What the account's fields hold now, in the form in which messages are compared."""
    return {
        "phone": account.phone(),
        "display_name": account.display_name(),
        "country": account.country,
        "locale": account.locale,
        "kind": account.kind,
        "surface": account.surface,
        "registered_at": account.registered_at,
        "attributes": account.unseal(account.attributes_sealed, context="account.attributes"),
    }


def as_text(value: Any) -> str:
    """A field's value as an AccountChange keeps it."""
    return value.isoformat() if isinstance(value, datetime) else str(value or "")


def check(
    sent: SentAccount, *, time_fault: Callable[[datetime, str], Fault | None]
) -> tuple[Checked, list[tuple[str, str]], list[Fault]]:
    """The fields that `sent` speaks of in the form they are kept, its links, and what is wrong."""
    said: Checked = {}
    faults = [id_fault(sent.id, "/id")]
    if sent.phone is not UNSET:
        said["phone"] = sent.phone or ""
        faults.append(_phone_fault(sent.phone) if sent.phone is not None else None)
    if sent.display_name is not UNSET:
        said["display_name"] = name = sent.display_name or ""
        faults.append(text_fault(name, "/display_name", max_length=NAME_LENGTH * 2))
    if sent.country is not UNSET:
        said["country"] = sent.country or ""
        faults.append(
            _pattern_fault(_COUNTRY, sent.country, "/country", "two capital letters, like IN")
        )
    if sent.locale is not UNSET:
        said["locale"] = sent.locale or ""
        faults.append(_pattern_fault(_LOCALE, sent.locale, "/locale", "a language tag, like pt-BR"))
    if sent.registered_at is not UNSET:
        moment = sent.registered_at
        if moment is not None and not (fault := time_fault(moment, "/registered_at")):
            moment = moment.astimezone(UTC)
        elif moment is not None:
            faults.append(fault)
        said["registered_at"] = moment
    if sent.kind is not UNSET:
        said["kind"] = sent.kind.value
    if sent.surface is not UNSET:
        said["surface"] = sent.surface.value
    if sent.attributes is not UNSET:
        said["attributes"], fault = _attributes(sent.attributes)
        faults.append(fault)
    links, link_faults = _links(sent)
    return said, links, [fault for fault in faults + link_faults if fault]


def _phone_fault(phone: str) -> Fault | None:
    wrong = Fault("/phone", "Must be a phone number in E.164 form, like +919876543210.")
    if not _E164.match(phone):
        return wrong
    try:
        possible = phonenumbers.is_possible_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return wrong
    return None if possible else wrong


def _pattern_fault(
    pattern: re.Pattern[str], value: str | None, pointer: str, expected: str
) -> Fault | None:
    if value is None or pattern.match(value):
        return None
    return Fault(pointer, f"Must be {expected}.")


def _attributes(attributes: dict[str, Any] | None) -> tuple[str, Fault | None]:
    if not attributes:
        return "", None
    if _depth(attributes) > DEEPEST:
        return "", Fault("/attributes", f"Is nested more than {DEEPEST} levels deep.")
    if fault := numbers_fault(attributes, "/attributes"):
        return "", fault
    try:
        written = _encode(attributes)
    except UnicodeEncodeError:
        return "", Fault("/attributes", "Holds half of a surrogate pair.")
    if len(written) > ATTRIBUTES_BYTES:
        return "", Fault("/attributes", f"Is larger than {ATTRIBUTES_BYTES:,} bytes.")
    if holds_nul(attributes):
        return "", Fault("/attributes", "Holds a NUL character.")
    return written.decode(), None


def _depth(value: Any) -> int:
    """How deep plain JSON is nested; stops counting once it is too deep."""
    level, depth = [value], 0
    while level and depth <= DEEPEST:
        depth += 1
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
    return depth


def _links(sent: SentAccount) -> tuple[list[tuple[str, str]], list[Fault | None]]:
    links: list[tuple[str, str]] = []
    faults: list[Fault | None] = []
    if sent.links is UNSET:
        return links, faults
    for kind in LinkKind.values:
        values = getattr(sent.links, kind)
        values = [values] if isinstance(values, str) else values or []
        if len(values) > LINKS_OF_A_KIND:
            faults.append(Fault(f"/links/{kind}", f"Holds more than {LINKS_OF_A_KIND} values."))
            continue
        for value in values:
            faults.append(id_fault(value, f"/links/{kind}"))
            links.append((kind, value))
    return links, faults
