"""A legitimate business that is simply busy."""

from datetime import datetime, timedelta
from random import Random

from reviewapp.demo.personas.daily import evening_of
from reviewapp.demo.places import BRAZIL, INDIA, MEXICO
from reviewapp.demo.residents import Resident
from reviewapp.demo.town import Town

SHOPS = (
    "Marigold Medical Stores",
    "Casa Pão Quente",
    "Annapurna Tiffin Service",
    "Bluebird Courier Pune",
)
OFFICES = (
    "Sanjeevani Clinic",
    "Little Flower School Office",
    "Escola Girassol",
    "Consultorio Dra. Luna",
)


def busy_business(town: Town, rng: Random) -> None:
    """Answers customers who wrote first, with quick replies that show no typing.

    Fast, mechanical and reported now and then by somebody who wanted a refund: three detectors see
    abuse. The timeline shows that customers began nearly every conversation.
    """
    shop = town.settle("busy_business", rng, display_name=rng.choice(SHOPS), business=True)
    for day in range(30):
        opens = evening_of(shop, town.since + timedelta(days=day), rng)
        if day in (11, 18, 25):
            _sale_day(town, shop, rng, opens=opens)
            continue
        customers = rng.randint(20, 60)
        shop.sends_batch(
            opens,
            until=opens + timedelta(hours=8),
            count=customers * 3,
            recipients=customers,
            strangers=int(customers * 0.1),
            busiest_15s=rng.randint(2, 5),
        )
    unhappy = town.someone(rng)
    at = town.a_time(rng, first_day=20, last_day=29)
    shop.is_reported(
        at,
        by=unhappy,
        first_message=False,
        topic="commerce",
        reporter_wrote_first=True,
        messages=5,
    )
    shop.is_blocked(at + timedelta(seconds=5), by=unhappy, wrote_first=True)


def moved_number(town: Town, rng: Random) -> None:
    """A clinic or school with a new number, which tells everybody on its list within a morning.

    To a detector it is a new account that writes to a hundred strangers. The timeline shows typed
    words, answers from most of them, and nobody who minds.
    """
    office = town.settle(
        "moved_number",
        rng,
        country=rng.choice((INDIA, INDIA, BRAZIL, MEXICO)),
        display_name=rng.choice(OFFICES),
        business=True,
        registered_at=town.a_time(rng, first_day=22, last_day=27),
    )
    office.registers()
    at = (office.registered_at + timedelta(hours=rng.randint(4, 20))).replace(minute=2)
    for person in town.some_people(rng, rng.randint(92, 104)):
        office.sends(at, person, strangers=1, typing=True)
        if rng.random() < 0.7:
            office.hears(at + timedelta(seconds=rng.uniform(4, 20)), person)
        at += timedelta(seconds=rng.uniform(18, 30))


def _sale_day(town: Town, shop: Resident, rng: Random, *, opens: datetime) -> None:
    at = opens
    for customer in town.some_people(rng, rng.randint(45, 60)):
        shop.hears(at, customer)
        for _ in range(rng.randint(1, 3)):
            at += timedelta(seconds=rng.uniform(5, 40))
            shop.sends(at, customer, typing=rng.random() < 0.05, reply=True)
        at += timedelta(seconds=rng.uniform(5, 60))
