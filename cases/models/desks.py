"""What a person has set up for themselves, and what they have open."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Q

if TYPE_CHECKING:
    from cases.models.cases import Case
    from reviewapp.staff.models import User

# An open page says every few seconds that it is looked at. After so long without that, it is not.
PRESENT_FOR = timedelta(seconds=20)


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def for_use_by(self, user: "User") -> "SavedFilterQuerySet":
        """Their own and the team's."""
        return self.filter(Q(owner=user) | Q(shared=True))


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

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], name="saved_filter_name_once_per_person"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_filter_has_a_name"),
            models.CheckConstraint(
                condition=~Q(query__regex="(^|&)q="), name="saved_filter_searches_for_nobody"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PresenceQuerySet(models.QuerySet["Presence"]):
    def present(self, *, at: datetime) -> "PresenceQuerySet":
        return self.filter(seen_at__gt=at - PRESENT_FOR)

    def renew(self, *, case: "Case", user: "User", at: datetime) -> None:
        """`user` has `case` open at `at`. One statement, which writes nothing if it just did."""
        with connection.cursor() as cursor:
            cursor.execute(_RENEW, [case.pk, user.pk, at, at - PRESENT_FOR / 4])

    def sweep(self, *, at: datetime) -> int:
        """Forget who had something open once and has not any more. Returns how many."""
        swept, _ = self.filter(seen_at__lte=at - PRESENT_FOR).delete()
        return swept


_RENEW = """
    INSERT INTO cases_presence AS known (case_id, user_id, seen_at) VALUES (%s, %s, %s)
        ON CONFLICT (case_id, user_id) DO UPDATE SET seen_at = excluded.seen_at
     WHERE known.seen_at < %s
"""


class Presence(models.Model):
    """Somebody has a case open, as of their page's last sign of life.

    Not in the ledger, which knows who looked at what: this is for colleagues to see each other.
    """

    pk = models.CompositePrimaryKey("case_id", "user_id")
    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    seen_at = models.DateTimeField()

    objects = PresenceQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user_id} has {self.case_id} open"


class PreferencesQuerySet(models.QuerySet["Preferences"]):
    def of(self, user: Any) -> "Preferences":
        """What `user` has set up; as it comes where that is nothing."""
        return self.filter(user=user).first() or Preferences(user=user)


class Preferences(models.Model):
    """How somebody wants to work. Theirs alone: no other person's page reads it."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="preferences", primary_key=True
    )
    # Codes of policy clauses whose cases are not offered to them.
    opted_out = ArrayField(models.TextField(), default=list, blank=True)
    # Minutes of work after which they want to be reminded of a break; null for never.
    break_after = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = PreferencesQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(break_after=None) | (Q(break_after__gte=10) & Q(break_after__lte=240)),
                name="break_after_10_to_240_minutes",
            ),
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"
