"""Versions of detectors whose decisions were reversed on appeal more often than chance explains.

A room above looks for them and writes what it found into the ledger, which is where it is read.
"""

from dataclasses import dataclass
from datetime import datetime

from reviewapp.ledger.models import LedgerEntry

_NOTED, _EXPLAINED = "detector.reversals_noted", "detector.reversals_explained"
# Each is noted once and again only after it was explained: more than there will be, and a bound.
_NEWEST = 1_000


@dataclass(frozen=True, slots=True)
class Reversals:
    """How often decisions that rest on a version were reversed when it was noted."""

    decided: int
    reversed: int
    noted_at: datetime

    @property
    def words(self) -> str:
        return (
            f"reversed on appeal beyond chance: {self.reversed:,} of {self.decided:,} because the"
            " detector was wrong"
        )


def reversed_beyond_chance() -> dict[tuple[str, str], Reversals]:
    """What was noted and not explained since, by detector and version. One query."""
    noted = LedgerEntry.objects.filter(kind__in=[_NOTED, _EXPLAINED]).newest_first()[:_NEWEST]
    latest: dict[tuple[str, str], LedgerEntry] = {}
    for entry in noted:
        latest.setdefault((entry.detector, entry.detector_version), entry)
    return {
        version: Reversals(
            decided=entry.particulars["decided"],
            reversed=entry.particulars["reversed"],
            noted_at=entry.recorded_at,
        )
        for version, entry in latest.items()
        if entry.kind == _NOTED
    }
