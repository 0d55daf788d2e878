"""The thresholds, read from the one file that holds them."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

THRESHOLDS = Path(__file__).parent.parent / "thresholds.toml"


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold: from `review` on a person looks, from `certain` on the detector acts alone."""

    review: float
    certain: float
    unit: str
    why: str

    def score(self, value: float) -> float:
        """How far `value` has gone: 0.5 at `review`, 0.95 at `certain` (or at twice `review`)."""
        ceiling = self.certain if self.certain != float("inf") else 2 * self.review
        gone = (value - self.review) / ((ceiling - self.review) or 1)
        return round(0.5 + 0.45 * min(1.0, max(0.0, gone)), 3)


@dataclass(frozen=True, slots=True)
class Limits:
    """One detector's version and thresholds, by name: `limits["share"].review`."""

    version: str
    by_name: dict[str, Limit]

    def __getitem__(self, name: str) -> Limit:
        return self.by_name[name]


@cache
def limits_of(detector: str) -> Limits:
    """The thresholds of `detector`; raises KeyError for one that the file does not have."""
    section = tomllib.loads(THRESHOLDS.read_text())[detector]
    never = float("inf")
    return Limits(
        version=section["version"],
        by_name={
            name: Limit(
                review=limit.get("review", never),
                certain=limit.get("certain", never),
                unit=limit["unit"],
                why=limit["why"],
            )
            for name, limit in section.items()
            if name != "version"
        },
    )
