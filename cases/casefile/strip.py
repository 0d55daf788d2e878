"""The strip above the lanes: how dense a whole life was, stretch by stretch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cases.casefile.life import Life
from cases.casefile.places import Zone
from cases.casefile.shapes import BASELINE, Paths, bar, drawn_ticks, two_sided
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
    bars = [
        bar(part, x=everything.share(part.at), width=width * 0.85, share=share)
        for part in life.bins
        if part.written or part.received
    ]
    left, right = everything.share(window.start), everything.share(window.end)
    return {
        "bars": bars,
        "paths": Paths.of(bars),
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
