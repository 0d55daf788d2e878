"""What the timeline is drawn with: every figure is a percentage of its drawing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cases.casefile.counting import counted, percent
from cases.casefile.lanes import Lane
from cases.casefile.life import Bin
from cases.casefile.places import Zone
from cases.casefile.window import Window, ticks

BARS = 120
# What is there is seen: a bar is at least this high.
LEAST = 3.0
# Sent stands on this line, received hangs from it: a conversation has both, a broadcast one.
BASELINE = 68.0


def two_sided(*, sent: int, received: int) -> float:
    """How much of the drawing one message takes, so that neither side leaves it."""
    if not sent and not received:
        return 0.0
    return min(
        BASELINE / sent if sent else 100.0, (100 - BASELINE) / received if received else 100.0
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of messaging: strangers at the foot, contacts above, what came back below."""

    x: float
    width: float
    contacts_y: float
    contacts_height: float
    strangers_y: float
    strangers_height: float
    received_height: float
    title: str = ""


def bar(part: Bin, *, x: float, width: float, share: float, title: str = "") -> Bar:
    """`part` drawn from `x` on, `width` wide; a message takes `share` of the height."""
    height = max(part.written * share, LEAST) if part.written else 0.0
    strangers = height * part.strangers / part.written if part.written else 0.0
    return Bar(
        x=round(x, 2),
        width=round(width, 2),
        contacts_y=round(BASELINE - height, 2),
        contacts_height=round(height - strangers, 2),
        strangers_y=round(BASELINE - strangers, 2),
        strangers_height=round(strangers, 2),
        received_height=round(max(part.received * share, LEAST), 2) if part.received else 0.0,
        title=title,
    )


@dataclass(frozen=True, slots=True)
class Paths:
    """Bars as the `d` of a path for each kind, in hundredths of the drawing.

    Three paths draw as much as hundreds of rectangles, and are written ten times as fast.
    """

    contacts: str = ""
    strangers: str = ""
    received: str = ""

    @classmethod
    def of(cls, bars: Sequence[Bar]) -> "Paths":
        return cls(
            contacts=_path((b.x, b.width, b.contacts_y, b.contacts_height) for b in bars),
            strangers=_path((b.x, b.width, b.strangers_y, b.strangers_height) for b in bars),
            received=_path((b.x, b.width, BASELINE, b.received_height) for b in bars),
        )


def _path(rectangles: Iterable[tuple[float, float, float, float]]) -> str:
    """Rectangles, each by its x, width, y and height, as one path."""
    return "".join(
        f"M{x:g} {y:g}h{width:g}v{height:g}h-{width:g}z"
        for x, width, y, height in rectangles
        if height
    )


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    title: str
    # The shape it is drawn in.
    slug: str


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str
    anchor: str
    is_day: bool


@dataclass(frozen=True, slots=True)
class DrawnSpike:
    """A burst within fifteen seconds; `words` where there is room for them, `title` always."""

    x: float
    title: str
    words: str
    anchor: str


class Sort(StrEnum):
    """What a moment of the handling lane is about. The value names its shape."""

    DETECTION = "detection"
    BAN = "ban"
    LIFT = "lift"
    APPEAL = "appeal"
    DECISION = "decision"
    OTHER = "handling"


@dataclass(frozen=True, slots=True)
class Handled:
    """Something that detectors, people or the house did, to stand in the handling lane."""

    at: datetime
    words: str
    sort: Sort = Sort.OTHER


@dataclass(slots=True)
class DrawnLane:
    slug: Lane
    name: str
    key: str
    shown: bool
    toggle_url: str
    count: str = ""
    # The same in brief, where the lane has no room to say it.
    tally: str = ""
    # How much the tallest bar stands for.
    scale: str = ""
    bars: list[Bar] = field(default_factory=list)
    paths: Paths = field(default_factory=Paths)
    marks: list[Mark] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    spikes: list[DrawnSpike] = field(default_factory=list)
    # Where what was sent ends and what was received begins, from the top.
    baseline: float = 0.0


def drawn_ticks(window: Window, zone: Zone, *, at_most: int) -> list[Tick]:
    found = []
    for at, words in ticks(window, tz=zone.tz, at_most=at_most):
        x = round(window.share(at), 2)
        anchor = "start" if x < 3 else "end" if x > 97 else "middle"
        found.append(Tick(x, words, anchor, is_day=":" not in words))
    return found


def written_words(part: Bin) -> str:
    words = counted(part.written, "message or call", "messages and calls")
    if part.strangers:
        words += f", {percent(part.strangers, part.written)} to strangers"
    if part.received:
        words += f"; {part.received:,} received"
    return words
