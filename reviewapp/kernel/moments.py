"""Times that people, machines and addresses name, read so that nobody trips over them later."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from reviewapp.kernel.refusals import Refused

EARLIEST = 1970
LATEST = 2999
# No place on earth is further from Greenwich, and PostgreSQL knows no further offset.
_FURTHEST = timedelta(hours=16)


class BadMoment(Refused):
    """That is not a time with an offset, like 2026-03-10T12:00:00Z."""


class BadDay(Refused):
    """That day lies too far away."""


def read_moment(text: str) -> datetime:
    """The time that `text` (ISO 8601 with an offset) names, in UTC.

    Between 1970 and 2999, so that days and years can be added to it and taken from it without
    leaving what Python and PostgreSQL agree on. Raises BadMoment.
    """
    if not text.isprintable():
        # What follows a NUL would be passed over.
        raise BadMoment
    try:
        at = datetime.fromisoformat(text)
        offset = at.utcoffset()
    except ValueError as wrong:
        raise BadMoment from wrong
    if offset is None:
        raise BadMoment
    if abs(offset) >= _FURTHEST:
        raise BadMoment("Its offset from UTC is 16 hours or more.")
    # Before it is turned into UTC: at the ends of the calendar that itself goes wrong.
    if not EARLIEST <= at.year <= LATEST or not EARLIEST <= at.astimezone(UTC).year <= LATEST:
        raise BadMoment(f"Lies outside the years {EARLIEST} to {LATEST}.")
    return at.astimezone(UTC)


def beginning_of(day: date, tz: tzinfo = UTC) -> datetime:
    """When `day` begins on the clocks of `tz`."""
    return datetime.combine(day, time(), tzinfo=tz)


def near_day(day: date) -> date:
    """`day`, if it lies in the years of `read_moment`. Raises BadDay."""
    if not EARLIEST <= day.year <= LATEST:
        raise BadDay(f"Lies outside the years {EARLIEST} to {LATEST}.")
    return day
