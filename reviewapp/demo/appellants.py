"""What the banned and the unhappy write: appeals and grievances of the simulated town."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from reviewapp.demo.residents import Row, stamp
from reviewapp.demo.world import World

# Banned although they did nothing: a good reviewer frees them.
WRONGLY_BANNED = ("moved_number", "hijacked", "smeared")
HOPELESS = 34
FLOOD = 40
# Of the ban appeals that come as grievances, so many are of people who appeal in the app, too.
BAN_GRIEVANCES = 18
OF_APPELLANTS = 6
# So long a letter by post lay in the wrong tray: its clocks ran out there.
MISLAID = timedelta(days=9)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The rows of `POST /appeals` and `POST /grievances`, in the order in which they come.

    `flood` are the ids of the appeals that are near copies of each other.
    """

    appeals: list[Row]
    grievances: list[Row]
    flood: frozenset[str]

    def __len__(self) -> int:
        return len(self.appeals) + len(self.grievances)


@cache
def words() -> dict[str, Any]:
    """What they write: `appellants.toml`."""
    with (Path(__file__).parent / "appellants.toml").open("rb") as file:
        return tomllib.load(file)


def disagree(world: World) -> Disagreement:
    """Who of `world` disagrees, and how: the same for the same world, ids included.

    Everybody who was wrongly banned appeals, and so do some of the others; many of them with a
    text that somebody sold to them. The categories of grievances are those of the first monthly
    report, in proportion.
    """
    rng = Random(f"{world.seed}/disagree")  # noqa: S311 (no secret)
    accounts = {row["id"]: row for row in world.accounts}
    banned = [
        accounts[row["account"]]
        for row in world.detections
        if row["verdict"] == "ENFORCED" and row.get("action") == "PERMANENT_BAN"
    ]
    wronged = [row for row in banned if world.cast[row["id"]] in WRONGLY_BANNED]
    others = [row for row in banned if world.cast[row["id"]] not in WRONGLY_BANNED]
    rng.shuffle(others)
    hopeless, rest = others[:HOPELESS], others[HOPELESS:]
    sold, rest = rest[:FLOOD], rest[FLOOD:]

    appeals = [_appeal(row, _of_wronged(row, world.cast[row["id"]])) for row in wronged]
    appeals += [_appeal(row, _of_hopeless(row, rng), rng=rng) for row in hopeless]
    flood = [_appeal(row, _of_flood(rng), language="en") for row in sold]
    # The flood comes in the midst of the others.
    rng.shuffle(appeals)
    middle = len(appeals) // 2
    appeals[middle:middle] = flood

    indian = [row for row in rest if row["country"] == "IN"]
    appellants = [row for row in hopeless if row["country"] == "IN"][:OF_APPELLANTS]
    complaining = [*indian[: BAN_GRIEVANCES - OF_APPELLANTS], *appellants]
    grievances = [
        *(_ban_grievance(row, rng) for row in complaining),
        *(_other_grievance(number, each) for number, each in enumerate(words()["grievance"])),
    ]
    rng.shuffle(grievances)
    _date(appeals, until=world.until, rng=rng)
    _date(grievances, until=world.until, rng=rng)
    mislaid = next(row for row in grievances if row["category"] == "OTHER_SUPPORT")
    mislaid |= {"channel": "POST", "received_at": stamp(world.until - MISLAID)}
    mislaid.pop("contact")
    return Disagreement(appeals, grievances, frozenset(row["id"] for row in flood))


def _of_wronged(account: Row, persona: str) -> Row:
    said = words()[persona]
    text = said.get(_language(account)) or said["en"]
    return {"ground": said["ground"], "text": text.format(name=account["display_name"])}


def _of_hopeless(account: Row, rng: Random) -> Row:
    said = rng.choice(words()["hopeless"])
    return {"ground": said["ground"], "text": said.get(_language(account)) or said["en"]}


def _of_flood(rng: Random) -> Row:
    said = words()["flood"]
    text = said["text"].format(
        opening=rng.choice(said["openings"]), ending=rng.choice(said["endings"])
    )
    return {"ground": said["ground"], "text": text}


def _appeal(account: Row, said: Row, *, rng: Random | None = None, language: str = "") -> Row:
    row = {
        "id": f"ap-{account['id']}",
        "account": account["id"],
        "locale": language or account["locale"],
        **said,
    }
    # Those who mean it say how to reach them; of the others, some.
    if rng is None or rng.random() < 0.4:
        row["contact"] = _mail(account["id"])
    return row


def _ban_grievance(account: Row, rng: Random) -> Row:
    return {
        "id": f"gr-{account['id']}",
        "channel": rng.choice(("EMAIL", "EMAIL", "EMAIL", "WEB_FORM", "POST")),
        "category": "BAN_APPEAL",
        "account": account["id"],
        "contact": _mail(account["id"]),
        "text": _of_hopeless(account, rng)["text"],
    }


def _other_grievance(number: int, said: Row) -> Row:
    return {
        "id": f"gr-other-{number}",
        "channel": "EMAIL",
        "category": said["category"],
        "contact": _mail(f"person-{number}"),
        "text": said["text"],
    }


def _date(rows: Iterable[Row], *, until: datetime, rng: Random) -> None:
    """Within the hour before `until`, so that nothing is late but what is meant to be."""
    rows = list(rows)
    times = sorted(until - timedelta(seconds=rng.uniform(60, 3000)) for _ in rows)
    for row, at in zip(rows, times, strict=True):
        row["received_at"] = stamp(at)


def _language(account: Row) -> str:
    return str(account["locale"]).split("-")[0]


def _mail(name: str) -> str:
    return f"{name}@people.example"
