"""What sources send, as their messages are written: one struct per row of a batch.

Decoding is strict: no unknown field, no number in quotes, no time without an offset.
"""

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from cases.enums import AccountKind, Action, Origin, Stage, Surface, Verdict

Moment = Annotated[datetime, Meta(tz=True)]
Values = str | list[str]


class SentLinks(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What an account shares with others; one value or several of each kind."""

    device: Values | None = None
    network: Values | None = None
    number_range: Values | None = None
    payee: Values | None = None
    business: Values | None = None


class SentAccount(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An account as its source knows it now. A field left out stays as it was; null clears it."""

    id: str
    phone: str | UnsetType | None = UNSET
    country: str | UnsetType | None = UNSET
    registered_at: Moment | UnsetType | None = UNSET
    surface: Surface | UnsetType = UNSET
    kind: AccountKind | UnsetType = UNSET
    display_name: str | UnsetType | None = UNSET
    locale: str | UnsetType | None = UNSET
    attributes: dict[str, Any] | UnsetType | None = UNSET
    links: SentLinks | UnsetType = UNSET


class SentEvidence(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Something observed about an account."""

    id: str
    account: str
    stage: Stage
    kind: str
    occurred_at: Moment
    origin: Origin = Origin.ON_PLATFORM
    data: dict[str, Any] = {}
    corrects: str | None = None


class SentSignal(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A measurement that a detection rests on, with the limit it was held against."""

    name: str
    value: float | int | bool | str
    threshold: float | int | str | None = None
    unit: str | None = None
    observed_at: Moment | None = None


class SentDetection(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A detector's version firing on an account, and what it asks for or reports as done."""

    id: str
    account: str
    detector: str
    version: str
    stage: Stage
    score: float
    policy: str
    verdict: Verdict
    action: Action | None = None
    enforced_at: Moment | None = None
    until: Moment | None = None
    notify: bool = False
    user_reports_before: int | None = None
    reasons: list[str] = []
    signals: list[SentSignal] = []


Sent = SentAccount | SentEvidence | SentDetection
