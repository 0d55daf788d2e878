"""The strip above the lanes: how dense a whole life was, stretch by stretch."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from cases.casefile.life import Life
from cases.casefile.places import Zone
from cases.casefile.shapes import BASELINE, LEAST, StripBar, drawn_ticks, two_sided
from cases.casefile.spikes import Spike
from cases.casefile.telling import day_and_time
from cases.casefile.window import Window, whole


def draw_strip(
    life: Life, window: Window, zone: Zone, *, spikes: Sequence[Spike], moment: datetime | None
) -> dict[str, Any]:
    everything = whole(life)
    share = two_sided(
        sent=max((part.written for part in life.bins), default=0),
        received=max((part.received for part in life.bins), default=0),
    )
    width = min(100.0, life.stride / everything.length * 100)
    bars = []
    for part in life.bins:
        if not part.written and not part.received:
            continue
        height = max(part.written * share, LEAST) if part.written else 0.0
        strangers = height * part.strangers / part.written if part.written else 0.0
        bars.append(
            StripBar(
                x=round(everything.share(part.at), 2),
                width=round(width * 0.85, 2),
                contacts_y=round(BASELINE - height, 2),
                contacts_height=round(height - strangers, 2),
                strangers_y=round(BASELINE - strangers, 2),
                strangers_height=round(strangers, 2),
                received_height=round(max(part.received * share, LEAST), 2)
                if part.received
                else 0.0,
            )
        )
    left, right = everything.share(window.start), everything.share(window.end)
    return {
        "bars": bars,
        # Three paths draw as much as hundreds of rectangles, and are written ten times as fast.
        "contacts": _path((bar.x, bar.width, bar.contacts_y, bar.contacts_height) for bar in bars),
        "strangers": _path(
            (bar.x, bar.width, bar.strangers_y, bar.strangers_height) for bar in bars
        ),
        "received": _path((bar.x, bar.width, BASELINE, bar.received_height) for bar in bars),
        "baseline": BASELINE,
        "spikes": [
            {
                "x": round(everything.share(spike.at), 2),
                "title": f"{day_and_time(spike.at, zone.tz)}: {spike.words}",
            }
            for spike in spikes
        ],
        "moment": None if moment is None else round(everything.share(moment), 2),
        "flags": [{"x": round(everything.share(p.at), 2)} for p in life.bins if p.feedback],
        "window": None
        if window.covers(life)
        else {"x": round(left, 2), "width": round(max(right - left, 0.5), 2)},
        "ticks": drawn_ticks(everything, zone, at_most=6),
    }


def _path(bars: Iterable[tuple[float, float, float, float]]) -> str:
    """Rectangles, each by its x, width, y and height, as one path."""
    return "".join(
        f"M{x:g} {y:g}h{width:g}v{height:g}h-{width:g}z" for x, width, y, height in bars if height
    )
