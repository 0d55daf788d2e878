"""Moments that links lead to: detections, bans, appeals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.casefile.address import Address
from cases.casefile.places import Zone
from cases.casefile.shapes import Handled, Sort
from cases.casefile.telling import day_and_time
from cases.casefile.window import Window
from cases.models import Detection
from reviewapp.kernel.moments import BadMoment, read_moment

# More detections than a person follows one by one, and a bound.
_NEWEST = 60
# What is jumped to; the rest of the handling is in its lane to be looked at.
_SORTS = {
    Sort.DETECTION: "Detection",
    Sort.BAN: "Ban",
    Sort.LIFT: "Lift",
    Sort.APPEAL: "Appeal",
    Sort.DECISION: "Decision",
}
# The newest of each of these stands beside the timeline; all are in the list.
_NAMED = (Sort.DETECTION, Sort.BAN, Sort.APPEAL)


@dataclass(frozen=True, slots=True)
class Jump:
    """A link that moves the timeline to a moment, which stands marked there."""

    words: str
    title: str
    url: str
    sort: Sort
    current: bool


def fired_on(account_id: UUID) -> list[Handled]:
    """The newest detections of an account, as moments. One query."""
    found = (
        Detection.objects.filter(account_id=account_id)
        .select_related("detector")
        .only("detector__name", "version", "score", "received_at", "signals")
        .newest_first()[:_NEWEST]
    )
    return [
        Handled(
            observed_at(each),
            f"{each.detector.name} {each.version} fired at {each.score:.2f}",
            Sort.DETECTION,
        )
        for each in found
    ]


def observed_at(detection: Detection) -> datetime:
    """When a detector had seen what it fired on, as far as its signals say; else when it came."""
    told = [_moment(signal.get("observed_at")) for signal in detection.signal_values()]
    seen = [at for at in told if at and at <= detection.received_at]
    return max(seen, default=detection.received_at)


def _moment(text: Any) -> datetime | None:
    try:
        return read_moment(text) if isinstance(text, str) else None
    except BadMoment:
        return None


def jumps(
    handled: Sequence[Handled], *, window: Window, address: Address, zone: Zone
) -> dict[str, Any]:
    """Links to moments: the newest of some sorts, all of them, and the next and the last one."""
    known = [each for each in handled if each.sort in _SORTS]
    here = address.moment or window.start + window.length / 2
    return {
        "newest": [
            _jump(newest, address, zone, words=_SORTS[sort])
            for sort in _NAMED
            if (newest := next((each for each in reversed(known) if each.sort == sort), None))
        ],
        "all": [_jump(each, address, zone, words="") for each in reversed(known)],
        "previous_url": _url(address, (each for each in reversed(known) if each.at < here)),
        "next_url": _url(address, (each for each in known if each.at > here)),
    }


def _jump(each: Handled, address: Address, zone: Zone, *, words: str) -> Jump:
    when = day_and_time(each.at, zone.tz)
    return Jump(
        words=f"{words} {when.rpartition(' ')[0]}" if words else each.words,
        title=f"{each.words}, {when}" if words else when,
        url=str(address.to_moment(each.at)),
        sort=each.sort,
        current=address.moment == each.at,
    )


def _url(address: Address, moments: Iterable[Handled]) -> str:
    found = next(iter(moments), None)
    return str(address.to_moment(found.at)) if found else ""


def words_at(handled: Sequence[Handled], moment: datetime) -> str:
    """What is known to have happened at `moment`; empty where nothing is."""
    found = [each.words for each in handled if each.at == moment]
    return "; ".join(dict.fromkeys(found))
