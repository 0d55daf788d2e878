"""Recorded rows, read from files and ready to be sent."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class BadRecording(Exception):
    """A file that cannot be replayed; the text names it and, where it can, the line."""


@dataclass(slots=True)
class Recording:
    """Rows in the shapes of `POST /accounts`, `POST /evidence` and `POST /detections`."""

    accounts: list[Row] = field(default_factory=list)
    evidence: list[Row] = field(default_factory=list)
    detections: list[Row] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.accounts) + len(self.evidence) + len(self.detections)

    def judgeable(self) -> tuple[list[Row], list[Row]]:
        """The accounts and evidence that detectors can read.

        Accounts that only evidence names are there as bare ids. Rows without an account, a kind or
        a time with an offset are left to the product to reject.
        """
        evidence = [row for row in self.evidence if _is_judgeable(row)]
        known = {row["id"]: row for row in self.accounts if isinstance(row.get("id"), str)}
        for row in evidence:
            known.setdefault(row["account"], {"id": row["account"]})
        return list(known.values()), evidence


def read_ndjson(path: Path) -> Recording:
    """Read recorded rows, one JSON object a line.

    A line is an evidence item as `POST /evidence` takes it, or one of `{"evidence": {…}}`,
    `{"account": {…}}` and `{"detection": {…}}` around an item of that call. Empty lines are
    skipped. Raises BadRecording for a file that cannot be read or a line that is none of these.
    """
    recording = Recording()
    lists = {
        "account": recording.accounts,
        "evidence": recording.evidence,
        "detection": recording.detections,
    }
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as exc:
            raise BadRecording(f"{path.name}, line {number}: not JSON.") from exc
        if not isinstance(row, dict):
            raise BadRecording(f"{path.name}, line {number}: not an object.")
        wrapper = next(iter(row)) if len(row) == 1 else ""
        if wrapper in lists and isinstance(row[wrapper], dict):
            lists[wrapper].append(row[wrapper])
        elif "kind" in row:
            recording.evidence.append(row)
        else:
            raise BadRecording(
                f"{path.name}, line {number}: neither an evidence item nor an account or detection."
            )
    return recording


def _lines(path: Path) -> Iterable[str]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from file
    except UnicodeDecodeError as exc:
        raise BadRecording(f"{path.name} is not UTF-8 text.") from exc
    except OSError as exc:
        raise BadRecording(f"{path} cannot be read: {exc.strerror}.") from exc


def _is_judgeable(row: Row) -> bool:
    data = row.get("data", {})
    if not (isinstance(row.get("account"), str) and isinstance(row.get("kind"), str)):
        return False
    try:
        at = datetime.fromisoformat(row.get("occurred_at", ""))
    except (TypeError, ValueError):
        return False
    return at.tzinfo is not None and isinstance(data, dict)
