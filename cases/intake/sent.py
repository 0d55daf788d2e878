"""What sources send, as their messages are written: one struct per row of a batch.

Decoding is strict: no unknown field, no number in quotes, no time without an offset.
"""

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from cases.enums import AccountKind, Action, Origin, Stage, Surface, Verdict

# Limits are told here and held in `checking` and `screening`, whose sentences say more.


def _told(**schema: Any) -> Meta:
    return Meta(extra_json_schema=schema)


Moment = Annotated[datetime, Meta(tz=True)]
Id = Annotated[str, _told(minLength=1, maxLength=200)]
Name = Annotated[str, _told(pattern="^[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,99}$")]
Word = Annotated[str, _told(pattern="^[A-Za-z%°µ][A-Za-z0-9%°µ_.:/+-]{0,99}$", maxLength=100)]
Kind = Annotated[str, _told(pattern="^[a-z0-9][a-z0-9_.-]{0,99}$")]
Phone = Annotated[str, _told(pattern=r"^\+[1-9][0-9]{6,14}$")]
Country = Annotated[str, _told(pattern="^[A-Z]{2}$")]
Locale = Annotated[str, _told(pattern="^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}$")]
Score = Annotated[float, _told(minimum=0, maximum=1)]
Values = Id | list[Id]


class SentLinks(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What an account shares with others; one value or several of each kind."""

    device: Values | None = None
    network: Values | None = None
    number_range: Values | None = None
    payee: Values | None = None
    business: Values | None = None


class SentAccount(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An account as its source knows it now. A field left out stays as it was; null clears it."""

    id: Id
    phone: Phone | UnsetType | None = UNSET
    country: Country | UnsetType | None = UNSET
    registered_at: Moment | UnsetType | None = UNSET
    surface: Surface | UnsetType = UNSET
    kind: AccountKind | UnsetType = UNSET
    display_name: str | UnsetType | None = UNSET
    locale: Locale | UnsetType | None = UNSET
    attributes: dict[str, Any] | UnsetType | None = UNSET
    links: SentLinks | UnsetType = UNSET


class SentEvidence(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Something observed about an account."""

    id: Id
    account: Id
    stage: Stage
    kind: Kind
    occurred_at: Moment
    origin: Origin = Origin.ON_PLATFORM
    data: dict[str, Any] = {}
    corrects: Id | None = None


class SentSignal(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A measurement that a detection rests on, with the limit it was held against.

    Signals are kept readable, so they say nothing personal: a text value, threshold or unit is one
    word, like MOBILE or messages/min. What needs words goes into `reasons`, which are sealed.
    """

    name: Name
    value: float | int | bool | Word
    threshold: float | int | Word | None = None
    unit: Word | None = None
    observed_at: Moment | None = None


class SentDetection(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A detector's version firing on an account, and what it asks for or reports as done."""

    id: Id
    account: Id
    detector: Name
    version: Name
    stage: Stage
    score: Score
    policy: str
    verdict: Verdict
    action: Action | None = None
    enforced_at: Moment | None = None
    until: Moment | None = None
    notify: bool = False
    user_reports_before: int | None = None
    reasons: list[str] = []
    signals: list[SentSignal] = []
