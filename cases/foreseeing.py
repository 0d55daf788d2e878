"""What a change of the queues would move, told before it is made.

# Note [How far a preview looks]
Order and deadline are reckoned over every open case of the queue, by one statement with the
worker's own expressions (cases.placing). Routing is reckoned in Python, by the same `Routes.route`
that sends arrivals, over the newest LOOKED_AT open cases; pages say so where there are more.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from cases.models import Case, Claim, Queue
from cases.placing import DUE_AT, DUE_TIER, PRIORITY, RANK, Terms
from cases.routing import Layout

LOOKED_AT = 10_000
SHOWN = 20
COMPARED = 50
# A place beyond this one is "beyond": to say which would take sorting the whole queue.
FARTHEST = 1_000
EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Placed:
    """A case's place in its queue, before and after; None for one beyond FARTHEST."""

    ref: str
    before: int | None
    after: int | None
    priority_before: float
    priority_after: float


@dataclass(frozen=True, slots=True)
class Order:
    """A queue's order, as it would be: its head, and what leaves it."""

    waiting: int
    head: list[Placed]
    leaving: list[Placed]
    # How many of the first COMPARED places hold another case than before.
    replaced: int
    # Due dates.
    overdue_before: int
    overdue_after: int
    redated: int


@dataclass(frozen=True, slots=True)
class Moving:
    """Cases that would go from one queue to another."""

    origin: str
    destination: str
    count: int
    refs: list[str]


@dataclass(frozen=True, slots=True)
class Moves:
    """Where open cases that nobody holds would have come to, had the rules been these."""

    looked_at: int
    # There are more open cases than were looked at.
    more: bool
    moving: list[Moving]

    @property
    def total(self) -> int:
        return sum(each.count for each in self.moving)


_OLD = """
    SELECT id, ref, priority FROM cases_case
     WHERE queue_id = %(queue)s AND state = 'OPEN'
     ORDER BY due_tier, rank DESC, id LIMIT %(farthest)s
"""
_NEW = f"""
    SELECT c.id, c.ref, {PRIORITY}, c.priority FROM cases_case c
     WHERE c.queue_id = %(queue)s AND c.state = 'OPEN'
     ORDER BY {DUE_TIER}, {RANK} DESC, c.id LIMIT %(farthest)s
"""  # noqa: S608 - put together from fixed parts alone
_PRICED = f"SELECT c.id, {PRIORITY} FROM cases_case c WHERE c.id = ANY(%(ids)s)"  # noqa: S608 - fixed parts
_COUNTS = f"""
    SELECT count(*),
           count(*) FILTER (WHERE c.due_at <= %(now)s),
           count(*) FILTER (WHERE {DUE_AT} <= %(now)s),
           count(*) FILTER (WHERE {DUE_AT} IS DISTINCT FROM c.due_at)
      FROM cases_case c WHERE c.queue_id = %(queue)s AND c.state = 'OPEN'
"""  # noqa: S608 - put together from fixed parts alone


def foresee_order(*, queue: Queue, terms: Terms, now: datetime) -> Order:
    """How `queue` would stand under `terms`. Four queries; see Note [How far a preview looks]."""
    given = terms.parameters() | {"queue": queue.pk, "farthest": FARTHEST, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_OLD, given)
        old = cursor.fetchall()
        cursor.execute(_NEW, given)
        new = cursor.fetchall()
        after = {pk: place for place, (pk, *_) in enumerate(new, start=1)}
        gone = [row for row in old[:SHOWN] if after.get(row[0], FARTHEST) > SHOWN]
        cursor.execute(_PRICED, given | {"ids": [pk for pk, *_ in gone]})
        priced = dict(cursor.fetchall())
        cursor.execute(_COUNTS, given)
        waiting, overdue_before, overdue_after, redated = cursor.fetchone()
    before = {pk: place for place, (pk, *_) in enumerate(old, start=1)}
    compared = zip(old[:COMPARED], new[:COMPARED], strict=False)
    return Order(
        waiting=waiting,
        head=[
            Placed(ref, before.get(pk), after[pk], was, becomes)
            for pk, ref, becomes, was in new[:SHOWN]
        ],
        leaving=[Placed(ref, before[pk], after.get(pk), was, priced[pk]) for pk, ref, was in gone],
        replaced=sum(was[0] != becomes[0] for was, becomes in compared),
        overdue_before=overdue_before,
        overdue_after=overdue_after,
        redated=redated,
    )


