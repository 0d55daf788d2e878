"""A row of "What happened": an item, or a moment, in words and with its times."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cases.casefile.counting import span
from cases.casefile.items import Item
from cases.casefile.lanes import Lane
from cases.casefile.places import Zone
from cases.casefile.telling import day_and_time, item_words
from cases.casefile.veils import NOTHING_LIFTED, Veil, Veils, opened, plain, veil_of
from cases.models import Account
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
    # Over what is sealed of an item.
    veil: Veil | None = None

    def linked(self, url: str) -> None:
        """Have `url` lead to this row."""
        self.url = url
        if self.veil:
            self.veil.here = f"{url}#{self.veil.id}"


@dataclass(frozen=True, slots=True)
class Telling:
    """How a row is told: times on whose clock, seen from when, how exactly; and what is veiled."""

    zone: Zone
    now: datetime
    since: datetime | None
    seconds: bool = False
    veils: Veils = NOTHING_LIFTED

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
    sealed = opened(account, item)
    veil = veil_of(item, sealed, telling.veils)
    # What is sealed may be what the sentence would quote.
    text = item_words(item.kind, {**item.data, **sealed} if veil and veil.text else item.data)
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
        data=_details(item, telling),
        veil=veil,
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


def _details(item: Item, telling: Telling) -> list[tuple[str, str]]:
    pairs = [(name.replace("_", " "), plain(value)) for name, value in item.data.items()]
    return [
        *pairs,
        ("kind", item.kind),
        ("sent by", f"{item.source} as {item.sender_id}"),
        ("occurred", telling.in_full(item.occurred_at)),
        ("recorded", recorded_words(item, telling)),
    ]
