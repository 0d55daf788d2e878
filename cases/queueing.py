"""Changing the queues and the rules that fill them, after somebody looked at what it would move."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from cases.enums import RearrangementKind
from cases.models import Queue, Rearrangement, RoutingRule
from cases.queuesettings import CannotConfigure, Settings, changes_between, check, check_name
from cases.routing import LISTS, Layout
from reviewapp.ledger.recording import Entry, record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

# Addresses below /queues/ that are not a queue's.
TAKEN_SLUGS = frozenset({"routing", "arrivals", "rearrangements", "settings"})
_STEPS_BETWEEN = 10


class ConfigurationChanged(CannotConfigure):
    """Somebody changed the queues or rules after this preview was made. Look at it again."""


class StillRearranging(CannotConfigure):
    """A worker still carries out the last change. Wait until it is done."""


def configuration_seen() -> str:
    """A digest of every queue and rule as they are: what a preview was made of. Two queries."""
    queues = list(Queue.objects.order_by("pk").values())
    rules = list(RoutingRule.objects.order_by("pk").values())
    return digest([queues, rules])


def digest(value: Any) -> str:
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(plain.encode()).hexdigest()


def layout_with(queue: Queue, to: Settings) -> Layout:
    """The queues and rules as they would be with `queue` set so. Two queries."""
    now = Layout.read()
    others = [each for each in now.queues if each["slug"] != queue.slug]
    place = next((n for n, each in enumerate(others, 1) if each["slug"] == to.after), 0)
    others.insert(place, {"slug": queue.slug, "active": to.active})
    return Layout(others, now.rules)


def add_queue(*, slug: str, name: str, by: "User", at: datetime) -> Queue:
    """A new queue behind the others, not in use until its settings say so.

    Raises CannotConfigure.
    """
    with transaction.atomic():
        queues = _locked()
        if slug in TAKEN_SLUGS or any(each.slug == slug for each in queues):
            raise CannotConfigure("This address is taken.", pointer="slug")
        check_name(name, queues)
        queue = Queue.objects.create(
            slug=slug, name=name, position=len(queues) + 1, worked_by=[], active=False
        )
        _number([*queues, queue])
        _record(by, at, what="added", model="cases.queue", name=slug, fields={})
    return queue


def change_queue(
    *,
    queue: Queue,
    to: Settings,
    due_dates: str,
    seen: str,
    move: bool,
    by: "User",
    at: datetime,
) -> list[Rearrangement]:
    """Set `queue` so, and promise what follows for the cases that wait.

    `seen` is what `configuration_seen` said when the preview was made. Changed weights or another
    deadline put the queue's cases in their new order, with `due_dates` as DueDates says; `move`
    sends cases to where they would have come to. Raises CannotConfigure, whose `pointer` names
    the setting at fault.
    """
    with transaction.atomic():
        queues = _locked()
        if configuration_seen() != seen:
            raise ConfigurationChanged
        queue = next(each for each in queues if each.pk == queue.pk)
        was, before = Settings.of(queue), Layout.read()
        check(to, queue, queues)
        reorders = (was.weights, was.due_hours) != (dict(to.weights), to.due_hours)
        if reorders and Rearrangement.objects.unfinished().filter(queue=queue).exists():
            raise StillRearranging
        after = layout_with(queue, to)
        to.put_on(queue)
        queue.save()
        by_slug = {each.slug: each for each in queues}
        _number([by_slug[each["slug"]] for each in after.queues])
        changes = changes_between(was, to)
        if reorders:
            changes["due_dates"] = {"before": None, "after": due_dates}
        if changes:
            _record(
                by, at, what="changed", model="cases.queue", name=queue.slug, fields=changes,
                moves=move,
            )  # fmt: skip
        promised = []
        if reorders:
            promised.append(
                Rearrangement.objects.create(
                    kind=RearrangementKind.REORDER, queue=queue, due_dates=due_dates,
                    asked_by=by, asked_at=at,
                )
            )  # fmt: skip
        if move:
            promised += _promise_moves(before, after, by=by, at=at)
    return promised


def change_rules(
    *, rules: Sequence[Mapping[str, Any]], seen: str, move: bool, by: "User", at: datetime
) -> list[Rearrangement]:
    """Put `rules`, in this order, in the place of those that are there.

    Each is as `Layout.rules` has it. They hold for what arrives from now on; `move` sends waiting
    cases along. `seen` as for `change_queue`. Raises CannotConfigure.
    """
    with transaction.atomic():
        queues = {each.slug: each for each in _locked()}
        if configuration_seen() != seen:
            raise ConfigurationChanged
        before = Layout.read()
        after = Layout(before.queues, [dict(rule) for rule in rules])
        for rule in after.rules:
            check_rule(rule, slugs=queues)
        RoutingRule.objects.all().delete()
        RoutingRule.objects.bulk_create(
            RoutingRule(position=place * _STEPS_BETWEEN, **{**rule, "queue": queues[rule["queue"]]})
            for place, rule in enumerate(after.rules, start=1)
        )
        _record(
            by, at, what="changed", model="cases.routingrule", name="rules",
            fields={"rules": {"before": before.rules, "after": after.rules}}, moves=move,
        )  # fmt: skip
        return _promise_moves(before, after, by=by, at=at) if move else []


def check_rule(rule: Mapping[str, Any], *, slugs: Mapping[str, Any]) -> None:
    """Raises CannotConfigure for a rule that makes no sense."""
    if rule["queue"] not in slugs:
        raise CannotConfigure("There is no such queue.", pointer="queue")
    if not 0 <= rule["score_from"] <= rule["score_to"] <= 1:
        raise CannotConfigure("Scores go from 0 to 1, the lower one first.", pointer="score_to")
    anything = not any(rule[name] for name in LISTS)
    if anything and (rule["score_from"], rule["score_to"]) == (0, 1):
        raise CannotConfigure(
            "Say what this rule takes: as it is, it would take everything.", pointer="policies"
        )


# Note [One change of the queues at a time]
# Whoever changes anything about queues or rules first locks the queues' rows, so that two leads at
# once come one after the other, and the later one finds that what they looked at has changed.
# The lock lets cases be opened meanwhile (no key is changed).
def _locked() -> list[Queue]:
    locked = Queue.objects.order_by("pk").select_for_update(no_key=True)
    return sorted(locked, key=lambda queue: (queue.position, queue.name))


def _number(queues: Sequence[Queue]) -> None:
    """Give the queues their places, from 1, in this order."""
    for place, queue in enumerate(queues, start=1):
        queue.position = place
    Queue.objects.bulk_update(queues, ["position"])


def _promise_moves(
    before: Layout, after: Layout, *, by: "User", at: datetime
) -> list[Rearrangement]:
    if Rearrangement.objects.unfinished().filter(kind=RearrangementKind.MOVE).exists():
        raise StillRearranging
    return [
        Rearrangement.objects.create(
            kind=RearrangementKind.MOVE, before=before.values(), after=after.values(),
            asked_by=by, asked_at=at,
        )
    ]  # fmt: skip


def _record(by: "User", at: datetime, **particulars: Any) -> None:
    record(
        Entry(
            kind="configuration.changed",
            actor=by.actor,
            happened_at=at,
            particulars=particulars,
        ),
        at=at,
    )