def foresee_moves(*, before: Layout, after: Layout, now: datetime) -> Moves:
    """Which waiting cases the change from `before` to `after` would send elsewhere.

    Those that somebody holds, or that wait for one person, stay where they are; so do those
    that the change says nothing of: what a lead moved by hand is not put back by it.
    """
    newest = Case.objects.open().order_by("-opened_at", "-id").values_list("id", flat=True)
    ids = list(newest[: LOOKED_AT + 1])
    looked_at = free(ids[:LOOKED_AT], now=now)
    found = destinations(looked_at, before=before, after=after)
    moving: dict[tuple[str, str], list[str]] = {}
    for move in found:
        moving.setdefault((move.origin, move.destination), []).append(move.ref)
    counts = Counter({pair: len(refs) for pair, refs in moving.items()})
    return Moves(
        looked_at=len(looked_at),
        more=len(ids) > LOOKED_AT,
        moving=[
            Moving(origin, destination, count, moving[origin, destination][:EXAMPLES])
            for (origin, destination), count in counts.most_common()
        ],
    )


def free(ids: Collection[UUID], *, now: datetime) -> list[UUID]:
    """Those of `ids` that nobody holds and that wait for nobody, in their order. Two queries."""
    held = set(Claim.objects.held(now=now).values_list("case_id", flat=True))
    waits = Q(reserved_until=None) | Q(reserved_until__gt=now)
    reserved = Case.objects.exclude(reserved_for=None).filter(waits)
    kept = held | set(reserved.open().values_list("id", flat=True))
    return [pk for pk in ids if pk not in kept]


@dataclass(frozen=True, slots=True)
class Move:
    """One case, and where the change sends it."""

    case_id: UUID
    ref: str
    origin: str
    destination: str


_FACTS = """
    SELECT c.id, c.ref, q.slug, d.policy, d.stage, r.name, a.country, a.surface, a.kind, d.score
      FROM cases_case c
      JOIN cases_queue q ON q.id = c.queue_id
      JOIN cases_account a ON a.id = c.account_id
      JOIN cases_detection d ON d.case_id = c.id
      JOIN cases_detector r ON r.id = d.detector_id
     WHERE c.id = ANY(%s)
     ORDER BY c.opened_at DESC, c.id DESC
"""
_NAMES = ("policy", "stage", "detector", "country", "surface", "kind", "score")


def destinations(ids: Sequence[UUID], *, before: Layout, after: Layout) -> list[Move]:
    """Which of these cases the change sends elsewhere, newest first. One query.

    A case without detections was put where it is by a person, and stays.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [list(ids)])
        rows = cursor.fetchall()
    cases: dict[UUID, tuple[str, str]] = {}
    facts: dict[UUID, list[dict[str, Any]]] = {}
    for pk, ref, slug, *values in rows:
        cases[pk] = (ref, slug)
        facts.setdefault(pk, []).append(dict(zip(_NAMES, values, strict=True)))
    return list(_moves(cases, facts, before, after))


def _moves(
    cases: dict[UUID, tuple[str, str]],
    facts: dict[UUID, list[dict[str, Any]]],
    before: Layout,
    after: Layout,
) -> Iterable[Move]:
    for pk, (ref, slug) in cases.items():
        there = after.destination(facts[pk])
        if there not in (slug, before.destination(facts[pk])):
            yield Move(pk, ref, slug, there)
