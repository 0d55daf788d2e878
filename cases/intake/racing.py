"""Batches that meet each other."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

Given = ParamSpec("Given")
Made = TypeVar("Made")

_TRIES = 4
_DEADLOCK, _SERIALIZATION = "40P01", "40001"


def again_after_deadlock(journey: Callable[Given, Made]) -> Callable[Given, Made]:
    """Run `journey`, a whole transaction of its own, again when the database broke a deadlock.

    Rows are taken in sorted order everywhere, so that batches wait in line. What is left is
    a batch that finds an account which another made in between; one of the two is then told to
    start over, and it finds everything in place.
    """

    @wraps(journey)
    def patient(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        for remaining in reversed(range(_TRIES)):
            try:
                return journey(*args, **kwargs)
            except OperationalError as error:
                state = getattr(error.__cause__, "sqlstate", None)
                broken = state in (_DEADLOCK, _SERIALIZATION)
                if not broken or not remaining or connection.in_atomic_block:
                    raise
        raise AssertionError("unreachable")

    return patient
