from datetime import UTC, datetime
from typing import Any

from reviewapp.ledger.recording import Entry, record, record_all

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def line(number: int = 1, **changes: Any) -> Entry:
    """An entry as the product writes them, with every column filled."""
    values: dict[str, Any] = {
        "kind": "decision.made",
        "actor": "user:U-4F7K2M",
        "happened_at": NOON,
        "account": f"A-{number}",
        "case": f"C-{number}",
        "country_prefix": "91",
        "surface": "WEB",
        "stage": "MESSAGING",
        "detector": "burst",
        "detector_version": "3",
        "policy": "BULK",
        "action": "PERMANENT_BAN",
        "outcome": "VIOLATION",
        "maker": "ANALYST",
        "particulars": {"score": 0.973, "evidence": number, "cited": ["b", "a"]},
    }
    return Entry(**(values | changes))


def record_lines(count: int, *, at: datetime = NOON, **changes: Any) -> None:
    if count == 1:
        record(line(**changes), at=at)
    else:
        record_all([line(number, **changes) for number in range(1, count + 1)], at=at)
