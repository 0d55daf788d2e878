"""Which queue a case waits in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cases.models import Queue, RoutingRule
from reviewapp.kernel.refusals import Refused


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
