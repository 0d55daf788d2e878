"""By when things are owed: which rule holds, when it runs out, and clocks started, met and paused.

# Note [Whose clock it is]

A rule is chosen by the moment of receipt, on the calendar of the jurisdiction's zone: what was
received on the last day of an old rule keeps the old limit. A kind that is a proviso to the general
one (REMOVAL_3_1_B, INTIMATE_OR_IMPERSONATION) falls under GENERAL for every clock it has no rule of
its own for. House rules ("*") hold where a jurisdiction has no rule for a kind and clock at any
time at all: before the Indian rules came into force there was no statutory clock, and a house rule
does not pretend there was one.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F

from appeals.enums import ClockName, Jurisdiction, SlaKind
from appeals.models import Appeal, Clock, Grievance, Order, SlaRule
from appeals.models.clocks import ClockQuerySet

ZONES = {
    Jurisdiction.INDIA: ZoneInfo("Asia/Kolkata"),
    # Where the Union's own bodies sit.
    Jurisdiction.EUROPEAN_UNION: ZoneInfo("Europe/Brussels"),
    Jurisdiction.ELSEWHERE: ZoneInfo("UTC"),
}
MEMBER_STATES = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
# Kinds that are provisos to the general complaint.
_PROVISOS = (SlaKind.REMOVAL_3_1_B, SlaKind.INTIMATE_OR_IMPERSONATION)
_LIMIT = re.compile(r"PT(\d+)H|P(\d+)D|P(\d+)M")


def jurisdiction_of(*, country: str, country_prefix: str = "") -> Jurisdiction:
    """Whose rules apply to a person of `country` (ISO 3166), or with that number's prefix.

    An Indian account is one whose number begins with +91 (domain of the monthly report).
    """
    if country_prefix == "+91" or country == "IN":
        return Jurisdiction.INDIA
    return Jurisdiction.EUROPEAN_UNION if country in MEMBER_STATES else Jurisdiction.ELSEWHERE


def end_of(limit: str, *, since: datetime, jurisdiction: str) -> datetime:
    """When `limit` (ISO 8601: PT24H, P15D, P6M), begun at `since`, has run out, in UTC.

    Hours are wall time. Days and months keep the time of day on the jurisdiction's clocks; a
    month that has no such day ends it on its last.
    """
    found = _LIMIT.fullmatch(limit)
    if found is None:
        raise ValueError(f"{limit!r} is not a limit.")
    hours, days, months = found.groups()
    if hours:
        return since.astimezone(UTC) + timedelta(hours=int(hours))
    local = since.astimezone(ZONES[Jurisdiction(jurisdiction)])
    if days:
        return (local + timedelta(days=int(days))).astimezone(UTC)
    count = local.year * 12 + local.month - 1 + int(months)
    year, month = count // 12, count % 12 + 1
    day = min(local.day, monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(UTC)


def rules_for(
    *, jurisdiction: str, kind: str, clocks: Iterable[str], received_at: datetime
) -> dict[str, SlaRule]:
    """The rule of each of `clocks` that one is in force for, of something `received_at`.

    See Note [Whose clock it is]. One query.
    """
    kinds = [kind, SlaKind.GENERAL] if kind in _PROVISOS else [kind]
    day = today_in(jurisdiction, at=received_at)
    known = SlaRule.objects.filter(
        jurisdiction__in=[jurisdiction, Jurisdiction.ELSEWHERE], kind__in=kinds
    )
    by_place: dict[tuple[str, str, str], list[SlaRule]] = {}
    for rule in known:
        by_place.setdefault((rule.jurisdiction, rule.kind, rule.clock), []).append(rule)
    found: dict[str, SlaRule] = {}
    for clock in clocks:
        for each in kinds:
            rules = (
                by_place.get((jurisdiction, each, clock))
                or by_place.get((Jurisdiction.ELSEWHERE, each, clock))
                or []
            )
            in_force = [rule for rule in rules if _holds(rule, on=day)]
            if in_force:
                found[clock] = in_force[0]
                break
    return found


def today_in(jurisdiction: str, *, at: datetime) -> date:
    """The day that `at` falls on, on the calendar of the jurisdiction's zone."""
    return at.astimezone(ZONES[Jurisdiction(jurisdiction)]).date()


def _holds(rule: SlaRule, *, on: date) -> bool:
    return rule.effective_from <= on and (rule.effective_to is None or on <= rule.effective_to)


def window_of(*, jurisdiction: str, informed_at: datetime) -> datetime | None:
    """Until when a decision that the person learnt of at `informed_at` can be appealed.

    None where no rule sets an end. One query.
    """
    rules = rules_for(
        jurisdiction=jurisdiction,
        kind=SlaKind.COMPLAINT,
        clocks=[ClockName.WINDOW],
        received_at=informed_at,
    )
    rule = rules.get(ClockName.WINDOW)
    if rule is None:
        return None
    return end_of(rule.limit, since=informed_at, jurisdiction=jurisdiction)


# Clocks of a ticket. All run in the caller's transaction, which holds the ticket's row.

