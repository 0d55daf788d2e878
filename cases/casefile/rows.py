"""The rows of "What happened", as their template wants them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cases.casefile import bursts, events, items
from cases.casefile.address import Address, Part
from cases.casefile.counting import counted
from cases.casefile.events import Mark, Page
from cases.casefile.items import Item
from cases.casefile.life import Life
from cases.casefile.moments import words_at
from cases.casefile.row import Row, Telling, item_row, late_words, moment_row
from cases.casefile.shapes import Handled
from cases.casefile.summing import run_row
from cases.casefile.window import Window
from cases.models import Account


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rows are of, and what stands marked among them."""

    life: Life
    window: Window
    address: Address
    # Whether the window is told by its hours.
    by_hours: bool
    item: Item | None
    handled: Sequence[Handled]
    cited: Collection[str]


def what_happened(account: Account, asked: Asked, telling: Telling) -> dict[str, Any]:
    """The rows of the window, or of the part of it that is asked to be seen one by one."""
    address = asked.address
    if address.part:
        return _one_by_one(account, asked, address.part, telling)
    page = events.runs_in(
        account.pk,
        asked.window,
        after=address.after,
        before=address.before,
        mark=_mark(asked),
        only=events.shown_strands(asked.life, hidden=address.hidden, without=address.without),
        by_hours=asked.by_hours,
    )
    rows = _rows(account, asked, page, telling)
    return {
        "rows": rows,
        "words": f"{counted(page.all_items, 'item')} in {counted(page.all_runs, 'row')}",
        "late": late_words(rows),
        "veiled": _veiled(rows, telling, here=address),
        "next_url": str(address.page(after=page.next)) if page.next else "",
        "previous_url": str(address.page(before=page.previous)) if page.previous else "",
    }


def _mark(asked: Asked) -> Mark | None:
    if asked.item:
        return Mark(asked.item.occurred_at, asked.item.strand)
    moment = asked.address.moment
    return Mark(moment) if moment and asked.window.holds(moment) else None


def _rows(account: Account, asked: Asked, page: Page, telling: Telling) -> list[Row]:
    address, mark = asked.address, _mark(asked)
    ends = items.ends_of(account.pk, page.runs)
    closely = bursts.look_closely(account.pk, page.runs)
    rows: list[Row] = []
    for number, run in enumerate(page.runs):
        first, last = ends[(run.strand, run.first)], ends[(run.strand, run.last)]
        if run.items == 1:
            row = item_row(account, first, telling)
            row.linked(str(address.to_item(first.id)))
            row.marked = bool(asked.item and asked.item.id == first.id)
        else:
            row = run_row(run, closely.get(number), first, last, telling)
            part = Part(run.strand, Window(run.first, run.last + events.TOGETHER))
            row.more_url, row.more = str(address.showing(part)), f"show the {run.items:,}"
            row.linked(str(address.to_moment(run.first)))
        row.cited = row.value in asked.cited
        rows.append(row)
        if asked.item and mark and run.items > 1 and mark.lies_in(run):
            rows.append(_item_of_run(account, asked, asked.item, telling))
    if mark and not asked.item:
        _mark_moment(rows, mark.at, asked, page, telling)
    return rows


def _item_of_run(account: Account, asked: Asked, item: Item, telling: Telling) -> Row:
    """An item that a link names, out of the run that it is a part of."""
    row = item_row(account, item, replace(telling, seconds=True))
    row.linked(str(asked.address.to_item(item.id)))
    row.marked = row.nested = True
    row.cited = row.value in asked.cited
    return row


def _mark_moment(
    rows: list[Row], moment: datetime, asked: Asked, page: Page, telling: Telling
) -> None:
    """Mark the row that begins at `moment`, or have a row say what happened then."""
    words = words_at(asked.handled, moment)
    begins = next((row for row in rows if row.at == moment), None)
    if begins and not words:
        begins.marked = True
        return
    above = sum(row.at <= moment for row in rows)
    on_this_page = (above > 0 or not page.previous) and (above < len(rows) or not page.next)
    if on_this_page:
        row = moment_row(moment, words or "The moment that this link names", telling)
        row.linked(str(asked.address.to_moment(moment)))
        rows.insert(above, row)


def _veiled(rows: Sequence[Row], telling: Telling, *, here: Address) -> dict[str, Any] | None:
    """How many rows are veiled, and where all of the account's are asked for; None for none."""
    count = sum(1 for row in rows if row.veil and not row.veil.text)
    if not count or not telling.veils.url:
        return None
    return {
        "words": f"{count:,} veiled",
        "url": telling.veils.url,
        "purposes": telling.veils.purposes,
        "here": str(here),
    }


def _one_by_one(account: Account, asked: Asked, part: Part, telling: Telling) -> dict[str, Any]:
    address = asked.address
    found, following, previous = items.items_in(
        account.pk, part, after=address.after, before=address.before
    )
    rows = [item_row(account, item, replace(telling, seconds=True)) for item in found]
    for row, item in zip(rows, found, strict=True):
        row.cited = row.value in asked.cited
        row.linked(str(address.to_item(item.id)))
    return {
        "rows": rows,
        "words": f"{part.strand.kind}, one by one",
        "late": late_words(rows),
        "veiled": _veiled(rows, telling, here=address),
        "back_url": str(address.at(address.window)),
        "next_url": str(address.page(after=following)) if following else "",
        "previous_url": str(address.page(before=previous)) if previous else "",
    }
