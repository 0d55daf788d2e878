"""Which queue a case waits in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cases.models import Queue, RoutingRule
from reviewapp.kernel.refusals import Refused

# What a rule can ask of a detection and its account; an empty list asks nothing.
LISTS = ("policies", "stages", "detectors", "countries", "surfaces", "kinds")


class NoQueue(Refused):
    """No queue is active, so no case can be opened. An administrator has to activate one."""


@dataclass(frozen=True)
class Routes:
    """The rules in their order, as of one reading, and the queue for what none of them takes."""

    rules: Sequence[RoutingRule]
    otherwise: Queue

    def route(self, facts: dict[str, Any]) -> Queue:
        """The queue of the first rule that matches; the last active queue where none does.

        `facts` are policy, stage, detector, country, surface, kind and score of a detection.
        """
        for rule in self.rules:
            if rule.matches(facts):
                return rule.queue
        return self.otherwise


def load_routes() -> Routes:
    """The routes as configured now; one reading serves a whole batch. Raises NoQueue.

    Rules to an inactive queue are passed over.
    """
    rules = RoutingRule.objects.filter(queue__active=True).select_related("queue")
    last = Queue.objects.filter(active=True).order_by("position", "name").last()
    if last is None:
        raise NoQueue
    return Routes(list(rules.order_by("position")), last)


@dataclass(frozen=True)
class Layout:
    """The queues and the rules, each in their order, as plain values: as they are, or would be."""

    # Each with slug and active.
    queues: list[dict[str, Any]]
    # Each with queue (a slug), LISTS, score_from and score_to.
    rules: list[dict[str, Any]]
    # Many detections are alike, so what was found of one is kept.
    _found: dict[tuple[Any, ...], int] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls) -> "Layout":
        """As configured now. Two queries."""
        return cls(
            [{"slug": each.slug, "active": each.active} for each in Queue.objects.all()],
            [rule_values(each) for each in RoutingRule.objects.select_related("queue")],
        )

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Layout":
        """From what `values()` gave."""
        return cls(values["queues"], values["rules"])

    def values(self) -> dict[str, Any]:
        return {"queues": self.queues, "rules": self.rules}

    @cached_property
    def routes(self) -> Routes:
        """As `load_routes` would read them. Raises NoQueue."""
        queues = {
            each["slug"]: Queue(slug=each["slug"], position=position, active=True)
            for position, each in enumerate(self.queues)
            if each["active"]
        }
        if not queues:
            raise NoQueue
        rules = [
            RoutingRule(**{**rule, "queue": queues[rule["queue"]]})
            for rule in self.rules
            if rule["queue"] in queues
        ]
        return Routes(rules, queues[next(reversed(queues))])

    def destination(self, detections: Iterable[dict[str, Any]]) -> str:
        """The slug of the queue that a case with these detections would have come to.

        The first one sends it somewhere and a later one only to a more urgent queue, so it is
        the most urgent of where each belongs. `detections` are facts as `Routes.route` takes them.
        """
        places = [self._place(facts) for facts in detections]
        return self.queues[min(places)]["slug"]

    def _place(self, facts: dict[str, Any]) -> int:
        key = tuple(facts.values())
        if key not in self._found:
            self._found[key] = self.routes.route(facts).position
        return self._found[key]


def rule_values(rule: RoutingRule) -> dict[str, Any]:
    """A rule as plain values, without its place."""
    return {
        "queue": rule.queue.slug,
        **{name: list(getattr(rule, name)) for name in LISTS},
        "score_from": rule.score_from,
        "score_to": rule.score_to,
    }
