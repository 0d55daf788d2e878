"""The rows of "What happened", as their template wants them."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cases.casefile import bursts, events
from cases.casefile.address import Address, Part
from cases.casefile.bursts import Closely
from cases.casefile.counting import counted, listed, percent, span
from cases.casefile.events import Item, Run
from cases.casefile.lanes import REPORTED, SENT, Lane
from cases.casefile.life import Life
from cases.casefile.places import Zone
from cases.casefile.telling import day_and_time, item_words, kind_words
from cases.casefile.window import Window
from cases.models import Account
from reviewapp.kernel.encryption import Erased

# A run this long, most of it to strangers, is drawn as a burst.
_BURST = 20
# So many messages within 15 s are more than a quick writer sends.
_FAST = 4


@dataclass(slots=True)
class Row:
    at: datetime
    lane: str
    text: str
    headline: str = ""
    small: str = ""
    burst: bool = False
    more: str = ""
    more_url: str = ""
    value: str = ""
    words: str = ""
    cited: bool = False
    corrected: str = ""
    data: list[tuple[str, str]] = field(default_factory=list)


def what_happened(
    account: Account,
    *,
    life: Life | None,
    window: Window | None,
    address: Address,
    zone: Zone,
    by_hours: bool,
    cited: Collection[str] = (),
) -> dict[str, Any]:
    """The rows of the window, or of the part of it that `address` asks to see one by one.

    `by_hours` where the window is told by its hours.
    """
    if life is None or window is None:
        return {"rows": [], "words": ""}
    if address.part:
        return _one_by_one(account, address, address.part, zone, cited)
    page = events.runs_in(
        account.pk,
        window,
        after=address.after,
        before=address.before,
        only=events.shown_strands(life, address.hidden),
        by_hours=by_hours,
    )
    ends = events.ends_of(account.pk, page.runs)
    closely = bursts.look_closely(account.pk, page.runs)
    rows = []
    for number, run in enumerate(page.runs):
        first, last = ends[(run.strand, run.first)], ends[(run.strand, run.last)]
        if run.items == 1:
            row = _item_row(account, first, zone)
        else:
            row = _run_row(run, closely.get(number), first, last, zone)
            part = Part(run.strand, Window(run.first, run.last + events.TOGETHER))
            row.more_url, row.more = str(address.showing(part)), f"show the {run.items:,}"
        row.cited = row.value in cited
        rows.append(row)
    return {
        "rows": rows,
        "words": f"{counted(page.all_items, 'item')} in {counted(page.all_runs, 'row')}",
        "next_url": str(address.page(after=page.next)) if page.next else "",
        "previous_url": str(address.page(before=page.previous)) if page.previous else "",
    }


def _one_by_one(
    account: Account, address: Address, part: Part, zone: Zone, cited: Collection[str]
) -> dict[str, Any]:
    items, following, previous = events.items_in(
        account.pk, part, after=address.after, before=address.before
    )
    rows = [_item_row(account, item, zone) for item in items]
    for row in rows:
        row.cited = row.value in cited
    return {
        "rows": rows,
        "words": f"{part.strand.kind}, one by one",
        "back_url": str(address.at(address.window)),
        "next_url": str(address.page(after=following)) if following else "",
        "previous_url": str(address.page(before=previous)) if previous else "",
    }


# Many items in a row


def _run_row(run: Run, closely: Closely | None, first: Item, last: Item, zone: Zone) -> Row:
    strange = run.strangers * 2 >= run.people > 0
    lane: str = run.strand.lane
    headline, text, small = _run_words(run, closely)
    return Row(
        at=run.first,
        lane="messaging-stranger" if lane == Lane.MESSAGING and strange else lane,
        headline=headline,
        text=text,
        small=small,
        burst=lane == Lane.MESSAGING and strange and run.events >= _BURST,
        # The whole run is cited by its first and its last item.
        value=f"{first.identity},{last.identity}",
        words=f"{headline}, {day_and_time(run.first, zone.tz)}",
    )


def _run_words(run: Run, closely: Closely | None) -> tuple[str, str, str]:
    """A run's headline, the rest of its sentence, and its second line."""
    took = span(run.last - run.first)
    if run.kind in SENT:
        people = closely.people if closely and closely.people else run.people
        headline = (
            f"{counted(run.events, 'message')} to {counted(people, 'person', 'people')} in {took}"
        )
        return headline, _sent_text(run, closely), _sent_small(closely)
    headline = f"{kind_words(run.kind, run.events)} in {took}"
    text = ""
    if run.kind == REPORTED and closely:
        text = f"{_of(closely.first_messages, closely.sampled)} on a first message; " + (
            f"{closely.began_it} of the reporters wrote first"
            if closely.began_it
            else "none of the reporters wrote first"
        )
    elif run.strangers and run.people:
        text = f"{percent(run.strangers, run.people)} strangers"
    return headline, text, ""


def _sent_text(run: Run, closely: Closely | None) -> str:
    words = []
    if run.people and run.strangers:
        words.append(f"{percent(run.strangers, run.people)} strangers")
    elif run.people and closely and closely.strangers_known:
        words.append("no strangers")
    if closely:
        if closely.typing_known and closely.no_typing == closely.typing_known:
            words.append("no typing shown")
        elif closely.no_typing:
            words.append(f"no typing shown in {_of(closely.no_typing, closely.typing_known)}")
    text = ", ".join(words)
    if closely and closely.busiest >= _FAST:
        text += f"{'; ' if text else ''}busiest 15 s: {closely.busiest:,}"
    return text


def _sent_small(closely: Closely | None) -> str:
    if not closely:
        return ""
    words = []
    if closely.same_text:
        words.append(f"the same text in {_of(closely.same_text, closely.sampled)}")
    if closely.replies:
        words.append(f"a reply in {_of(closely.replies, closely.sampled)}")
    small = listed(words)
    if small and closely.sampled == bursts.SAMPLE:
        small += f" of the first {bursts.SAMPLE}"
    return small[:1].upper() + small[1:]


def _of(part: int, whole: int) -> str:
    return "all" if part == whole else "none" if not part else f"{part:,} of {whole:,}"


# One item


def _item_row(account: Account, item: Item, zone: Zone) -> Row:
    lane: str = item.strand.lane
    told = _told(account, item)
    text = item_words(item.kind, told)
    return Row(
        at=item.occurred_at,
        lane="messaging-stranger" if lane == Lane.MESSAGING and item.strangers else lane,
        text=text,
        value=item.identity,
        words=f"{text}, {day_and_time(item.occurred_at, zone.tz)}",
        corrected=f"corrects {item.corrects}" if item.corrects else "",
        data=_details(item, told),
    )


def _told(account: Account, item: Item) -> dict[str, Any]:
    """What the source said, with the sealed part opened; that is gone with an erased person."""
    if not item.sealed:
        return item.data
    try:
        opened = json.loads(account.unseal(item.sealed, context="evidence.sealed"))
    except Erased:
        return item.data
    return {**item.data, **opened}


def _details(item: Item, told: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = [(name.replace("_", " "), _plain(value)) for name, value in told.items()]
    return [
        *pairs,
        ("kind", item.kind),
        ("sent by", f"{item.source} as {item.sender_id}"),
        ("recorded", item.recorded_at.isoformat(" ", "seconds")),
    ]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
