"""Programs that hold an account."""

from datetime import timedelta
from random import Random

from reviewapp.demo.personas.daily import everyday_life
from reviewapp.demo.town import Town, a_host


def automation_client(town: Town, rng: Random) -> None:
    """Sends price alerts to its subscribers every minute and a half, and never types.

    Most subscribers asked for it and have the number; some were bought. Whether that is abuse is
    a question for a person.
    """
    resident = town.settle("automation_client", rng)
    everyday_life(resident, rng, friends=town.some_people(rng, 4), talks_a_day=0.5)
    subscribers = town.some_people(rng, rng.randint(70, 90))
    bought = set(rng.sample(subscribers, len(subscribers) // 5))
    every = rng.uniform(95, 130)
    for day in rng.sample(range(4, 29), 4):
        at = town.since + timedelta(days=day, hours=4)
        for number in range(140):
            to = subscribers[number % len(subscribers)]
            resident.sends(at, to, strangers=int(to in bought), typing=False, same_text=True)
            at += timedelta(seconds=every + rng.uniform(-0.4, 0.4))


def bot(town: Town, rng: Random) -> None:
    """A program on a rented machine that writes to strangers as regularly as a clock."""
    resident = town.settle(
        "bot",
        rng,
        registered_at=town.a_time(rng, first_day=2, last_day=28.5),
        links={"network": a_host(rng)},
    )
    resident.registers(client="unofficial")
    # Within one hour of the clock, so that the certain rule comes before the hourly look.
    at = (resident.registered_at + timedelta(hours=rng.randint(1, 3))).replace(minute=2)
    every = rng.uniform(15, 22)
    for recipient in town.some_people(rng, 125):
        # It fakes an address book: too few strangers for the rule about strangers to be certain.
        stranger = int(rng.random() < 0.75)
        resident.sends(at, recipient, strangers=stranger, typing=False)
        at += timedelta(seconds=every + rng.uniform(-0.2, 0.2))
