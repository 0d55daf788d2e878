"""A SIM farm: phones in racks, numbers bought in a row, one company behind them all."""

from datetime import timedelta
from random import Random

from reviewapp.demo.personas.daily import talk
from reviewapp.demo.places import INDIA
from reviewapp.demo.residents import Resident
from reviewapp.demo.town import Town, a_device, a_host

COMPANY = "Brightlane Outreach"
SIZE = 20
GREEDY = 8
PATIENT = 8


def sim_farm(town: Town, rng: Random) -> None:
    """Brightlane sells "opt-in reach": twenty numbers on four machines, paid into one account.

    Eight numbers are used greedily and lost to automated bans. Eight send a little each day to
    people who do not know them, under every certain limit: they are for a person to judge. Four
    are being warmed up by talking with each other, and only their links give them away.
    """
    machines = [a_device(rng) for _ in range(4)]
    network = a_host(rng)
    range_ = f"+91{rng.choice(INDIA.prefixes)}{rng.randrange(10**3):03d}"
    numbers = rng.sample(range(10**4), SIZE)
    farm: list[Resident] = []
    for place in range(SIZE):
        phone = f"{range_}{numbers[place]:04d}"
        resident = town.settle(
            "sim_farm",
            rng,
            country=INDIA,
            # Eleven hours apart: whoever bought these numbers knows that bursts are watched.
            registered_at=town.since + timedelta(days=1, hours=11 * place),
            phone=phone,
            links={
                "device": machines[place % len(machines)],
                "network": network,
                "number_range": range_,
                "payee": "brightlane@pay.example",
                "business": COMPANY,
            },
        )
        resident.registers(client="unofficial")
        farm.append(resident)
    for resident in farm[:GREEDY]:
        _blast(town, resident, rng)
    for resident in farm[GREEDY : GREEDY + PATIENT]:
        _drip(town, resident, rng)
    for resident in farm[GREEDY + PATIENT :]:
        _warm_up(resident, rng, farm)


def _blast(town: Town, resident: Resident, rng: Random) -> None:
    at = resident.registered_at + timedelta(hours=rng.uniform(2, 20))
    for recipient in town.some_people(rng, 110):
        resident.sends(at, recipient, strangers=1, typing=False, same_text=True, link=True)
        at += timedelta(seconds=rng.uniform(12, 40))


def _drip(town: Town, resident: Resident, rng: Random) -> None:
    for day in range(1, rng.randint(6, 9)):
        at = resident.registered_at + timedelta(days=day, hours=rng.uniform(3, 8))
        for recipient in town.some_people(rng, rng.randint(32, 44)):
            known = rng.random() < 0.15
            resident.sends(at, recipient, strangers=int(not known), typing=True, link=True)
            if rng.random() < 0.02:
                resident.is_reported(at + timedelta(minutes=9), by=recipient, first_message=True)
            at += timedelta(seconds=rng.uniform(120, 600))


def _warm_up(resident: Resident, rng: Random, farm: list[Resident]) -> None:
    for day in range(1, 5):
        at = resident.registered_at + timedelta(days=day, hours=rng.uniform(3, 8))
        other = rng.choice([each for each in farm if each is not resident])
        talk(resident, rng, at=at, to=other.id, messages=rng.randint(2, 5))
