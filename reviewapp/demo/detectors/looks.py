"""When detectors look: the certain ones at once, the ones that ask a person every hour."""

from datetime import datetime, timedelta


def hourly_look(at: datetime) -> datetime:
    """The full hour after `at`: until then a certain detector may have acted already."""
    return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
