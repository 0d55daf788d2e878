"""Measuring the product beside its physical limit, in the same run, on the same machine."""

from reviewapp.bench import appeals, case, claim, deliver, intake, queue
from reviewapp.bench.measures import Bench, Measure

BENCHES: dict[str, Bench] = {
    "intake": intake.measure,
    "claim": claim.measure,
    "queue": queue.measure,
    "case": case.measure,
    "deliver": deliver.measure,
    "appeals": appeals.measure,
}

__all__ = ["BENCHES", "Measure"]
