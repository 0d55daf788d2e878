"""What can be set about a queue, and what makes no sense."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cases.enums import DECIDABLE
from cases.models import Queue
from cases.models.queues import PARTS
from reviewapp.kernel.refusals import Refused

MOST_WEIGHT = 5
LONGEST_LEASE = 240
# A year: beyond it "due" means nothing.
LONGEST_DEADLINE = 8_760


class CannotConfigure(Refused):
    """The queues can't be set so."""


@dataclass(frozen=True)
class Settings:
    """All that can be set about a queue. `after` is the slug of the one it stands behind."""

    name: str
    description: str
    after: str
    worked_by: Sequence[str]
    lease_minutes: int
    due_hours: int | None
    active: bool
    weights: Mapping[str, float]
    actions: Sequence[str]
    approval_actions: Sequence[str]
    approval_reach: int | None

    @classmethod
    def of(cls, queue: Queue) -> "Settings":
        """As they are. One query."""
        slugs = list(Queue.objects.values_list("slug", flat=True))
        place = slugs.index(queue.slug)
        return cls(
            name=queue.name,
            description=queue.description,
            after=slugs[place - 1] if place else "",
            worked_by=sorted(queue.worked_by),
            lease_minutes=queue.lease_minutes,
            due_hours=queue.due_hours,
            active=queue.active,
            weights={part: queue.weight_of(part) for part in PARTS},
            actions=sorted(queue.actions or map(str, DECIDABLE)),
            approval_actions=sorted(queue.approval_actions),
            approval_reach=queue.approval_reach,
        )

    def put_on(self, queue: Queue) -> None:
        """In memory, but for its place among the others."""
        queue.name, queue.description = self.name, self.description
        queue.worked_by, queue.lease_minutes = sorted(self.worked_by), self.lease_minutes
        queue.due_hours, queue.active = self.due_hours, self.active
        # What counts once is not named, nor are actions where all are offered.
        queue.weights = {part: self.weights[part] for part in PARTS if self.weights[part] != 1}
        everything = set(self.actions) == set(map(str, DECIDABLE))
        queue.actions = [] if everything else sorted(self.actions)
        queue.approval_actions = sorted(self.approval_actions)
        queue.approval_reach = self.approval_reach


def changes_between(was: Settings, to: Settings) -> dict[str, Any]:
    """What differs, each before and after."""
    before, after = asdict(was), asdict(to)
    return {
        name: {"before": before[name], "after": after[name]}
        for name in before
        if _plain(before[name]) != _plain(after[name])
    }


def check(to: Settings, queue: Queue, queues: Sequence[Queue]) -> None:
    """Raises CannotConfigure, naming the setting, for what `queue` among `queues` can't be."""

    def refuse_if(wrong: bool, message: str, pointer: str) -> None:
        if wrong:
            raise CannotConfigure(message, pointer=pointer)

    others = [each for each in queues if each.pk != queue.pk]
    check_name(to.name, others)
    known = {"", *(each.slug for each in others)}
    refuse_if(to.after not in known, "There is no such queue.", "after")
    lease = 1 <= to.lease_minutes <= LONGEST_LEASE
    refuse_if(not lease, f"From 1 to {LONGEST_LEASE} minutes.", "lease_minutes")
    deadline = to.due_hours is None or 1 <= to.due_hours <= LONGEST_DEADLINE
    refuse_if(not deadline, f"From 1 to {LONGEST_DEADLINE:,} hours.", "due_hours")
    refuse_if(to.active and not to.worked_by, "Say who works it.", "worked_by")
    refuse_if(
        not to.active and not any(each.active for each in others),
        "It is the last queue in use. Without one no case can be opened.",
        "active",
    )
    refuse_if(not to.actions, "Offer one action at least.", "actions")
    unknown = (set(to.actions) | set(to.approval_actions)) - set(map(str, DECIDABLE))
    refuse_if(bool(unknown), "Choose among the actions.", "actions")
    for part in PARTS:
        weight = to.weights.get(part, -1)
        fits = 0 <= weight <= MOST_WEIGHT and round(weight, 1) == weight
        refuse_if(not fits, f"From 0 to {MOST_WEIGHT}, with one decimal.", f"weight_{part}")


def check_name(name: str, others: Sequence[Queue]) -> None:
    """Raises CannotConfigure where one of the others is called so."""
    if any(each.name == name for each in others):
        raise CannotConfigure("Another queue has this name.", pointer="name")


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value
