"""What accounts have in common, and what became of the others."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from reviewapp.demo.detectors.seen import Seen

# What is bought, borrowed or rented together; a number range alone is shared with a village.
TELLING_LINKS = ("device", "network", "payee", "business")


class Neighbourhood:
    """The accounts around one account. Grows while detectors run: bans and reviews are added."""

    def __init__(self, everybody: Iterable[Seen]) -> None:
        self.bans: dict[str, datetime] = {}
        self.in_review: set[str] = set()
        self._sharing: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._registered: dict[tuple[str, str], list[datetime]] = defaultdict(list)
        self._rounds: dict[str, dict[str, datetime]] = defaultdict(dict)
        self._arrived: dict[str, datetime] = {}
        self._on_asn: dict[str, list[str]] = defaultdict(list)
        for seen in everybody:
            self._on_asn[seen.link("network").partition("-")[0]].append(seen.id)
            if seen.registered_at:
                self._arrived[seen.id] = seen.registered_at
            for kind, values in seen.links.items():
                for value in values:
                    self._sharing[kind, value].append(seen.id)
            for item in seen.of("account.registered"):
                self._registered[registering_at(seen)].append(item.at)
            for item in seen.of("user.reported"):
                if item.data.get("reporter_wrote_first"):
                    self._rounds[item.data["reporter"]][seen.id] = item.at
        for times in self._registered.values():
            times.sort()

    def sharing(self, seen: Seen, kind: str) -> list[str]:
        """The other accounts that have a link of this kind in common with it."""
        others = [
            other
            for value in seen.links.get(kind, ())
            for other in self._sharing[kind, value]
            if other != seen.id
        ]
        return list(dict.fromkeys(others))

    def banned_sharing(self, seen: Seen, *, before: datetime) -> dict[str, list[str]]:
        """Accounts banned before a moment, each with the telling links it shares with `seen`."""
        shared: dict[str, list[str]] = defaultdict(list)
        for kind in TELLING_LINKS:
            for other in self.sharing(seen, kind):
                if other in self.bans and self.bans[other] < before:
                    shared[other].append(kind)
        return dict(shared)

    def device_reaches(self, seen: Seen, accounts: float) -> datetime | None:
        """When the account's device came to hold so many accounts; None if it does not."""
        on_it = [seen.id, *self.sharing(seen, "device")]
        arrivals = sorted(self._arrived[each] for each in on_it if each in self._arrived)
        return arrivals[int(accounts) - 1] if len(arrivals) >= accounts else None

    def on_operator(self, seen: Seen, *, asn: int | None) -> list[str]:
        """The other accounts on all networks of the operator with this AS number."""
        return [other for other in self._on_asn.get(f"as{asn}", []) if other != seen.id]

    def registrations_around(
        self, seen: Seen, at: datetime, width: timedelta
    ) -> tuple[int, datetime]:
        """The busiest window of `width` around a registration, and its last registration."""
        times = self._registered[registering_at(seen)]
        best, last = 0, at
        for first in range(bisect_left(times, at - width), bisect_right(times, at)):
            end = bisect_left(times, times[first] + width)
            if end - first > best and times[end - 1] >= at:
                best, last = end - first, times[end - 1]
        return best, last

    def rounds_of(self, reporter: str) -> dict[str, datetime]:
        """Whom an account reported after having written to them first, and when."""
        return self._rounds.get(reporter, {})


def registering_at(seen: Seen) -> tuple[str, str]:
    """The network and number range that registrations are counted by."""
    return seen.link("network"), seen.link("number_range")
