"""People who are put into groups they never asked for."""

from datetime import timedelta
from random import Random

from reviewapp.demo.personas.daily import evening_of, everyday_life
from reviewapp.demo.town import Town, a_host


def mass_group_adder(town: Town, rng: Random) -> None:
    """Fills "investment clubs" with bought numbers, some dozens at a time, and is blocked a lot."""
    resident = town.settle("mass_group_adder", rng)
    everyday_life(resident, rng, friends=town.some_people(rng, 5), talks_a_day=0.7)
    at = evening_of(resident, town.a_time(rng, first_day=6, last_day=28), rng)
    for _ in range(rng.randint(13, 18)):
        resident.creates_group(at, members=1)
        added = rng.randint(25, 40)
        resident.adds(
            at + timedelta(seconds=50),
            added=added,
            strangers=int(added * rng.uniform(0.8, 1)),
        )
        if rng.random() < 0.5:
            resident.is_blocked(at + timedelta(minutes=8), by=town.someone(rng))
        at += timedelta(minutes=rng.uniform(2, 4))


def group_bomber(town: Town, rng: Random) -> None:
    """A program that adds thousands of strangers to groups in an afternoon."""
    resident = town.settle(
        "group_bomber",
        rng,
        registered_at=town.a_time(rng, first_day=1, last_day=28),
        links={"network": a_host(rng)},
    )
    resident.registers(client="unofficial")
    at = (resident.registered_at + timedelta(hours=rng.randint(2, 12))).replace(minute=2)
    for _ in range(20):
        resident.adds(at, added=100, strangers=rng.randint(94, 100))
        at += timedelta(seconds=rng.uniform(60, 150))
