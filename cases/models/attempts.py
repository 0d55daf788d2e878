"""Attempts to keep a promise: what enforcement and notifications write alike."""

from typing import Any, Self

from django.db import models

from reviewapp.kernel.appendonly import AppendOnly
from reviewapp.kernel.ids import uuid7


class Attempt(AppendOnly):
    """One call to the platform and what it answered: status and first kilobyte, no body sent."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField()
    attempted_at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    # Null where there was no answer at all.
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(default="", blank=True)
    # What it came to: a cases.delivering.Result.
    result = models.TextField()

    class Meta:
        abstract = True

    @classmethod
    def of(cls, call: Any, **promise: Any) -> Self:
        """The row of `call` (a cases.delivering.Call), unsaved, for the promise it was made for."""
        [row] = promise.values()
        return cls(
            **promise,
            number=row.attempts_made,
            attempted_at=call.attempted_at,
            took_ms=call.answer.took_ms,
            status=call.answer.status,
            answer=call.answer.kept,
            result=call.answer.result,
        )
