"""Sliding windows over moments in time order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """The moments from index `first` up to, not including, `end`."""

    first: int
    end: int

    @property
    def count(self) -> int:
        return self.end - self.first


def windows(times: Sequence[datetime], width: timedelta) -> list[Window]:
    """For each moment, the window of `width` that ends with it (its beginning excluded)."""
    found: list[Window] = []
    first = 0
    for last, at in enumerate(times):
        while at - times[first] >= width:
            first += 1
        found.append(Window(first, last + 1))
    return found


def busiest(times: Sequence[datetime], width: timedelta) -> Window:
    """The window with the most moments, the earliest of equals; empty without moments."""
    return max(windows(times, width), key=lambda window: window.count, default=Window(0, 0))


def first_to_reach(times: Sequence[datetime], width: timedelta, count: float) -> Window | None:
    """The first window, beginning at a moment and `width` long, that holds at least `count`."""
    end = 0
    for first, at in enumerate(times):
        while end < len(times) and times[end] - at < width:
            end += 1
        if end - first >= count:
            return Window(first, end)
    return None
