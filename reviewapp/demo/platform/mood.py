"""How well the stand-in platform behaves, and for how long."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

ANSWERS = ("applied", "acknowledge")


class BadMood(ValueError):
    """A mood that the platform cannot be in; the text says which part is wrong."""


@dataclass(frozen=True, slots=True)
class Mood:
    """The platform's present behaviour.

    slow_ms: how long each answer takes, in milliseconds.
    fail_rate: the share of requests answered with 503, half of them after doing what was asked.
    flap_s: down for so many seconds, then up for as many, and so on; 0 is always up.
    answer: `applied` says in the 2xx answer that it is done; `acknowledge` only takes the order.
    """

    slow_ms: float = 0
    fail_rate: float = 0
    flap_s: float = 0
    answer: str = "applied"

    def __post_init__(self) -> None:
        for name, most in (("slow_ms", 600_000), ("fail_rate", 1), ("flap_s", 86_400)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise BadMood(f"{name} is a number, not {value!r}.")
            if not 0 <= value <= most:
                raise BadMood(f"{name} is between 0 and {most}, not {value}.")
        if self.answer not in ANSWERS:
            raise BadMood(f"answer is one of {', '.join(ANSWERS)}, not {self.answer!r}.")

    def changed(self, wishes: object) -> "Mood":
        """This mood with some parts changed; raises BadMood for an unknown part or value."""
        if not isinstance(wishes, Mapping):
            raise BadMood("A mood is a JSON object.")
        unknown = set(wishes) - {"slow_ms", "fail_rate", "flap_s", "answer"}
        if unknown:
            raise BadMood(f"There is no {', '.join(sorted(map(str, unknown)))} in a mood.")
        known: dict[str, Any] = dict(wishes)
        return replace(self, **known)

    def is_down(self, *, seconds: float) -> bool:
        """Whether a flapping platform is down, so many seconds after it was told to flap."""
        return self.flap_s > 0 and int(seconds / self.flap_s) % 2 == 0
