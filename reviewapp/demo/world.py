"""The simulated messenger: thirty days of several hundred accounts, the same for the same seed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from reviewapp.demo import detectors
from reviewapp.demo.personas import (
    automation,
    bursts,
    business,
    groups,
    ordinary,
    registering,
    reported,
    returning,
    simfarm,
    takeover,
)
from reviewapp.demo.residents import Row
from reviewapp.demo.town import Town

# Who lives here: a biography, and how many live it. Innocent first, then those for a person to
# judge, then those that detectors are certain of. The last of these did nothing, and appeal.
CAST: tuple[tuple[Callable[[Town, Random], None], int], ...] = (
    (ordinary.person, 230),
    (ordinary.chatterer, 5),
    (ordinary.greeter, 4),
    (ordinary.newcomer, 3),
    (ordinary.organiser, 3),
    (business.busy_business, 3),
    (reported.falsely_reported, 1),
    (simfarm.sim_farm, 1),
    (automation.automation_client, 3),
    (takeover.compromised, 4),
    (groups.mass_group_adder, 3),
    (returning.returner, 4),
    (reported.slow_spammer, 4),
    (reported.harasser, 2),
    (registering.internet_cafe, 4),
    (bursts.certain_abuse, 1),
    (bursts.sprinter, 74),
    (bursts.stranger_blaster, 55),
    (automation.bot, 15),
    (groups.group_bomber, 8),
    (reported.reported_scammer, 12),
    (takeover.hijacked, 1),
    (reported.smeared, 1),
    (business.moved_number, 4),
)


@dataclass(frozen=True, slots=True)
class World:
    """What the messenger shares with the people who review its edge cases.

    The rows have the shapes of `POST /accounts`, `POST /evidence` and `POST /detections`, the last
    two in time order. `cast` says which biography each account lives; the product never sees it.
    """

    seed: int
    since: datetime
    until: datetime
    accounts: list[Row]
    evidence: list[Row]
    detections: list[Row]
    cast: dict[str, str]

    def __len__(self) -> int:
        return len(self.accounts) + len(self.evidence) + len(self.detections)

    def people(self, persona: str) -> set[str]:
        """The accounts that live one biography."""
        return {account for account, lived in self.cast.items() if lived == persona}


def build_world(*, seed: int, until: datetime) -> World:
    """Simulate the thirty days before `until` and what the reference detectors made of them.

    Args:
        seed: the same seed and `until` give identical rows, ids included.
        until: the last moment, with an offset; raises ValueError without one.

    An account that a detector banned on its own falls silent at that moment. Reports about it may
    still come in, from people who read its messages later.
    """
    town = Town(until=until)
    for biography, how_many in CAST:
        for place in range(how_many):
            # A source of chance for each life: one more chatterer changes nobody else's month.
            chance = Random(f"{seed}/{biography.__name__}/{place}")  # noqa: S311 (no secret)
            biography(town, chance)
    accounts = [resident.row for resident in town.residents]
    lived = [row for resident in town.residents for row in resident.diary]
    lived.sort(key=lambda row: (row["occurred_at"], row["id"]))
    detections = detectors.detect(accounts, lived, until=until)
    return World(
        seed=seed,
        since=town.since,
        until=town.until,
        accounts=accounts,
        evidence=_silence_the_banned(lived, detections),
        detections=detections,
        cast=town.cast,
    )


def _silence_the_banned(evidence: list[Row], detections: list[Row]) -> list[Row]:
    banned_at = {
        row["account"]: datetime.fromisoformat(row["enforced_at"])
        for row in detections
        if row["verdict"] == "ENFORCED"
    }
    return [
        row
        for row in evidence
        if row["account"] not in banned_at
        or row["stage"] == "NEGATIVE_FEEDBACK"
        or datetime.fromisoformat(row["occurred_at"]) <= banned_at[row["account"]]
    ]
