"""Somebody who was banned and is back."""

from datetime import timedelta
from random import Random

from reviewapp.demo.personas.bursts import burst
from reviewapp.demo.places import some_country
from reviewapp.demo.town import Town, a_device, a_network


def returner(town: Town, rng: Random) -> None:
    """Loses an account to a burst, buys another number, and goes on from the same phone."""
    country = some_country(rng)
    same = {
        "device": a_device(rng),
        "network": a_network(rng, country.carriers[0]),
        "payee": f"quick{rng.randrange(1000):03d}@pay.example",
    }
    first = town.settle(
        "banned_before",
        rng,
        country=country,
        registered_at=town.a_time(rng, first_day=2, last_day=12),
        links=same,
    )
    first.registers()
    lost_at = first.registered_at + timedelta(minutes=rng.uniform(5, 40))
    burst(town, first, rng, at=lost_at, messages=rng.randint(70, 110))

    second = town.settle(
        "returner",
        rng,
        country=country,
        registered_at=lost_at + timedelta(days=rng.uniform(2, 6)),
        links=same,
    )
    second.registers()
    for day in range(3):
        at = second.registered_at + timedelta(days=day, hours=2)
        for recipient in town.some_people(rng, rng.randint(8, 20)):
            second.sends(at, recipient, strangers=int(rng.random() < 0.7), link=True)
            at += timedelta(minutes=rng.uniform(3, 12))
