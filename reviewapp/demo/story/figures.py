"""Figures that have to agree."""

import time
from collections.abc import Callable

Say = Callable[[str], None]


class Figures:
    """Pairs of figures that have to agree; says each, and remembers which did not."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.wrong: list[str] = []
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def step(self, words: str) -> None:
        self.say(f"{words} ({self.seconds:.0f} s)")

    def agree(self, what: str, *, expected: int, found: int) -> None:
        if expected == found:
            self.say(f"  ok  {what}: {found:,}")
        else:
            self.wrong.append(what)
            self.say(f"  NO  {what}: {found:,}, but {expected:,} were expected")

    def broken(self, why: object) -> None:
        """The story could not go on: one line, and no figure after it."""
        self.wrong.append("the story breaks off")
        self.say(f"  NO  it breaks off: {' '.join(str(why).split())}")

    def close(self) -> bool:
        """Say how it ended. Returns whether everything agreed."""
        if self.wrong:
            self.say(f"NOT in order after {self.seconds:.0f} s: {', '.join(self.wrong)}.")
        else:
            self.say(f"All figures agree, after {self.seconds:.0f} s.")
        return not self.wrong
