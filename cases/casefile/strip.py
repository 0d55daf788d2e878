"""The strip above the lanes: how dense a whole life was, stretch by stretch."""

from typing import Any

from cases.casefile.life import BINS, Life
from cases.casefile.places import Zone
from cases.casefile.shapes import LEAST, StripBar, drawn_ticks, written_words
from cases.casefile.telling import day_and_time
from cases.casefile.window import Window, whole


def draw_strip(life: Life, window: Window, zone: Zone) -> dict[str, Any]:
    everything = whole(life)
    most = max((part.written for part in life.bins), default=0)
    width = 100 / BINS
    bars = []
    for part in life.bins:
        if not part.written:
            continue
        height = max(part.written / most * 100, LEAST)
        strangers = height * part.strangers / part.written
        bars.append(
            StripBar(
                x=round(everything.share(part.at), 2),
                width=round(width * 0.85, 2),
                contacts_y=round(100 - height, 2),
                contacts_height=round(height - strangers, 2),
                strangers_y=round(100 - strangers, 2),
                strangers_height=round(strangers, 2),
                title=f"{day_and_time(part.at, zone.tz)}: {written_words(part)}",
            )
        )
    left, right = everything.share(window.start), everything.share(window.end)
    return {
        "bars": bars,
        "flags": [{"x": round(everything.share(p.at), 2)} for p in life.bins if p.feedback],
        "window": None
        if window.covers(life)
        else {"x": round(left, 2), "width": round(max(right - left, 0.5), 2)},
        "ticks": drawn_ticks(everything, zone, at_most=6),
    }
