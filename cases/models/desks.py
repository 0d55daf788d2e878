"""What a person has set up for themselves, and what they have open."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class SavedFilter(models.Model):
    """A view of the queue page under a name: one's own, or the team's."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="saved_filters", db_index=False
    )
    name = models.TextField()
    # What stands behind the ? of the page's address.
    query = models.TextField()
    shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], name="saved_filter_name_once_per_person"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_filter_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Presence(models.Model):
    """Somebody has a case open, as of their page's last sign of life."""

    pk = models.CompositePrimaryKey("case_id", "user_id")
    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} has {self.case_id} open"


class Preferences(models.Model):
    """How somebody wants to work. Theirs alone: no other person's page reads it."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="preferences", primary_key=True
    )
    # Codes of policy clauses whose cases are not offered to them.
    opted_out = ArrayField(models.TextField(), default=list, blank=True)
    # Minutes of work after which they want to be reminded of a break; null for never.
    break_after = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(break_after=None) | (Q(break_after__gte=10) & Q(break_after__lte=240)),
                name="break_after_10_to_240_minutes",
            ),
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"
