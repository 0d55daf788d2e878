"""Carrying out what a change of the queues asks of the cases that wait: another place, or queue.

# Note [In steps, each whole]
A step locks the rearrangement's row, takes the next cases in the order of opening, locks them in
one order, puts them where they belong, moves `reached` on and commits. A worker that is killed
loses its step and nothing else; the next one begins where the last step ended. What is right
already is not written, so a step that is done twice changes nothing. Two workers take turns.

# Note [A second look]
Intake that had read the queue before the change may commit after the worker has passed by, and a
decision that is withdrawn brings back a case that was not waiting. So a queue is gone through once
more when every transaction of that time has ended; it writes only what differs.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from cases.enums import DueDates, RearrangementKind
from cases.foreseeing import Move, destinations, free
from cases.models import Case, Queue, Rearrangement
from cases.models.cases import SET_ASIDE
from cases.placing import DUE_AT, DUE_TIER, PRIORITY, RANK, Terms
from cases.routing import Layout
from reviewapp.ledger.recording import Entry, record, record_all

STEP = 1_000
SECOND_LOOK_AFTER = timedelta(minutes=2)


def step(*, now: datetime, size: int = STEP) -> bool:
    """Do the next step of the oldest rearrangement that no other worker is at.

    False where there is nothing to do now. See Note [In steps, each whole].
    """
    with transaction.atomic():
        due = Q(finished_at=None) | Q(
            finished_at__lte=now - SECOND_LOOK_AFTER, looked_again_at=None
        )
        task = (
            Rearrangement.objects.filter(due)
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .select_related("asked_by", "queue")
            .order_by("asked_at")
            .first()
        )
        if task is None:
            return False
        if task.finished_at is not None and _has_a_successor(task):
            task.looked_again_at = now
            task.save(update_fields=["looked_again_at"])
            return True
        _begin(task)
        cases = _next(task, size)
        if task.kind == RearrangementKind.REORDER:
            task.changed += _reorder(task, [pk for pk, _ in cases])
        else:
            task.changed += _move(task, [pk for pk, _ in cases], now=now)
        task.seen += len(cases)
        if cases:
            task.reached_id, task.reached_at = cases[-1]
        if len(cases) < size:
            _end(task, now=now)
        task.save()
    return True


def _begin(task: Rearrangement) -> None:
    """Count what is ahead, for whoever watches."""
    if task.reached_at is None and task.finished_at is None:
        task.expected = _waiting(task).count()


def _next(task: Rearrangement, size: int) -> list[tuple[UUID, datetime]]:
    waiting = _waiting(task)
    if task.reached_at is not None:
        here = Q(opened_at=task.reached_at, id__gt=task.reached_id)
        # Said twice, so that the index is entered where the last step ended.
        waiting = waiting.filter(opened_at__gte=task.reached_at).filter(
            here | Q(opened_at__gt=task.reached_at)
        )
    return list(waiting.order_by("opened_at", "id").values_list("id", "opened_at")[:size])


def _waiting(task: Rearrangement) -> Any:
    waiting = Case.objects.open()
    return waiting.filter(queue=task.queue) if task.queue_id else waiting


def _end(task: Rearrangement, *, now: datetime) -> None:
    """The last case was seen. What is set aside meanwhile gets its new place too."""
    if task.queue is not None:
        aside = Case.objects.filter(state__in=SET_ASIDE, queue=task.queue)
        task.changed += _reorder(task, list(aside.values_list("id", flat=True)))
    again = task.finished_at is not None
    if again or task.kind == RearrangementKind.MOVE:
        task.looked_again_at = now
    if again:
        return
    task.finished_at = now
    task.reached_at = task.reached_id = None
    record(
        Entry(
            kind="queue.rearranged",
            actor=task.asked_by.actor,
            happened_at=now,
            particulars={
                "rearrangement": str(task.pk),
                "kind": task.kind,
                "queue": task.queue.slug if task.queue else None,
                "seen": task.seen,
                "changed": task.changed,
            },
        ),
        at=now,
    )


def _has_a_successor(task: Rearrangement) -> bool:
    """A later change of the same queue has a look of its own."""
    later = Rearrangement.objects.filter(queue=task.queue, asked_at__gt=task.asked_at)
    return later.exclude(pk=task.pk).exists()


_REORDER = f"""
    UPDATE cases_case c
       SET priority = {PRIORITY}, rank = {RANK}, due_at = {DUE_AT}, due_tier = {DUE_TIER}
     WHERE c.id = ANY(%(ids)s) AND c.queue_id = %(queue)s
       AND (c.priority, c.rank, c.due_at, c.due_tier)
           IS DISTINCT FROM ({PRIORITY}, {RANK}, {DUE_AT}, {DUE_TIER})
"""  # noqa: S608 - put together from fixed parts alone


def _reorder(task: Rearrangement, ids: list[UUID]) -> int:
    """Give these cases their place by the queue's terms as they are now; how many had another."""
    assert task.queue is not None
    Case.objects.filter(pk__in=ids).lock(no_key=True)
    # On a second look nothing is undone of what brought a date nearer since.
    due_dates = task.due_dates if task.finished_at is None else DueDates.NEARER
    terms = Terms.of(task.queue, due_dates=due_dates)
    with connection.cursor() as cursor:
        cursor.execute(_REORDER, terms.parameters() | {"ids": ids, "queue": task.queue.pk})
        return cursor.rowcount


def _move(task: Rearrangement, ids: list[UUID], *, now: datetime) -> int:
    """Send these cases where the change sends them, save those that somebody has; how many."""
    before, after = Layout.of(task.before), Layout.of(task.after)
    found = {
        move.case_id: move for move in destinations(free(ids, now=now), before=before, after=after)
    }
    # Locked, and then asked again: whoever was quicker keeps what they took.
    Case.objects.filter(pk__in=list(found)).lock(no_key=True)
    queues = {queue.slug: queue for queue in Queue.objects.filter(active=True)}
    moved, entries = [], []
    cases = Case.objects.open().filter(pk__in=free(list(found), now=now))
    for case in cases.with_account_and_queue().order_by("id"):
        move = found[case.pk]
        if case.queue.slug == move.origin and move.destination in queues:
            case.wait_in(queues[move.destination])
            case.version += 1
            moved.append(case)
            entries.append(_moved(case, move, task, now=now))
    Case.objects.bulk_update(
        moved, ["queue", "due_at", "due_tier", "priority", "rank", "version"], batch_size=500
    )
    record_all(entries, at=now)
    return len(moved)


def _moved(case: Case, move: Move, task: Rearrangement, *, now: datetime) -> Entry:
    return Entry(
        kind="case.moved",
        actor=task.asked_by.actor,
        happened_at=now,
        account=case.account.ref,
        case=case.ref,
        country_prefix=case.account.country_prefix,
        surface=case.account.surface,
        particulars={
            "from": move.origin,
            "to": move.destination,
            "why": "ROUTING",
            "rearrangement": str(task.pk),
        },
    )
