"""The lanes: the window that is looked at, one line for each point of an account's life."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from cases.casefile.address import Address
from cases.casefile.counting import counted, span
from cases.casefile.lanes import BLOCKED, FACES, RECEIVED, REPORTED, Lane, Strand
from cases.casefile.life import HOUR, Bin, hour_of, reached
from cases.casefile.places import Zone
from cases.casefile.shapes import (
    BARS,
    BASELINE,
    DrawnLane,
    DrawnSpike,
    Handled,
    Label,
    Mark,
    Paths,
    bar,
    two_sided,
    written_words,
)
from cases.casefile.spikes import Spike
from cases.casefile.telling import day_and_time, kind_words
from cases.casefile.window import Window, step_for
from reviewapp.kernel.moments import beginning_of


@dataclass(slots=True)
class Stretch:
    at: datetime
    strand: Strand
    events: int
    people: int
    strangers: int


def bar_step(window: Window, *, by_hours: bool) -> timedelta:
    """How much of `window` a bar stands for."""
    step = step_for(window.length, at_most=BARS)
    return max(step, HOUR) if by_hours else step


# How much of the lane's width a letter of a label takes, about.
_LETTER = 1.3
# So many bursts are told in words at most, and so much of the lane's width the words take.
_TOLD = 4
_WORDS_WIDE = 18.0

_ITEMS = """
    SELECT date_bin(%s, occurred_at, %s) AS bar, kind, stage, origin,
           sum(weight), sum(people), sum(strangers)
      FROM cases_evidenceitem
     WHERE account_id = %s AND occurred_at >= %s AND occurred_at < %s
     GROUP BY bar, kind, stage, origin
     ORDER BY bar, kind
"""
_HOURS = """
    SELECT date_bin(%s, at, %s) AS bar, kind, stage, origin,
           sum(events)::bigint, sum(people)::bigint, sum(strangers)::bigint
      FROM cases_evidencehour
     WHERE account_id = %s AND at >= %s AND at < %s
     GROUP BY bar, kind, stage, origin
     ORDER BY bar, kind
"""


def read_stretches(
    account_id: UUID, window: Window, zone: Zone, *, by_hours: bool
) -> list[Stretch]:
    """What happened in `window`, bar by bar. One query, of its hours or of its items."""
    step = bar_step(window, by_hours=by_hours)
    origin = _origin(window, zone)
    asked: list[Any] = [
        step,
        hour_of(origin) if by_hours else origin,
        account_id,
        window.start,
        window.end,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_HOURS if by_hours else _ITEMS, asked)
        return [Stretch(row[0], Strand(*row[1:4]), *row[4:]) for row in cursor.fetchall()]


def _origin(window: Window, zone: Zone) -> datetime:
    """A local midnight, so that bars stand on the hours of the account's own clock."""
    return beginning_of(window.start.astimezone(zone.tz).date(), zone.tz).astimezone(UTC)


def draw_lane(
    lane: Lane,
    window: Window,
    address: Address,
    zone: Zone,
    stretches: Sequence[Stretch],
    handled: Sequence[Handled],
    spikes: Sequence[Spike],
    *,
    step: timedelta,
) -> DrawnLane:
    face = FACES[lane]
    drawn = DrawnLane(
        slug=lane,
        name=face.name,
        key=face.key,
        shown=lane not in address.hidden,
        toggle_url=str(address.toggled(lane)),
    )
    if not drawn.shown:
        return drawn
    if lane == Lane.HANDLING:
        inside = [entry for entry in handled if window.holds(entry.at)]
        drawn.marks = [
            Mark(
                round(window.share(e.at), 2),
                f"{day_and_time(e.at, zone.tz)}: {e.words}",
                e.sort,
            )
            for e in inside
        ]
        drawn.labels = _last_label(drawn.marks, inside[-1].words if inside else "")
        drawn.count = counted(len(inside), "entry", "entries") if inside else ""
        return drawn
    mine = [
        part
        for part in stretches
        if part.strand.lane == lane and part.strand.kind not in address.without
    ]
    by_kind: dict[str, int] = defaultdict(int)
    for part in mine:
        by_kind[part.strand.kind] += part.events
    drawn.count = " · ".join(kind_words(kind, count) for kind, count in by_kind.items())
    if lane == Lane.MESSAGING:
        _draw_bars(drawn, mine, window, zone, step)
        _draw_spikes(drawn, [each for each in spikes if window.holds(each.at)], window, zone)
        return drawn
    drawn.marks = [
        Mark(
            round(window.share(part.at + step / 2), 2),
            f"{day_and_time(part.at, zone.tz)}: {kind_words(part.strand.kind, part.events)}",
            lane,
        )
        for part in mine
    ]
    if lane == Lane.NEGATIVE_FEEDBACK and mine:
        told = {REPORTED: by_kind.get(REPORTED, 0), BLOCKED: by_kind.get(BLOCKED, 0)}
        text = " · ".join(kind_words(kind, count) for kind, count in told.items() if count)
        drawn.labels = _last_label(drawn.marks, text or drawn.count)
    elif mine:
        drawn.labels = _last_label(drawn.marks, kind_words(mine[-1].strand.kind, mine[-1].events))
    if not drawn.labels and mine:
        drawn.tally = f"{sum(by_kind.values()):,}"
    return drawn


def _last_label(marks: Sequence[Mark], text: str) -> list[Label]:
    """One label beside the last mark or before the first, where there is room; else none."""
    if not marks or not text:
        return []
    wide = len(text) * _LETTER
    if marks[-1].x + wide < 100:
        return [Label(marks[-1].x, text, "start")]
    return [Label(marks[0].x, text, "end")] if marks[0].x > wide else []


def _draw_bars(
    drawn: DrawnLane, stretches: Sequence[Stretch], window: Window, zone: Zone, step: timedelta
) -> None:
    """Bars on a line: strangers at the foot, contacts above them, and below it what came back."""
    by_time: dict[datetime, Bin] = {}
    for part in stretches:
        found = by_time.setdefault(part.at, Bin(part.at))
        if part.strand.kind == RECEIVED:
            found.received += part.events
        else:
            found.contacts += reached(part.events, part.people) - part.strangers
            found.strangers += part.strangers
    most = max((found.written for found in by_time.values()), default=0)
    share = two_sided(
        sent=most, received=max((found.received for found in by_time.values()), default=0)
    )
    drawn.baseline = BASELINE
    if most:
        drawn.scale = f"top: {most:,} in {span(step)}"
    for at, found in sorted(by_time.items()):
        left, right = window.share(at), window.share(at + step)
        title = f"{day_and_time(at, zone.tz)}: {written_words(found)}"
        drawn.bars.append(bar(found, x=left, width=(right - left) * 0.85, share=share, title=title))
    drawn.paths = Paths.of(drawn.bars)


def _draw_spikes(drawn: DrawnLane, spikes: Sequence[Spike], window: Window, zone: Zone) -> None:
    """A line for each burst, told in words where the words of a greater one leave room."""
    told: list[float] = []
    for spike in sorted(spikes, key=lambda each: -each.messages):
        x = round(window.share(spike.at), 2)
        room = len(told) < _TOLD and all(abs(x - other) > _WORDS_WIDE for other in told)
        if room:
            told.append(x)
        title = f"{day_and_time(spike.at, zone.tz)}: {spike.words}"
        if spike.strangers:
            title += f", {counted(spike.strangers, 'stranger')}"
        drawn.spikes.append(
            DrawnSpike(x, title, spike.words if room else "", "end" if x > 80 else "start")
        )
