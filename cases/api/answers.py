"""What reads answer.

Refs name what is ours; `id`, `account` and `detection` are the senders' own ids.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct


class Link(Struct):
    """Something the account shares with `shared_with` others. `value` needs the scope personal."""

    kind: str
    value: str | None
    shared_with: int


class Standing(Struct):
    """An enforcement in short: what stands against an account, or is on its way."""

    enforcement: str
    action: str
    state: str
    policy: str
    until: datetime | None
    requested_at: datetime
    applied_at: datetime | None


class AccountAnswer(Struct):
    """An account, where it stands, and its open case.

    Without the scope personal, `phone` and `display_name` come masked and `attributes` are null.
    """

    id: str
    ref: str
    phone: str | None
    country: str
    country_prefix: str
    registered_at: datetime | None
    surface: str
    kind: str
    display_name: str | None
    locale: str
    attributes: dict[str, Any] | None
    links: list[Link]
    standing: list[Standing]
    open_case: str | None


class TimelineItem(Struct):
    """An evidence item. Other people, and things that people share, are pseudonyms in `data`.

    What is sealed (free text, and every field that is not documented) is in `data` for the scope
    personal; `withheld` says that there is some otherwise.
    """

    id: str
    source: str
    stage: str
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    origin: str
    data: dict[str, Any]
    withheld: bool
    corrects: str | None


class TimelinePage(Struct):
    """Evidence in the order in which it happened; `next` is the cursor of the following page."""

    items: list[TimelineItem]
    next: str | None


class PriorityParts(Struct):
    """The parts of a case's priority, in points."""

    severity: float
    uncertainty: float
    reach: float
    feedback: float
    joined: float


class CaseSummary(Struct):
    """A case, as lists show it."""

    case: str
    account: str
    state: str
    queue: str
    origin: str
    opened_at: datetime
    settled_at: datetime | None
    due_at: datetime | None
    priority: float
    detection_count: int
    stages: list[str]
    detectors: list[str]
    policies: list[str]


class CasePage(Struct):
    """Cases, the newest first; `next` is the cursor of the following page."""

    items: list[CaseSummary]
    next: str | None


class CaseDetection(Struct):
    """A detection of the case, with the latest label that people gave it."""

    id: str
    source: str
    detector: str
    version: str
    stage: str
    score: float
    policy: str
    received_at: datetime
    signals: list[Any]
    label: str | None


class CaseDecision(Struct):
    """A decision on the case and what it asked of the platform; `undoes` is the decision that did
    not stand, where it undid or replaced one.
    """

    decision: str
    outcome: str
    action: str | None
    until: datetime | None
    maker: str
    clauses: list[str]
    decided_at: datetime
    effective_at: datetime | None
    withdrawn_at: datetime | None
    undoes: str | None
    enforcements: list[Standing]


class CaseAnswer(Struct):
    """A case with its reasons and what was decided."""

    case: str
    account: str
    state: str
    queue: str
    origin: str
    opened_at: datetime
    settled_at: datetime | None
    due_at: datetime | None
    priority: float
    priority_parts: PriorityParts
    detection_count: int
    held: bool
    version: int
    follows: str | None
    detections: list[CaseDetection]
    decisions: list[CaseDecision]


class Attempt(Struct):
    """One call to the platform and the beginning of what it answered."""

    number: int
    attempted_at: datetime
    took_ms: int
    status: int | None
    answer: str
    result: str


class EnforcementAnswer(Struct):
    """What the platform was asked to do, and every attempt to ask."""

    id: str
    enforcement: str
    account: str
    decision: str
    case: str | None
    sequence: int
    action: str
    policy: str
    until: datetime | None
    state: str
    lifts: str | None
    requested_at: datetime
    acknowledged_at: datetime | None
    applied_at: datetime | None
    ended_at: datetime | None
    detail: str
    attempts: list[Attempt]


class LoggedDecision(Struct):
    """A line of the decision log, as it was recorded, and its place in the ledger.

    Where `withdraws` is true it takes back the decision that an earlier line of the same `decision`
    told of, before anything of it had happened; all else repeats that line. `undoes` names an
    earlier decision that this one undid or replaced after it had taken effect.
    """

    seq: int
    decision: str
    withdraws: bool
    undoes: str | None
    account: str
    case: str | None
    decided_at: datetime
    recorded_at: datetime
    actor: str
    maker: str
    outcome: str
    action: str | None
    policy: str
    clauses: list[str]
    until: str | None
    stage: str
    detector: str
    detector_version: str
    surface: str
    country_prefix: str
    user_reports_before: int | None


class DecisionPage(Struct):
    """Decisions in the order of the ledger. `next` is the `seq` to ask after for more; null when
    none is there.
    """

    items: list[LoggedDecision]
    next: str | None


class LabelAnswer(Struct):
    """What people said of a detection, which `sender` sent. The latest of a detection wins."""

    seq: int
    detection: str
    sender: str
    account: str
    detector: str
    version: str
    score: float
    label: str
    source: str
    at: datetime


class LabelPage(Struct):
    """Labels in their order. `next` is the `seq` to ask after for more; null when none is there."""

    items: list[LabelAnswer]
    next: str | None
