"""One measured figure, its limit, and what we aim at."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Measure:
    """`product` and `limit` are in `unit`; `aim` says in words what `ok` was judged by."""

    name: str
    unit: str
    product: float
    limit: float | None
    aim: str
    ok: bool

    @property
    def ratio(self) -> float | None:
        return self.product / self.limit if self.limit else None

    def row(self) -> dict[str, Any]:
        ratio = self.ratio
        return {**asdict(self), "ratio": None if ratio is None else round(ratio, 3)}


class Bench(Protocol):
    """Measures one thing over about `rows` rows, in an empty database of its own."""

    def __call__(self, *, rows: int, say: Callable[[str], None]) -> Iterable[Measure]: ...


def rate(name: str, *, unit: str, product: float, limit: float, at_least: float) -> Measure:
    """A rate that should reach a share of its limit's."""
    return Measure(
        name=name,
        unit=unit,
        product=round(product, 1),
        limit=round(limit, 1),
        aim=f"at least {at_least:g} of the limit",
        ok=product >= at_least * limit,
    )


def duration(
    name: str, *, product: float, limit: float, ratio_at_most: float, or_ms: float
) -> Measure:
    """A page's time in ms, beside the same page over little data."""
    return Measure(
        name=name,
        unit="ms",
        product=round(product, 1),
        limit=round(limit, 1),
        aim=f"at most {ratio_at_most:g} times, or {or_ms:g} ms",
        ok=product <= ratio_at_most * limit or product <= or_ms,
    )


def beside(name: str, *, product: float, limit: float, at_most: float) -> Measure:
    """A page's time in ms, judged by itself, with what it could not go below shown beside it."""
    return Measure(
        name=name,
        unit="ms",
        product=round(product, 1),
        limit=round(limit, 1),
        aim=f"at most {at_most:g} ms",
        ok=product <= at_most,
    )


def within(name: str, *, product: float, at_most: float, unit: str = "ms") -> Measure:
    return Measure(
        name=name,
        unit=unit,
        product=round(product, 1),
        limit=None,
        aim=f"at most {at_most:g} {unit}",
        ok=product <= at_most,
    )


def median_ms(call: Callable[[], object], *, times: int = 15, warm: int = 3) -> float:
    """The median time of `call` in ms, after warming up."""
    return medians_ms(call, times=times, warm=warm)[0]


def medians_ms(*calls: Callable[[], object], times: int = 15, warm: int = 3) -> list[float]:
    """The median time of each of `calls` in ms, after warming up.

    They take turns, so that whatever else keeps the machine busy weighs on all of them alike.
    """
    taken: list[list[float]] = [[] for _ in calls]
    for turn in range(warm + times):
        for call, times_of_call in zip(calls, taken, strict=True):
            started = time.perf_counter()
            call()
            if turn >= warm:
                times_of_call.append((time.perf_counter() - started) * 1000)
    return [statistics.median(each) for each in taken]


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
