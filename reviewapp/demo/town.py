"""The simulated messenger while it is being populated."""

from datetime import datetime, timedelta
from random import Random

from reviewapp.demo.places import HOSTS, Country, some_country
from reviewapp.demo.residents import Resident, Row, stamp

DAYS = 30


class Town:
    """Everybody on the messenger during the `DAYS` before `until`.

    Args:
        until: the last moment of the simulation, with an offset.
    """

    def __init__(self, *, until: datetime) -> None:
        if until.tzinfo is None:
            raise ValueError("The town needs an `until` with an offset from UTC.")
        self.until = until
        self.since = until - timedelta(days=DAYS)
        self.residents: list[Resident] = []
        self.cast: dict[str, str] = {}
        self._taken: set[str] = set()

    def someone(self, rng: Random) -> str:
        """The id of somebody on the messenger who is not among its shared accounts."""
        while True:
            name = f"m{rng.randrange(10**7, 10**8)}"
            if name not in self._taken:
                self._taken.add(name)
                return name

    def some_people(self, rng: Random, how_many: int) -> list[str]:
        """As many ids of others, each only once."""
        return [self.someone(rng) for _ in range(how_many)]

    def a_time(self, rng: Random, *, first_day: float = 0, last_day: float = DAYS) -> datetime:
        """A moment between two days of the window, counted from its beginning."""
        return self.since + timedelta(days=rng.uniform(first_day, last_day))

    def settle(
        self,
        persona: str,
        rng: Random,
        *,
        country: Country | None = None,
        registered_at: datetime | None = None,
        links: dict[str, str] | None = None,
        phone: str = "",
        display_name: str = "",
        business: bool = False,
    ) -> Resident:
        """Give somebody an account.

        Without `registered_at` they have been here for one month to six years before the window.
        `links` replace the links of a private person: a device, network and number of their own.
        """
        country = country or some_country(rng)
        phone = phone or country.phone(rng)
        registered_at = registered_at or self.since - timedelta(days=rng.uniform(30, 2200))
        row: Row = {
            "id": self.someone(rng),
            "phone": phone,
            "country": country.code,
            "registered_at": stamp(registered_at),
            "surface": "PRIVATE_MESSAGING",
            "kind": "BUSINESS" if business else "PERSONAL",
            "display_name": display_name or country.name(rng),
            "locale": country.locale,
            "links": {
                "device": a_device(rng),
                "network": a_network(rng, rng.choice(country.carriers)),
                "number_range": phone[:-4],
                **(links or {}),
            },
        }
        resident = Resident(
            row,
            country=country,
            registered_at=registered_at,
            rng=rng,
            window=(self.since, self.until),
        )
        self.residents.append(resident)
        self.cast[resident.id] = persona
        return resident


def a_device(rng: Random) -> str:
    """A device's id."""
    return f"dev-{rng.getrandbits(40):010x}"


def a_network(rng: Random, asn: int) -> str:
    """A network: the AS number that carries it, and a part that is its own."""
    return f"as{asn}-{rng.getrandbits(24):06x}"


def a_host(rng: Random) -> str:
    """A network in a data centre that rents to anybody."""
    return a_network(rng, rng.choice(HOSTS))