AnyTicket = Appeal | Grievance | Order
_RUN: dict[type, tuple[ClockName, ...]] = {
    Appeal: (ClockName.ACK, ClockName.RESOLVE),
    Grievance: (ClockName.ACK, ClockName.ACT, ClockName.RESOLVE),
    Order: (ClockName.ACT,),
}


def clocks_for(
    ticket: AnyTicket, *, kind: str, states_due_at: datetime | None = None
) -> list[Clock]:
    """The clocks that `ticket` starts with, unsaved, by the moment it was received.

    `kind` is an SlaKind. An order that sets its own time goes before any rule. Sets
    `ticket.due_at`, which the caller saves.
    """
    named = {_column(ticket): ticket, "jurisdiction": ticket.jurisdiction, "kind": kind}
    if states_due_at is not None:
        clocks = [
            Clock(
                name=ClockName.ACT,
                started_at=ticket.received_at,
                due_at=max(states_due_at, ticket.received_at),
                **named,
            )
        ]
    else:
        rules = rules_for(
            jurisdiction=ticket.jurisdiction,
            kind=kind,
            clocks=_RUN[type(ticket)],
            received_at=ticket.received_at,
        )
        clocks = [
            Clock(
                name=name,
                rule=rule,
                started_at=ticket.received_at,
                due_at=end_of(
                    rule.limit, since=ticket.received_at, jurisdiction=ticket.jurisdiction
                ),
                **named,
            )
            for name, rule in rules.items()
        ]
    ticket.due_at = _next_due(clocks)
    return clocks


def start(ticket: AnyTicket, *, kind: str, states_due_at: datetime | None = None) -> list[Clock]:
    """Start the clocks of a ticket that has its row. See `clocks_for`; the caller saves due_at."""
    return Clock.objects.bulk_create(clocks_for(ticket, kind=kind, states_due_at=states_due_at))


def choose_again(ticket: AnyTicket, *, kind: str, at: datetime) -> None:
    """Have what is still owed on a ticket run as on one of `kind`, from its receipt on.

    What was met before stays as it was. Saves `ticket.due_at`.
    """
    wanted = {clock.name: clock for clock in clocks_for(ticket, kind=kind)}
    for clock in _of(ticket):
        chosen = wanted.pop(clock.name, None)
        if clock.met_at is not None:
            continue
        if chosen is None:
            clock.stopped_at = clock.stopped_at or at
            clock.paused_at = None
        else:
            pauses = chosen.rule is not None and chosen.rule.pauses
            clock.kind, clock.rule, clock.stopped_at = chosen.kind, chosen.rule, None
            # Where the law lets nothing stand still, what stood still before counts.
            clock.paused_at = clock.paused_at if pauses else None
            clock.due_at = chosen.due_at + (clock.paused_for if pauses else timedelta())
            clock.warned_at = clock.broken_told_at = None
        clock.save()
    Clock.objects.bulk_create(wanted.values())
    look_again(ticket)


def meet(ticket: AnyTicket, *names: ClockName, at: datetime) -> None:
    """What these clocks wait for has happened. A paused one is resumed first."""
    resume(ticket, at=at, only=names)
    _of(ticket).running().filter(name__in=names).update(met_at=at)
    look_again(ticket)


def stop(ticket: AnyTicket, *, at: datetime) -> None:
    """Nothing is owed any more: the ticket was withdrawn, or is a duplicate.

    What was broken by then stays so.
    """
    _of(ticket).running().filter(paused_at=None, due_at__lt=at).update(met_at=at)
    _of(ticket).running().update(stopped_at=at, paused_at=None)
    look_again(ticket)


def pause(ticket: AnyTicket, *, at: datetime) -> None:
    """Have those clocks stand still whose rule lets them, while the person is asked something."""
    _of(ticket).running().filter(rule__pauses=True, paused_at=None, due_at__gt=at).update(
        paused_at=at
    )


def resume(ticket: AnyTicket, *, at: datetime, only: Sequence[ClockName] = ()) -> None:
    """Have paused clocks run again; what they stood still is added to their end."""
    paused = _of(ticket).running().filter(paused_at__isnull=False)
    if only:
        paused = paused.filter(name__in=only)
    paused.update(
        due_at=F("due_at") + (at - F("paused_at")),
        paused_for=F("paused_for") + (at - F("paused_at")),
        paused_at=None,
    )
    look_again(ticket)


def look_again(ticket: AnyTicket) -> None:
    """Have the ticket say when its next clock runs out; what is closed keeps its last."""
    if ticket.is_open and (due := _next_due(_of(ticket).running())):
        ticket.due_at = due
        ticket.save(update_fields=["due_at"])


def _of(ticket: AnyTicket) -> ClockQuerySet:
    return Clock.objects.filter(**{_column(ticket): ticket})


def _column(ticket: AnyTicket) -> str:
    return type(ticket).__name__.lower()


def _next_due(clocks: Iterable[Clock]) -> datetime | None:
    """The acknowledgement is the worker's; people's lists go by what people owe."""
    dues = [clock.due_at for clock in clocks if clock.name != ClockName.ACK]
    return min(dues, default=None)
