"""Entries of the ledger, and the file of them as a spreadsheet would read it."""

import csv
import io
from typing import Any

from django.http import HttpResponseBase

from cases.enums import Maker
from reviewapp.ledger.recording import Entry
from tests.conftest import NOON


def entry(**changed: Any) -> Entry:
    """A violation that an analyst decided, unless said."""
    told: dict[str, Any] = {
        "kind": "decision.made",
        "actor": "user:U-1",
        "happened_at": NOON,
        "account": "A-1",
        "outcome": "VIOLATION",
        "maker": Maker.ANALYST,
        "country_prefix": "+91",
    }
    return Entry(**(told | changed))


def rows_of(response: HttpResponseBase) -> tuple[bytes, list[dict[str, str]]]:
    """The whole file, and its rows by column."""
    body = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return body, list(csv.DictReader(io.StringIO(body.decode(), newline="")))
