"""What ordinary use looks like: conversations, now and then a call, mostly in the evening."""

from datetime import datetime, timedelta
from random import Random

from reviewapp.demo.residents import Resident


def evening_of(resident: Resident, day: datetime, rng: Random) -> datetime:
    """A waking hour of the resident's own time zone on the day of `day`."""
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    local_hour = rng.triangular(7, 23.5, 20)
    return midnight + timedelta(hours=local_hour - resident.country.utc_hours)


def talk(
    resident: Resident,
    rng: Random,
    *,
    at: datetime,
    to: str,
    messages: int,
    pause_s: float = 40,
) -> datetime:
    """A conversation in which the other answers about half the time. Returns when it ended."""
    answered = False
    for _ in range(messages):
        resident.sends(at, to, typing=rng.random() < 0.97, **({"reply": True} if answered else {}))
        at += timedelta(seconds=rng.uniform(0.2, 2) * pause_s)
        answered = rng.random() < 0.5
        if answered:
            resident.hears(at, to)
            at += timedelta(seconds=rng.uniform(0.2, 1) * pause_s)
    return at


def everyday_life(
    resident: Resident,
    rng: Random,
    *,
    friends: list[str],
    talks_a_day: float = 1.0,
    start: datetime | None = None,
    end: datetime | None = None,
) -> None:
    """Days of talking with the same few people: the ones at the head of the list most."""
    start = max(start or resident.since, resident.registered_at)
    end = end or resident.until
    day = start
    # A day longer than until the end: its evening may fall on the calendar's day before.
    while day < end + timedelta(days=1):
        for _ in range(min(6, int(rng.expovariate(1 / talks_a_day) + 0.5))):
            friend = friends[min(int(rng.expovariate(0.35)), len(friends) - 1)]
            at = evening_of(resident, day, rng)
            if not start <= at < end:
                continue
            talk(resident, rng, at=at, to=friend, messages=rng.randint(1, 4))
            if rng.random() < 0.05:
                seconds = rng.choice((0, rng.randint(20, 1800)))
                resident.calls(at + timedelta(minutes=20), friend, duration_s=seconds)
        day += timedelta(days=1)
