"""Where cases wait, and what sends them there."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from cases.enums import DECIDABLE, Action

if TYPE_CHECKING:
    from reviewapp.staff.models import User


# The parts of a case's priority, as columns (`severity_points`) and weights name them.
PARTS = ("severity", "uncertainty", "reach", "feedback", "joined")


class QueueQuerySet(models.QuerySet["Queue"]):
    def workable_by(self, user: "User") -> "QueueQuerySet":
        """Queues whose cases `user` may take: the roles named on the queue decide."""
        return self.filter(active=True, worked_by__overlap=list(user.roles))


class Queue(models.Model):
    """A named line of open cases."""

    slug = models.SlugField(unique=True)
    name = models.TextField(unique=True)
    description = models.TextField(blank=True, default="")
    position = models.PositiveIntegerField(default=0)
    worked_by = ArrayField(models.TextField())
    lease_minutes = models.PositiveIntegerField(default=15)
    # Hours from opening to due; null where nothing is due.
    due_hours = models.PositiveIntegerField(null=True, blank=True)
    active = models.BooleanField(default=True)
    # What each part of a priority counts here; a part that is not named counts once.
    weights = models.JSONField(default=dict, db_default={}, blank=True)
    # The actions that its decision form offers; none named: all of them.
    actions = ArrayField(models.TextField(), default=list, db_default=[], blank=True)
    # The actions that wait for a second person, and the reach from which any restriction does.
    approval_actions = ArrayField(models.TextField(), default=list, db_default=[], blank=True)
    approval_reach = models.PositiveIntegerField(null=True, blank=True)

    objects = QueueQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lease_minutes__gte=1) & Q(lease_minutes__lte=240),
                name="queue_lease_between_1_and_240_minutes",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_worked_by(self, user: "User") -> bool:
        """Whether `user` may take its cases, or be given one."""
        return user.may("work_cases") and bool(set(user.roles) & set(self.worked_by))

    def offers(self) -> list[Action]:
        """The actions that a decision on one of its cases may choose among, mildest first."""
        named: list[Action] = [each for each in Action if each in self.actions]
        return [each for each in named if each != Action.LIFT] or list(DECIDABLE)

    def weight_of(self, part: str) -> float:
        """What a point of `part` (one of PARTS) counts in this queue."""
        weights: dict[str, float] = self.weights
        return float(weights.get(part, 1))


class RoutingRule(models.Model):
    """Sends what matches every non-empty list to a queue. The first rule that matches wins."""

    position = models.PositiveIntegerField(unique=True)
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="rules")
    policies = ArrayField(models.TextField(), default=list, blank=True)
    stages = ArrayField(models.TextField(), default=list, blank=True)
    detectors = ArrayField(models.TextField(), default=list, blank=True)
    countries = ArrayField(models.TextField(), default=list, blank=True)
    surfaces = ArrayField(models.TextField(), default=list, blank=True)
    kinds = ArrayField(models.TextField(), default=list, blank=True)
    score_from = models.FloatField(default=0)
    score_to = models.FloatField(default=1)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(score_from__gte=0)
                & Q(score_to__lte=1)
                & Q(score_from__lte=F("score_to")),
                name="rule_scores_are_a_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} → {self.queue}"

    def matches(self, facts: dict[str, Any]) -> bool:
        """Whether a detection with these facts (policy, stage, …) belongs to this queue."""
        lists: Iterable[tuple[list[str], str]] = (
            (self.policies, facts["policy"]),
            (self.stages, facts["stage"]),
            (self.detectors, facts["detector"]),
            (self.countries, facts["country"]),
            (self.surfaces, facts["surface"]),
            (self.kinds, facts["kind"]),
        )
        return self.score_from <= facts["score"] <= self.score_to and all(
            value in wanted for wanted, value in lists if wanted
        )
