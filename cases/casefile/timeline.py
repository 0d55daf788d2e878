"""The timeline as its template wants it: the strip, the lanes, and the ways to move."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from cases.casefile.address import Address, iso
from cases.casefile.counting import counted, percent
from cases.casefile.drawing import bar_step, draw_lane, read_stretches
from cases.casefile.kinds import kinds_shown
from cases.casefile.lanes import Lane
from cases.casefile.life import Life
from cases.casefile.moments import jumps
from cases.casefile.places import Zone
from cases.casefile.shapes import Handled, drawn_ticks
from cases.casefile.spikes import spikes_of
from cases.casefile.steps import standing_out, steps
from cases.casefile.strip import draw_strip
from cases.casefile.telling import day_and_time
from cases.casefile.window import Window, whole

_TICKS = 8


def draw(
    account_id: UUID,
    *,
    life: Life | None,
    window: Window | None,
    address: Address,
    zone: Zone,
    handled: Sequence[Handled],
    by_hours: bool,
) -> dict[str, Any]:
    """The whole drawing, for `cases/_timeline.html`. Two queries.

    `by_hours` where the window is told by its hours.
    """
    if life is None or window is None:
        items = life.items if life else 0
        return {
            "is_empty": True, "items": items, "lanes": [], "zone": zone.words, "tz": zone.tz,
        }  # fmt: skip
    parts = read_stretches(account_id, window, zone, by_hours=by_hours)
    step = bar_step(window, by_hours=by_hours)
    spikes = spikes_of(account_id, life, window)
    moment = address.moment if address.moment and window.holds(address.moment) else None
    return {
        "is_empty": False,
        "items": life.items,
        "tz": zone.tz,
        "tz_name": getattr(zone.tz, "key", "UTC"),
        "zone": zone.words,
        "coarse": by_hours,
        "words": f"{day_and_time(window.start, zone.tz)} – {day_and_time(window.end, zone.tz)}",
        "summary": _summary(life, zone),
        "from_iso": iso(life.first),
        "to_iso": iso(whole(life).end),
        "url": str(address.at(None)),
        "window_from_iso": iso(window.start),
        "window_to_iso": iso(window.end),
        "here_url": str(replace(address, after="", before="")),
        "strip": draw_strip(life, window, zone, spikes=spikes, moment=address.moment),
        "lanes": [
            draw_lane(lane, window, address, zone, parts, handled, spikes, step=step)
            for lane in Lane
        ],
        "moment": None if moment is None else round(window.share(moment), 2),
        "kinds": kinds_shown(life, address),
        "jumps": jumps(handled, window=window, address=address, zone=zone),
        "ticks": drawn_ticks(window, zone, at_most=_TICKS),
        "bursts": standing_out(life, window, address, zone, spikes=spikes),
        **steps(life, window, address),
    }


def _summary(life: Life, zone: Zone) -> str:
    written = sum(part.written for part in life.bins)
    strangers = sum(part.strangers for part in life.bins)
    feedback = sum(part.feedback for part in life.bins)
    words = (
        f"Activity from {day_and_time(life.first, zone.tz)} to {day_and_time(life.last, zone.tz)}:"
        f" {counted(written, 'message')} written"
    )
    if strangers:
        words += f", {percent(strangers, written)} to strangers"
    if feedback:
        words += f"; {counted(feedback, 'report or block', 'reports and blocks')}"
    return f"{words}."
