from math import sqrt
from typing import NamedTuple

# The two-sided 95 % point of the normal distribution.
_Z = 1.959963984540054


class Interval(NamedTuple):
    """A share and the bounds it most likely lies between, each from 0 to 1."""

    share: float
    low: float
    high: float


def interval(successes: int, trials: int) -> Interval | None:
    """The Wilson score interval at 95 % for `successes` of `trials`; None without trials.

    Unlike the textbook interval it stays inside 0 to 1 and is honest about short records:
    ten of ten is "72 to 100 %", not "100 %". (E. B. Wilson, 1927.)
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no share.")
    if trials == 0:
        return None
    share = successes / trials
    weight = 1 + _Z**2 / trials
    middle = (share + _Z**2 / (2 * trials)) / weight
    spread = _Z * sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2)) / weight
    return Interval(share, max(0.0, middle - spread), min(1.0, middle + spread))
