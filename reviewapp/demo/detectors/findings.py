"""What a detector says, and the shape in which the API takes it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from reviewapp.demo.detectors.limits import Limits, limits_of
from reviewapp.demo.detectors.neighbourhood import Neighbourhood
from reviewapp.demo.detectors.seen import Seen


@dataclass(frozen=True, slots=True)
class Signal:
    """One measurement against its threshold."""

    name: str
    value: float
    threshold: float | None = None
    unit: str = ""

    def row(self, at: datetime) -> dict[str, Any]:
        row: dict[str, Any] = {
            "name": self.name,
            "value": self.value,
            "observed_at": at.isoformat(),
        }
        if self.threshold is not None:
            row["threshold"] = self.threshold
        if self.unit:
            row["unit"] = self.unit
        return row


@dataclass(frozen=True, slots=True)
class Finding:
    """A detector fired: when, how sure it is, why, and (if certain) what it did at once."""

    at: datetime
    score: float
    policy: str
    reasons: list[str]
    signals: list[Signal]
    #: PERMANENT_BAN or TEMPORARY_BAN where the detector acted alone; empty asks for a person.
    action: str = ""
    lasts: timedelta | None = None
    #: Somebody banned before they finished signing up has no account to be told in.
    notify: bool = True


Detect = Callable[[Seen, Limits, Neighbourhood], Finding | None]


@dataclass(frozen=True, slots=True)
class Detector:
    """A named rule.

    `needs` are the inputs without which it cannot judge: `account.FIELD`, an evidence kind, or
    `kind.FIELD` of its data. It is not run over data that has none of one of them.
    """

    name: str
    stage: str
    detect: Detect
    needs: frozenset[str]
    limits: Limits = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "limits", limits_of(self.name))

    def detection(self, seen: Seen, finding: Finding) -> dict[str, Any]:
        """The row of `POST /detections`. Its id is of the detector's version and the account."""
        row: dict[str, Any] = {
            "id": f"{self.name}@{self.limits.version}:{seen.id}",
            "account": seen.id,
            "detector": self.name,
            "version": self.limits.version,
            "stage": self.stage,
            "score": finding.score,
            "policy": finding.policy,
            "verdict": "ENFORCED" if finding.action else "REVIEW",
            "reasons": finding.reasons,
            "signals": [signal.row(finding.at) for signal in finding.signals],
            "user_reports_before": seen.reports_before(finding.at),
        }
        if finding.action:
            row |= {
                "action": finding.action,
                "enforced_at": finding.at.isoformat(),
                "notify": finding.notify,
            }
        if finding.lasts:
            row["until"] = (finding.at + finding.lasts).isoformat()
        return row
