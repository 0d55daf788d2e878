"""Clocks: what is broken or soon will be, and what was kept and broken by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from appeals.desk.lines import SOON, ticket_url
from appeals.desk.tabs import desk_tabs
from appeals.enums import ClockName, Jurisdiction, SlaKind
from appeals.keeping import Month, by_month
from appeals.keeping import Record as KeptRecord
from appeals.models import Clock
from cases.casefile.counting import counted, span
from cases.casefile.records import Record, record_of
from cases.views.finding import signed_in
from reviewapp.web.access import may

MONTHS = 6
SHOWN = 50
# How high the chart's bars may be, in its own pixels.
_HEIGHT = 64


@dataclass(frozen=True, slots=True)
class Bar:
    """A month of the chart: places across in percent, heights in pixels."""

    x: float
    width: float
    middle: float
    kept_y: float
    kept: float
    broken_y: float
    broken: float
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: a month's clocks of one kind, or all of them (`kind` is '')."""

    month: date
    kind: str
    clock: str
    kept: int
    broken: int
    record: Record


@may("read_grievances")
@require_safe
def clocks(request: HttpRequest) -> HttpResponse:
    """What runs out now, and each jurisdiction's months."""
    user, now = signed_in(request), timezone.now()
    urgent = (
        Clock.objects.all()
        .visible_to(user)
        .running()
        .filter(paused_at=None, due_at__lte=now + SOON)
        .select_related("appeal__held_by", "grievance__held_by", "order__held_by")
        .order_by("due_at")[: SHOWN + 1]
    )
    found = list(urgent)
    context = {
        "desk_tabs": desk_tabs(user, current="appeals:clocks"),
        "urgent": [_urgent(each, now=now) for each in found[:SHOWN]],
        "more": len(found) > SHOWN,
        "jurisdictions": [_section(each, now=now) for each in Jurisdiction],
        "months": MONTHS,
    }
    return render(request, "appeals/clocks.html", context)


def _urgent(clock: Clock, *, now: datetime) -> dict[str, Any]:
    ticket: Any = clock.ticket
    left = clock.left(now=now)
    holder = ticket.holder(now=now)
    is_broken = left < timedelta(0)
    return {
        "ref": ticket.ref,
        "url": ticket_url(ticket),
        "what": ClockName(clock.name).label,
        "kind": SlaKind(clock.kind).label,
        "jurisdiction": clock.get_jurisdiction_display(),
        "due_at": clock.due_at,
        "words": f"broken {span(-left)} ago" if is_broken else f"{span(left)} left",
        "tone": "bad" if is_broken else "due",
        "holder": holder.name if holder else "",
    }


def _section(jurisdiction: Jurisdiction, *, now: datetime) -> dict[str, Any]:
    # Of the database itself: whoever has just met a clock sees it here.
    months = by_month(jurisdiction=jurisdiction, now=now, count=MONTHS, using=DEFAULT_DB_ALIAS)
    rows = [row for month in months for row in _rows(month)]
    return {
        "slug": jurisdiction.name.lower().replace("_", "-"),
        "name": jurisdiction.label,
        "rows": rows,
        "bars": _bars(months[::-1]),
        "height": _HEIGHT,
        "summary": _summary(months),
    }


def _rows(month: Month) -> list[Row]:
    """What there is of a month: all of it, then each kind and clock."""
    first, total = month.period.first, month.total
    if not month.records:
        return []
    return [
        Row(first, "", "", total.kept, total.broken, record_of(total.kept, _all(total))),
        *(
            Row(
                first,
                SlaKind(each.kind).label,
                ClockName(each.name).label,
                each.kept,
                each.broken,
                record_of(each.kept, _all(each)),
            )
            for each in month.records
        ),
    ]


def _all(record: KeptRecord) -> int:
    return record.kept + record.broken


def _summary(months: Sequence[Month]) -> str:
    kept, broken = (
        sum(getattr(each.total, name) for each in months) for name in ("kept", "broken")
    )
    return f"{counted(kept, 'clock')} kept and {broken:,} broken in {MONTHS} months."


def _bars(months: Sequence[Month]) -> list[Bar]:
    highest = max((_all(each.total) for each in months), default=0)
    column = 100 / len(months)
    bars = []
    for place, month in enumerate(months):
        kept, broken = (
            round(number * _HEIGHT / highest, 1) if highest else 0.0
            for number in (month.total.kept, month.total.broken)
        )
        bars.append(
            Bar(
                x=round((place + 0.2) * column, 2),
                width=round(0.6 * column, 2),
                middle=round((place + 0.5) * column, 2),
                kept_y=round(_HEIGHT - kept, 1),
                kept=kept,
                broken_y=round(_HEIGHT - kept - broken, 1),
                broken=broken,
                label=f"{month.period.first:%b}",
            )
        )
    return bars
