"""Where a case stands in its queue, as SQL: for as many as a queue holds, at once.

The same sum as `Case.reprice`, in the same order of the same operations, so that both come to the
same number. A preview and the worker that carries it out are made of these expressions alike.
"""

from dataclasses import dataclass
from typing import Any

from cases.enums import DueDates
from cases.models import Queue
from cases.models.cases import EPOCH, NEVER_DUE, WAITING_POINTS_PER_HOUR
from cases.models.queues import PARTS


@dataclass(frozen=True, slots=True)
class Terms:
    """What places a case in a queue: the weights of its parts, and its deadline."""

    weights: dict[str, float]
    due_hours: int | None
    due_dates: str = DueDates.NEARER

    @classmethod
    def of(cls, queue: Queue, *, due_dates: str = DueDates.NEARER) -> "Terms":
        weights = {part: queue.weight_of(part) for part in PARTS}
        return cls(weights, queue.due_hours, due_dates)

    def parameters(self) -> dict[str, Any]:
        """What the expressions below are given."""
        return {
            **{f"weight_{part}": float(self.weights[part]) for part in PARTS},
            "due_hours": self.due_hours,
            "anew": self.due_dates == DueDates.ANEW,
            "per_hour": WAITING_POINTS_PER_HOUR,
            "epoch": EPOCH,
            "never": NEVER_DUE,
        }


# Expressions over a case `c`.
PRIORITY = "(" + " + ".join(f"%(weight_{part})s::float8 * c.{part}_points" for part in PARTS) + ")"
RANK = (
    f"({PRIORITY} - %(per_hour)s::float8"
    " * (extract(epoch FROM c.opened_at - %(epoch)s::timestamptz)::float8 / 3600))"
)
_COUNTED = "c.opened_at + make_interval(hours => %(due_hours)s::int)"
DUE_AT = f"(CASE WHEN %(anew)s THEN {_COUNTED} ELSE least(c.due_at, {_COUNTED}) END)"
DUE_TIER = f"coalesce(({DUE_AT} AT TIME ZONE 'UTC')::date, %(never)s::date)"
