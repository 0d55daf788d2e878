"""The part of a life that is looked at, and the ways to move it."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from cases.casefile.life import HOUR, Life, hour_of
from reviewapp.kernel.moments import BadMoment, beginning_of, read_moment

SHORTEST = timedelta(minutes=1)
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
    at = beginning_of(local.date(), tz)
    if step >= timedelta(days=1):
        days = step.days
        at -= timedelta(days=(at.date() - _EPOCH.date()).days % days)
        words = "%-d %b" if window.length < timedelta(days=400) else "%b %Y"
    else:
        at += (local - at) // step * step
        words = "%H:%M" if step >= timedelta(minutes=1) else "%H:%M:%S"
    found = []
    while at.astimezone(UTC) < window.end:
        if at.astimezone(UTC) >= window.start:
            midnight = at.time() == time()
            found.append((at, at.strftime("%-d %b" if midnight and step.days < 1 else words)))
        at += step
    return found
