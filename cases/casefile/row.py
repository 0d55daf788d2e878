"""A row of "What happened": an item, or a moment, in words and with its times."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cases.casefile.counting import span
from cases.casefile.items import Item
from cases.casefile.lanes import Lane
from cases.casefile.places import Zone
from cases.casefile.telling import day_and_time, item_words
from cases.models import Account
from reviewapp.kernel.encryption import Erased
from reviewapp.kernel.moments import BadMoment, read_moment

# What arrives within this time arrives with the batch that it was sent in.
LATE = timedelta(hours=1)


@dataclass(slots=True)
class Row:
    at: datetime
    lane: str
    text: str
    # The time as it is read, and in full.
    when: str
    title: str
    headline: str = ""
    small: str = ""
    burst: bool = False
    # The most that was sent within fifteen seconds, where no hand could have.
    spike: str = ""
    more: str = ""
    more_url: str = ""
    # The link to this row.
    url: str = ""
    marked: bool = False
    # An item out of the run that stands above it.
    nested: bool = False
    # A moment of the handling, not evidence.
    handling: bool = False
    value: str = ""
    # A run is cited by its first and its last item.
    ends: bool = False
    words: str = ""
    cited: bool = False
    corrected: str = ""
    recorded_at: datetime | None = None
    late: str = ""
    data: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Telling:
    """How times are told: on whose clock, seen from when, and how exactly."""

    zone: Zone
    now: datetime
    since: datetime | None
    seconds: bool = False

    def when(self, at: datetime) -> str:
        local, here = at.astimezone(self.zone.tz), self.now.astimezone(self.zone.tz)
        year = "" if local.year == here.year else " %Y"
        return local.strftime(f"%-d %b{year} %H:%M{':%S' if self.seconds else ''}")

    def in_full(self, at: datetime) -> str:
        """`Sun 15 Nov 2026 10:47:03.120, India time`."""
        local = at.astimezone(self.zone.tz)
        return f"{local:%a %-d %b %Y %H:%M:%S}.{local.microsecond // 1000:03}, {self.zone.words}"

    def title(self, at: datetime) -> str:
        """A time in full, how long ago that was, and how old the account was."""
        words = [self.in_full(at)]
        if at <= self.now:
            words.append(f"{span(self.now - at)} ago")
        if self.since and at > self.since:
            words.append(f"{span(at - self.since)} after registration")
        return " · ".join(words)


def item_row(account: Account, item: Item, telling: Telling) -> Row:
    lane: str = item.strand.lane
    told = _told(account, item)
    text = item_words(item.kind, told)
    late = late_by(item)
    return Row(
        at=item.occurred_at,
        lane="messaging-stranger" if lane == Lane.MESSAGING and item.strangers else lane,
        text=text,
        when=telling.when(item.occurred_at),
        title=telling.title(item.occurred_at),
        value=item.identity,
        words=f"{text}, {day_and_time(item.occurred_at, telling.zone.tz)}",
        corrected=f"corrects {item.corrects}" if item.corrects else "",
        recorded_at=item.recorded_at,
        late=f"recorded {span(late)} later" if late else "",
        data=_details(item, told, telling),
    )


def moment_row(moment: datetime, words: str, telling: Telling) -> Row:
    return Row(
        at=moment,
        lane="handling",
        text=words,
        when=telling.when(moment),
        title=telling.title(moment),
        marked=True,
        handling=True,
    )


def late_by(item: Item) -> timedelta | None:
    """By how much an item came late; None where it came with its like.

    A batch can only be sent once it is over.
    """
    over = item.occurred_at
    with suppress(BadMoment):
        over = max(over, read_moment(str(item.data.get("until", ""))))
    late = item.recorded_at - over
    return late if late > LATE else None


def late_words(rows: list[Row]) -> str:
    """What all `rows` have in common: that they were recorded late. They need not each say so."""
    evidence = [row for row in rows if not row.handling]
    if len(evidence) < 2 or not all(row.late for row in evidence):
        return ""
    for row in evidence:
        row.late = ""
    return "all recorded late"


def recorded_words(item: Item, telling: Telling) -> str:
    words = telling.in_full(item.recorded_at)
    after = item.recorded_at - item.occurred_at
    return f"{words}, {span(after)} later" if after > timedelta(0) else words


def _told(account: Account, item: Item) -> dict[str, Any]:
    """What the source said, with the sealed part opened; that is gone with an erased person."""
    if not item.sealed:
        return item.data
    try:
        opened = json.loads(account.unseal(item.sealed, context="evidence.sealed"))
    except Erased:
        return item.data
    return {**item.data, **opened}


def _details(item: Item, told: dict[str, Any], telling: Telling) -> list[tuple[str, str]]:
    pairs = [(name.replace("_", " "), _plain(value)) for name, value in told.items()]
    return [
        *pairs,
        ("kind", item.kind),
        ("sent by", f"{item.source} as {item.sender_id}"),
        ("occurred", telling.in_full(item.occurred_at)),
        ("recorded", recorded_words(item, telling)),
    ]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
