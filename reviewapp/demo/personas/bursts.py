"""Accounts made to send as much as possible before somebody notices."""

from datetime import datetime, timedelta
from random import Random

from reviewapp.demo.places import some_country
from reviewapp.demo.residents import Resident
from reviewapp.demo.town import Town, a_host, a_network


def certain_abuse(town: Town, rng: Random) -> None:
    """The white paper's own example: registered five minutes ago, 100 messages in 15 seconds."""
    resident = town.settle(
        "certain_abuse", rng, registered_at=town.a_time(rng, first_day=20, last_day=28)
    )
    resident.registers()
    burst(
        town,
        resident,
        rng,
        at=resident.registered_at + timedelta(minutes=5),
        messages=100,
    )


def sprinter(town: Town, rng: Random) -> None:
    """Registers, and a few minutes later sends all it can in a quarter of a minute."""
    country = some_country(rng)
    network = a_network(rng, country.carriers[0]) if rng.random() < 0.3 else a_host(rng)
    resident = town.settle(
        "sprinter",
        rng,
        country=country,
        registered_at=town.a_time(rng, first_day=0.5, last_day=29),
        links={"network": network},
    )
    resident.registers(client=rng.choice(("official", "unofficial")))
    at = resident.registered_at + timedelta(minutes=rng.uniform(2, 20))
    if rng.random() < 0.2:
        # Some try a handful of people first, and one of those reports it.
        for recipient in town.some_people(rng, 5):
            resident.sends(at, recipient, strangers=1, typing=False, link=True)
            at += timedelta(seconds=rng.uniform(4, 9))
        resident.is_reported(at, by=recipient, first_message=True)
        at += timedelta(minutes=5)
    burst(town, resident, rng, at=at, messages=rng.randint(64, 120))


def stranger_blaster(town: Town, rng: Random) -> None:
    """Slower than a sprinter and quicker than a person: a hundred strangers in an hour."""
    resident = town.settle(
        "stranger_blaster",
        rng,
        registered_at=town.a_time(rng, first_day=0.5, last_day=28),
        links={"network": a_host(rng)},
    )
    resident.registers()
    # On the hour and well inside it, so that the certain rule comes before the hourly look.
    at = (resident.registered_at + timedelta(hours=rng.randint(1, 30))).replace(
        minute=rng.randint(1, 6)
    )
    reports = rng.randint(1, 3) if rng.random() < 0.3 else 0
    for number, recipient in enumerate(town.some_people(rng, rng.randint(90, 110))):
        resident.sends(at, recipient, strangers=1, typing=rng.random() < 0.7, link=True)
        if 20 < number <= 20 + reports:
            resident.is_reported(at + timedelta(seconds=40), by=recipient, first_message=True)
        at += timedelta(seconds=rng.uniform(12, 30))


def burst(town: Town, resident: Resident, rng: Random, *, at: datetime, messages: int) -> None:
    """So many messages to as many strangers within 14.8 seconds, untyped."""
    gap = timedelta(seconds=14.8 / messages)
    for recipient in town.some_people(rng, messages):
        resident.sends(at, recipient, strangers=1, typing=False, same_text=True, link=True)
        at += gap
