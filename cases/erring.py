"""Whether a version of a detector errs more often than chance explains.

# Note [Beyond chance]

Of the decisions that were looked at again on appeal and rested on a version, some were reversed
because the detector was wrong. Were this version no worse than the others, each of its decisions
would have been reversed as often as theirs were, and the number of its reversals would follow a
binomial distribution. What is asked is the exact upper tail of that: how likely at least so many
were. Below one in a thousand, which is where the 99.8 % limit of a funnel plot lies (D. J.
Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24,
2005), it is not chance, provided that there are LEAST_REVERSED: of a handful nothing follows.

The rate of the others is itself only what was seen of them. So one reversal more is counted with
theirs than there was: ten decisions of others without any do not prove that there never are any,
and where there are no others the rate is 1, and nothing is beyond it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

LEAST_REVERSED = 5
CHANCE = 0.001


@dataclass(frozen=True, slots=True)
class Record:
    """How a version fared on appeal: of so many decisions that rested on it and were looked at
    again, so many were reversed because the detector was wrong.
    """

    detector: str
    version: str
    decided: int
    reversed: int

    def __post_init__(self) -> None:
        if not 0 <= self.reversed <= self.decided:
            raise ValueError(f"{self.reversed} of {self.decided} is no share.")


@dataclass(frozen=True, slots=True)
class Finding:
    """A record that chance does not explain: beside which rate, and how likely it was at that."""

    record: Record
    rate: float
    likelihood: float


def beyond_chance(records: Iterable[Record]) -> list[Finding]:
    """Those of `records` that are worse than the others together explain, the least likely first.

    See Note [Beyond chance].
    """
    records = list(records)
    decided = sum(each.decided for each in records)
    reversed_ = sum(each.reversed for each in records)
    found = (
        weigh(
            each,
            others_decided=decided - each.decided,
            others_reversed=reversed_ - each.reversed,
        )
        for each in records
    )
    return sorted(filter(None, found), key=lambda finding: finding.likelihood)


def weigh(record: Record, *, others_decided: int, others_reversed: int) -> Finding | None:
    """What is to be said of `record` beside all other versions; None where chance explains it."""
    if record.reversed < LEAST_REVERSED:
        return None
    rate = (others_reversed + 1) / (others_decided + 1)
    likelihood = at_least(record.reversed, trials=record.decided, rate=rate)
    return Finding(record, rate, likelihood) if likelihood < CHANCE else None


def at_least(successes: int, *, trials: int, rate: float) -> float:
    """How likely `successes` or more of `trials` are where each succeeds at `rate`. Exact."""
    if not 0 <= successes <= trials or not 0 <= rate <= 1:
        raise ValueError(f"{successes} of {trials} at {rate} is no binomial.")
    if successes == 0 or rate == 1:
        return 1.0
    if rate == 0:
        return 0.0
    # The first term through logarithms, which don't overflow; each further one out of the last.
    term = exp(
        lgamma(trials + 1) - lgamma(successes + 1) - lgamma(trials - successes + 1)
        + successes * log(rate) + (trials - successes) * log1p(-rate)
    )  # fmt: skip
    if successes <= trials * rate:
        # Where most of it lies above, what lies below is summed: few terms, and none too small.
        return max(0.0, 1 - _below(successes, trials=trials, rate=rate, term=term))
    odds, total = rate / (1 - rate), 0.0
    for number in range(successes, trials + 1):
        total += term
        if term < total * 1e-18:
            break
        term *= odds * (trials - number) / (number + 1)
    return min(1.0, total)


def _below(successes: int, *, trials: int, rate: float, term: float) -> float:
    """The lower tail, `successes` itself left out; `term` is its likelihood."""
    odds, total = rate / (1 - rate), 0.0
    for number in range(successes, 0, -1):
        term *= number / ((trials - number + 1) * odds)
        total += term
        if term < total * 1e-18:
            break
    return total
