"""Ordinary people, among them some whose ordinary life looks like abuse from afar."""

from datetime import timedelta
from random import Random

from reviewapp.demo.personas.daily import evening_of, everyday_life, talk
from reviewapp.demo.town import Town


def person(town: Town, rng: Random) -> None:
    """Has been here for years and talks with the same dozen people. Nobody should ever ask."""
    resident = town.settle("ordinary", rng)
    everyday_life(resident, rng, friends=town.some_people(rng, rng.randint(4, 16)))


def chatterer(town: Town, rng: Random) -> None:
    """Falls in love, plans a wedding, or is fourteen: 45 to 80 messages an hour to one friend."""
    resident = town.settle("chatterer", rng)
    friends = town.some_people(rng, rng.randint(3, 8))
    everyday_life(resident, rng, friends=friends, talks_a_day=3)
    for _ in range(rng.randint(2, 4)):
        at = evening_of(resident, town.a_time(rng, first_day=3, last_day=29), rng)
        talk(
            resident,
            rng,
            at=at,
            to=friends[0],
            messages=rng.randint(70, 110),
            pause_s=20,
        )


def greeter(town: Town, rng: Random) -> None:
    """Sends one festival greeting to everybody in the address book, pasted, within the hour."""
    resident = town.settle("greeter", rng)
    contacts = town.some_people(rng, rng.randint(48, 75))
    everyday_life(resident, rng, friends=contacts[:10])
    at = evening_of(resident, town.a_time(rng, first_day=8, last_day=27), rng)
    for number, contact in enumerate(contacts):
        # A few friends have changed phones and lost the number: they count as strangers.
        lost = int(rng.random() < 0.05)
        resident.sends(at, contact, strangers=lost, typing=rng.random() < 0.4, same_text=number > 0)
        if rng.random() < 0.5:
            resident.hears(at + timedelta(minutes=rng.uniform(1, 90)), contact)
        at += timedelta(seconds=rng.uniform(8, 50))


def newcomer(town: Town, rng: Random) -> None:
    """Has a new number and tells it to everybody, none of whom has it in their contacts yet."""
    registered_at = town.a_time(rng, first_day=6, last_day=24)
    resident = town.settle("newcomer", rng, registered_at=registered_at)
    resident.registers()
    friends = town.some_people(rng, rng.randint(40, 58))
    at = registered_at + timedelta(hours=rng.uniform(1, 6))
    for number, friend in enumerate(friends):
        resident.sends(at, friend, strangers=1, typing=rng.random() < 0.6, same_text=number > 0)
        if rng.random() < 0.7:
            resident.hears(at + timedelta(minutes=rng.uniform(1, 240)), friend)
        at += timedelta(seconds=rng.uniform(90, 400))
    everyday_life(resident, rng, friends=friends[:12], start=at)


def organiser(town: Town, rng: Random) -> None:
    """Moves a school's or a club's parents into new groups at the start of the year."""
    resident = town.settle("organiser", rng)
    everyday_life(resident, rng, friends=town.some_people(rng, 14), talks_a_day=2)
    at = evening_of(resident, town.a_time(rng, first_day=5, last_day=26), rng)
    for _ in range(rng.randint(8, 12)):
        resident.creates_group(at, members=1)
        members = rng.randint(22, 34)
        resident.adds(
            at + timedelta(minutes=2),
            added=members,
            strangers=int(members * rng.uniform(0, 0.2)),
        )
        at += timedelta(minutes=rng.uniform(6, 15))
