"""Accounts that others report: some deserve it, some do not."""

from datetime import timedelta
from random import Random

from reviewapp.demo.personas.daily import everyday_life, talk
from reviewapp.demo.places import INDIA
from reviewapp.demo.town import Town, a_host


def falsely_reported(town: Town, rng: Random) -> None:
    """A ring of six decides to have two people banned: write to them, get an answer, report.

    All reports of one evening come within minutes, from people who wrote first.
    """
    ring = [town.settle("report_ring", rng) for _ in range(6)]
    for member in ring:
        everyday_life(member, rng, friends=town.some_people(rng, 6))
    for evening in (
        town.a_time(rng, first_day=12, last_day=16),
        town.a_time(rng, first_day=20),
    ):
        victim = town.settle("falsely_reported", rng)
        everyday_life(victim, rng, friends=town.some_people(rng, 12))
        for member in ring:
            at = evening + timedelta(minutes=rng.uniform(0, 10))
            member.sends(at, victim.id, strangers=1)
            victim.hears(at, member.id)
            victim.sends(at + timedelta(minutes=1), member.id, reply=True)
            victim.is_reported(
                at + timedelta(minutes=rng.uniform(2, 6)),
                by=member.id,
                first_message=False,
                topic="scam",
                reporter_wrote_first=True,
            )


def smeared(town: Town, rng: Random) -> None:
    """A dozen people of a rival write to a tailor, get an answer, and report it as a first message.

    They say what the messenger trusts most, and a detector bans the tailor. The timeline shows that
    every one of them had written first, a minute before.
    """
    victim = town.settle("smeared", rng, country=INDIA, display_name="Saheli Tailors")
    evening = town.a_time(rng, first_day=24, last_day=28).replace(minute=4)
    everyday_life(victim, rng, friends=town.some_people(rng, 14), end=evening)
    at = evening
    for rival in town.some_people(rng, 12):
        victim.hears(at, rival)
        victim.sends(at + timedelta(seconds=50), rival, strangers=1, reply=True)
        victim.is_reported(
            at + timedelta(seconds=80),
            by=rival,
            first_message=True,
            topic="scam",
            reporter_wrote_first=True,
        )
        at += timedelta(seconds=rng.uniform(100, 160))


def reported_scammer(town: Town, rng: Random) -> None:
    """Promises doubled money to a few strangers a day; a dozen of them report the first message."""
    resident = town.settle(
        "reported_scammer",
        rng,
        registered_at=town.a_time(rng, first_day=1, last_day=26),
        links={"network": a_host(rng)},
    )
    resident.registers()
    at = (resident.registered_at + timedelta(hours=rng.randint(3, 20))).replace(minute=3)
    for number, recipient in enumerate(town.some_people(rng, 22)):
        resident.sends(at, recipient, strangers=1, link=True)
        if number >= 8:
            resident.is_reported(
                at + timedelta(seconds=20),
                by=recipient,
                first_message=True,
                topic="scam",
            )
        at += timedelta(seconds=rng.uniform(60, 120))


def slow_spammer(town: Town, rng: Random) -> None:
    """Writes to some forty strangers a day, by hand, and collects a report now and then."""
    resident = town.settle(
        "slow_spammer", rng, registered_at=town.a_time(rng, first_day=1, last_day=20)
    )
    resident.registers()
    for day in range(2, 7):
        at = resident.registered_at + timedelta(days=day)
        for recipient in town.some_people(rng, rng.randint(34, 48)):
            known = rng.random() < 0.2
            resident.sends(at, recipient, strangers=int(not known), typing=rng.random() < 0.9)
            if rng.random() < 0.025:
                resident.is_reported(at + timedelta(minutes=30), by=recipient, first_message=True)
            at += timedelta(seconds=rng.uniform(100, 500))


def harasser(town: Town, rng: Random) -> None:
    """Cannot let two former friends be; they and their families report it, again and again."""
    resident = town.settle("harasser", rng)
    everyday_life(resident, rng, friends=town.some_people(rng, 6))
    targets = town.some_people(rng, 5)
    first_evening = town.a_time(rng, first_day=15, last_day=24)
    for evening in range(3):
        for target in targets:
            at = first_evening + timedelta(days=evening, hours=rng.uniform(0, 3))
            talk(resident, rng, at=at, to=target, messages=rng.randint(4, 9), pause_s=15)
            if evening:
                resident.is_reported(
                    at + timedelta(minutes=15),
                    by=target,
                    first_message=False,
                    topic="harassment",
                    messages=5,
                )
