"""Good accounts in bad hands."""

from datetime import timedelta
from random import Random

from reviewapp.demo.personas.daily import everyday_life
from reviewapp.demo.places import HOSTS, INDIA
from reviewapp.demo.town import Town, a_device


def compromised(town: Town, rng: Random) -> None:
    """Years of ordinary life; then another device in another country, and links to every contact.

    The recipients know the sender, so what looks at strangers sees nothing wrong.
    """
    resident = town.settle("compromised", rng)
    contacts = town.some_people(rng, rng.randint(40, 60))
    taken_at = town.a_time(rng, first_day=21, last_day=28)
    everyday_life(resident, rng, friends=contacts[:12], talks_a_day=2, end=taken_at)
    resident.changes_device(
        taken_at, device=a_device(rng), asn=rng.choice(HOSTS), network_country="RO"
    )
    at = taken_at + timedelta(minutes=rng.uniform(4, 30))
    for wave in range(2):
        for contact in contacts[wave * 20 : wave * 20 + 28]:
            resident.sends(at, contact, typing=False, same_text=True, link=True)
            at += timedelta(seconds=rng.uniform(0.3, 0.6))
        at += timedelta(minutes=rng.uniform(20, 60))
    for contact in rng.sample(contacts[:40], rng.randint(2, 5)):
        at += timedelta(minutes=rng.uniform(2, 30))
        resident.is_reported(at, by=contact, first_message=False, topic="scam", messages=2)


def hijacked(town: Town, rng: Random) -> None:
    """Somebody else's program on a stolen account: a detector bans it, and with it the owner.

    What was sent was automated indeed. The timeline shows years of ordinary life before, and the
    other device in another country minutes before the first of it.
    """
    resident = town.settle("hijacked", rng, country=INDIA)
    taken_at = town.a_time(rng, first_day=24, last_day=27).replace(minute=2)
    everyday_life(resident, rng, friends=town.some_people(rng, 9), talks_a_day=2, end=taken_at)
    resident.changes_device(
        taken_at, device=a_device(rng), asn=rng.choice(HOSTS), network_country="RO"
    )
    at = taken_at + timedelta(minutes=6)
    for recipient in town.some_people(rng, 104):
        resident.sends(at, recipient, strangers=1, typing=False, same_text=True, link=True)
        at += timedelta(seconds=20)
