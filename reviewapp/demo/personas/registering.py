"""Accounts registered by the dozen, and somebody innocent on the same network."""

from datetime import timedelta
from random import Random

from reviewapp.demo.personas.daily import everyday_life
from reviewapp.demo.places import some_country
from reviewapp.demo.town import Town, a_device, a_host

SIZE = 11


def internet_cafe(town: Town, rng: Random) -> None:
    """One evening somebody registers eleven numbers in a row from a café's network.

    Days later a traveller registers there too, and is a stranger to all of it.
    """
    network = a_host(rng)
    evening = town.a_time(rng, first_day=1, last_day=18)
    country = some_country(rng)
    first = country.phone(rng)
    emulators = [a_device(rng) for _ in range(3)]
    for place, last_digits in enumerate(rng.sample(range(10**4), SIZE)):
        resident = town.settle(
            "registration_run",
            rng,
            country=country,
            registered_at=evening + timedelta(minutes=place * rng.uniform(1.5, 3)),
            phone=f"{first[:-4]}{last_digits:04d}",
            links={"device": emulators[place % 3], "network": network},
        )
        resident.registers(client="emulator", network_country=rng.choice(("NL", "VG", "SC")))

    traveller = town.settle(
        "traveller",
        rng,
        registered_at=evening + timedelta(days=rng.uniform(2, 9)),
        links={"network": network},
    )
    traveller.registers(network_country="NL")
    everyday_life(traveller, rng, friends=town.some_people(rng, 8))
