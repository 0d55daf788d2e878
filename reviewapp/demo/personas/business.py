"""A legitimate business that is simply busy."""

from datetime import datetime, timedelta
from random import Random

from reviewapp.demo.personas.daily import evening_of
from reviewapp.demo.residents import Resident
from reviewapp.demo.town import Town

SHOPS = (
    "Marigold Medical Stores",
    "Casa Pão Quente",
    "Annapurna Tiffin Service",
    "Bluebird Courier Pune",
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


def _sale_day(town: Town, shop: Resident, rng: Random, *, opens: datetime) -> None:
    at = opens
    for customer in town.some_people(rng, rng.randint(45, 60)):
        shop.hears(at, customer)
        for _ in range(rng.randint(1, 3)):
            at += timedelta(seconds=rng.uniform(5, 40))
            shop.sends(at, customer, typing=rng.random() < 0.05, reply=True)
        at += timedelta(seconds=rng.uniform(5, 60))
