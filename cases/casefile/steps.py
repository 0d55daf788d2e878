"""Ways to move along a life: earlier, later, closer, wider, and to what stands out."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from cases.casefile.address import Address
from cases.casefile.counting import counted
from cases.casefile.life import Bin, Life
from cases.casefile.places import Zone
from cases.casefile.spikes import Spike
from cases.casefile.window import Window, whole

_BURSTS = 3
_SPIKES = 2
# A burst of fifteen seconds is looked at with so much before and after it.
_NEAR = timedelta(minutes=5)
# A burst holds this many times what an average stretch of the life holds, or more.
_BURST_FACTOR = 3
_BURST_LEAST = 10


def steps(life: Life, window: Window, address: Address) -> dict[str, str]:
    everything = whole(life)
    seen_whole = window.covers(life)

    def url(wanted: Window | None) -> str:
        return str(address.at(wanted))

    return {
        "earlier_url": url(window.moved(-0.5)) if window.start > life.first else "",
        "later_url": url(window.moved(0.5)) if window.end <= life.last else "",
        "closer_url": url(window.zoomed(0.5)) if window.length > timedelta(minutes=2) else "",
        "wider_url": ""
        if seen_whole
        else url(everything if window.length * 2 >= everything.length else window.zoomed(2)),
        "whole_url": "" if seen_whole else url(everything),
    }


def standing_out(
    life: Life, window: Window, address: Address, zone: Zone, *, spikes: Sequence[Spike]
) -> list[dict[str, Any]]:
    """Links to what stands out: bursts that no hand could have typed, then full stretches."""
    most = sorted(spikes, key=lambda spike: -spike.messages)[:_SPIKES]
    quick = [_quick(spike, window, address, zone) for spike in sorted(most, key=lambda s: s.at)]
    return quick + _full(life, window, address, zone, but=spikes)[: _BURSTS - len(quick)]


def _quick(spike: Spike, window: Window, address: Address, zone: Zone) -> dict[str, Any]:
    near = Window(spike.at - _NEAR, spike.at + _NEAR)
    return {
        "words": f"{spike.at.astimezone(zone.tz):%-d %b}: {spike.words}",
        "url": str(address.at(near)),
        "title": f"From {spike.at.astimezone(zone.tz):%H:%M:%S} on",
        "lane": "spike",
        "current": window == near,
    }


def _full(
    life: Life, window: Window, address: Address, zone: Zone, *, but: Sequence[Spike]
) -> list[dict[str, Any]]:
    """Links to the fullest stretches in order of time, `but` those told already."""
    average = sum(part.written for part in life.bins) / (whole(life).length / life.stride)
    standing_out: list[list[Bin]] = []
    for part in life.bins:
        if part.written < max(average * _BURST_FACTOR, _BURST_LEAST):
            continue
        if standing_out and part.at - standing_out[-1][-1].at <= life.stride * 2:
            standing_out[-1].append(part)
        else:
            standing_out.append([part])
    biggest = sorted(standing_out, key=lambda run: -sum(part.written for part in run))[:_BURSTS]
    found = []
    for run in sorted(biggest, key=lambda run: run[0].at):
        near = Window(run[0].at - life.stride, run[-1].at + life.stride * 2)
        if any(near.holds(spike.at) for spike in but):
            continue
        number = sum(part.written for part in run)
        strangers = sum(part.strangers for part in run)
        found.append(
            {
                "words": f"{run[0].at.astimezone(zone.tz):%-d %b}: {number:,}",
                "url": str(address.at(near)),
                "title": counted(number, "message or call", "messages and calls"),
                "lane": "messaging-stranger" if strangers * 2 >= number else "messaging",
                "current": window == near,
            }
        )
    return found
