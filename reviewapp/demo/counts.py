"""What became of rows that were sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Enough refusals to see what is wrong; a million of them are all alike.
KEPT_REFUSALS = 20


@dataclass(slots=True)
class Counts:
    """How many rows were accepted, known already, or rejected, and what detections led to."""

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    #: Refs of cases and ids of enforcements that detections were answered with.
    cases: set[str] = field(default_factory=set)
    enforcements: set[str] = field(default_factory=set)
    #: The first refusals, each as "id: what is wrong".
    refusals: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.accepted:,} accepted, {self.duplicates:,} known already,"
            f" {self.rejected:,} rejected"
        )

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            accepted=self.accepted + other.accepted,
            duplicates=self.duplicates + other.duplicates,
            rejected=self.rejected + other.rejected,
            cases=self.cases | other.cases,
            enforcements=self.enforcements | other.enforcements,
            refusals=(self.refusals + other.refusals)[:KEPT_REFUSALS],
        )

    @classmethod
    def of_answer(cls, answer: Mapping[str, Any]) -> "Counts":
        """The counts of a batch's answer."""
        rejected = answer.get("rejected") or []
        results = answer.get("results") or []
        return cls(
            accepted=answer.get("accepted", 0),
            duplicates=answer.get("duplicates", 0),
            rejected=len(rejected),
            cases={row["case"] for row in results if row.get("case")},
            enforcements={row["enforcement"] for row in results if row.get("enforcement")},
            refusals=[_refusal(row) for row in rejected[:KEPT_REFUSALS]],
        )


def _refusal(row: Mapping[str, Any]) -> str:
    errors = row.get("errors") or []
    said = "; ".join(
        f"{error.get('pointer', '')} {error.get('detail', '')}".strip()
        if isinstance(error, Mapping)
        else str(error)
        for error in errors
    )
    return f"{row.get('id') or 'row ' + str(row.get('index'))}: {said}"
