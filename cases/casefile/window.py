"""The part of a life that is looked at, and the ways to move it."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from cases.casefile.life import CLOSE, HOUR, Bin, Life, hour_of
from reviewapp.kernel.moments import BadMoment, read_moment

USUAL = timedelta(days=2)
SHORTEST = timedelta(minutes=1)
# A part that opens by itself stays below this many items, so that the first look is quick.
FIRST_LOOK_ITEMS = 2_500
# A part longer than this is told by its hours where it holds more than CLOSE items.
ITEM_BY_ITEM = timedelta(days=1)
# A stranger written to, or a report, says more about where to look first than other things.
_STRANGER_WEIGHT = 3
_FEEDBACK_WEIGHT = 10
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def covers(self, life: Life) -> bool:
        return self.start <= life.first and life.last < self.end

    def share(self, at: datetime) -> float:
        """Where `at` stands between start (0) and end (100), for a drawing; kept inside."""
        return min(100.0, max(0.0, (at - self.start) / self.length * 100))

    def moved(self, windows: float) -> "Window":
        return Window(self.start + self.length * windows, self.end + self.length * windows)

    def zoomed(self, factor: float) -> "Window":
        middle = self.start + self.length / 2
        half = max(self.length * factor, SHORTEST) / 2
        return Window(middle - half, middle + half)


def asked(start: str | None, end: str | None) -> Window | None:
    """The window that an address names; None where it names none that makes sense."""
    try:
        window = Window(read_moment(start or ""), read_moment(end or ""))
    except BadMoment:
        return None
    return window if window.length >= SHORTEST else None


def whole(life: Life) -> Window:
    """The whole life, with a little air at its end so that the last item is inside."""
    length = max(life.last - life.first, SHORTEST)
    return Window(life.first, life.first + length + max(length / 200, timedelta(seconds=1)))


def opening(life: Life, *, tz: tzinfo) -> Window:
    """Where to look first: around the time when most was sent to strangers or complained of.

    Starts at a local midnight and shows two days, or the whole of a short life; less where
    that much would hold more than FIRST_LOOK_ITEMS.
    """
    everything = whole(life)
    if everything.length <= USUAL * 1.5 and life.items <= FIRST_LOOK_ITEMS:
        return everything
    midnights = sorted({_midnight(part.at, tz) for part in life.bins})
    windows = [Window(midnight, midnight + USUAL) for midnight in midnights]
    window = max(windows, key=lambda each: sum(_telling(part) for part in _bins_in(life, each)))
    busiest = max(_bins_in(life, window), key=_telling)
    while _items_in(life, window) > FIRST_LOOK_ITEMS and window.length > life.stride:
        half = window.length / 2
        start = window.start if busiest.at < window.start + half else window.start + half
        window = Window(start, start + half)
    return window


def _telling(part: Bin) -> int:
    return (
        part.contacts
        + part.strangers * _STRANGER_WEIGHT
        + part.feedback * _FEEDBACK_WEIGHT
        + part.other
    )


def _midnight(at: datetime, tz: tzinfo) -> datetime:
    return datetime.combine(at.astimezone(tz).date(), time(), tzinfo=tz).astimezone(UTC)


def _bins_in(life: Life, window: Window) -> list[Bin]:
    """The stretches that begin in `window` or reach into it."""
    return [part for part in life.bins if window.start - life.stride < part.at < window.end]


def _items_in(life: Life, window: Window) -> int:
    return sum(part.items for part in _bins_in(life, window))


def by_hours(life: Life, window: Window) -> bool:
    """Whether what `window` holds is told by the hours of the life, not by its items."""
    return window.length > ITEM_BY_ITEM and _items_in(life, window) > CLOSE


def whole_hours(window: Window) -> Window:
    """The hours (UTC) that `window` reaches into."""
    end = hour_of(window.end)
    return Window(hour_of(window.start), end if end == window.end else end + HOUR)


_STEPS = [
    *(timedelta(seconds=s) for s in (1, 2, 5, 10, 15, 30)),
    *(timedelta(minutes=m) for m in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=h) for h in (1, 2, 3, 6, 12)),
    *(timedelta(days=d) for d in (1, 2, 7, 14, 28, 91, 182, 364, 1820, 3640)),
]


def step_for(length: timedelta, *, at_most: int) -> timedelta:
    """The shortest round step that cuts `length` into `at_most` pieces or fewer."""
    return next((step for step in _STEPS if step * at_most >= length), _STEPS[-1])


def ticks(window: Window, *, tz: tzinfo, at_most: int) -> list[tuple[datetime, str]]:
    """Round local times in the window, each with what to write there."""
    step = step_for(window.length, at_most=at_most)
    local = window.start.astimezone(tz)
    if step >= timedelta(days=1):
        at = datetime.combine(local.date(), time(), tzinfo=tz)
        days = step.days
        at -= timedelta(days=(at.date() - _EPOCH.date()).days % days)
        words = "%-d %b" if window.length < timedelta(days=400) else "%b %Y"
    else:
        at = datetime.combine(local.date(), time(), tzinfo=tz)
        at += (local - at) // step * step
        words = "%H:%M" if step >= timedelta(minutes=1) else "%H:%M:%S"
    found = []
    while at.astimezone(UTC) < window.end:
        if at.astimezone(UTC) >= window.start:
            midnight = at.time() == time()
            found.append((at, at.strftime("%-d %b" if midnight and step.days < 1 else words)))
        at += step
    return found
