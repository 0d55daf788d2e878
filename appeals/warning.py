"""Telling colleagues of clocks before they run out, and once they have.

# Note [When a clock is warned of]

In the last quarter of its time, and never more than a day before: of an answer within two hours
half an hour before, of one within seven days a day. Once it has run out it is told of once more,
and not again. Whoever holds the ticket is told, else everybody who could take it: one mail for each
person and round, however many clocks it is about.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Q

from appeals.enums import AppealState, Via
from appeals.lines import line
from appeals.models import Appeal, Clock, Reminder
from appeals.models.clocks import ClockQuerySet
from appeals.offering import WORKED_WITH
from appeals.writing import WORKERS
from cases import nudging
from reviewapp.ledger.recording import record_all
from reviewapp.staff.models import User

MOST_BEFORE = timedelta(days=1)
SHARE_BEFORE = 4
# So many clocks at most in one round; the others come in the next.
AT_ONCE = 500
_LOADED = (
    *("appeal__account", "appeal__enforcement__decision__case", "appeal__held_by"),
    *("grievance__account", "grievance__held_by", "order__account", "order__held_by"),
)
_Told = dict[UUID, list[User]]


def warn(*, now: datetime) -> int:
    """Tell of each clock that soon runs out or just has, each once. Returns how many.

    See Note [When a clock is warned of].
    """
    with transaction.atomic():
        # What another worker has locked, it tells of.
        clocks = list(
            to_be_told_of(now=now)
            .select_related(*_LOADED)
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("due_at")[:AT_ONCE]
        )
        over = [each for each in clocks if each.is_broken(now=now)]
        soon = [each for each in clocks if not each.is_broken(now=now)]
        _note(soon, "warned_at", now)
        _note(over, "broken_told_at", now)
        who_may = cache(lambda permission: list(User.objects.who_may(permission)))
        told = {each.pk: _people_for(each, who_may, now=now) for each in clocks}
        _remind(soon, over, told, now=now)
        kinds = [("clock.warned", each) for each in soon] + [
            ("clock.broken", each) for each in over
        ]
        record_all(
            [
                line(
                    each.ticket, kind, "worker", now, clock=each.name,  # type: ignore[arg-type]
                    due_at=each.due_at.isoformat(), told=len(told[each.pk]),
                )
                for kind, each in kinds
            ],
            at=now,
        )  # fmt: skip
    return len(clocks)


def to_be_told_of(*, now: datetime) -> ClockQuerySet:
    """Clocks near their end, or past it, that nobody has been told of so."""
    time = ExpressionWrapper(F("due_at") - F("started_at"), output_field=DurationField())
    share = ExpressionWrapper(time / SHARE_BEFORE, output_field=DurationField())
    running = Clock.objects.running().filter(paused_at=None, broken_told_at=None)
    near = running.filter(due_at__lte=now + MOST_BEFORE)
    return near.alias(share=share).filter(
        Q(due_at__lt=now) | Q(warned_at=None, due_at__lte=now + F("share"))
    )


def _note(clocks: Sequence[Clock], column: str, now: datetime) -> None:
    Clock.objects.filter(pk__in=[each.pk for each in clocks]).update(**{column: now})


def _people_for(clock: Clock, who_may: Callable[[str], list[User]], *, now: datetime) -> list[User]:
    """Whoever holds the ticket, else whoever could go on with it."""
    ticket = clock.ticket
    if holder := ticket.holder(now=now):
        return [holder]
    if not isinstance(ticket, Appeal):
        return who_may(WORKED_WITH[type(ticket)])  # type: ignore[index]
    if ticket.state != AppealState.AWAITING_APPROVAL:
        return [each for each in who_may(WORKED_WITH[Appeal]) if not ticket.bars(each)]
    asked_by = set(ticket.proposals.waiting().values_list("asked_by", flat=True))
    return [
        each
        for each in who_may("approve_reversals")
        if not ticket.bars(each) and each.pk not in asked_by
    ]


def _remind(soon: Sequence[Clock], over: Sequence[Clock], told: _Told, *, now: datetime) -> None:
    """Promise each of those concerned one mail about all that they are told of."""
    reminders: dict[int, Reminder] = defaultdict(lambda: Reminder(due_at=now, made_at=now))
    for name, clocks in (("soon", soon), ("over", over)):
        for clock in clocks:
            for user in told[clock.pk]:
                reminder = reminders[user.pk]
                reminder.user = user
                getattr(reminder, name).append(clock.pk)
    Reminder.objects.bulk_create(reminders.values())
    if reminders:
        nudging.on_commit(of=WORKERS[Via.EMAIL])
