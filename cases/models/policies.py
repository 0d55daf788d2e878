"""The rules that decisions cite."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from reviewapp.kernel.appendonly import AppendOnly, AppendOnlyQuerySet


class PolicyClauseQuerySet(AppendOnlyQuerySet):
    def current(self, *, at: datetime) -> "PolicyClauseQuerySet":
        """The newest version of each clause among those in effect at `at`."""
        effective = self.model.objects.filter(effective_from__lte=at)
        newest = effective.order_by("code", "-version").distinct("code")
        return self.filter(pk__in=newest.values("pk")).order_by("position", "code")


class PolicyClause(AppendOnly):
    """A version of a rule of the terms. A decision cites the version it was made under."""

    code = models.TextField()
    version = models.PositiveIntegerField(default=1)
    position = models.PositiveIntegerField(default=0)
    # Clauses of one family are close enough that a detection of one is borne out by another.
    family = models.TextField()
    title = models.TextField()
    text = models.TextField()
    examples = models.TextField(blank=True, default="")
    # What people are told, by language: {"en": "..."}.
    words = models.JSONField(default=dict)
    severity = models.PositiveSmallIntegerField()
    # What is recommended for a first, a second, … violation: [{"action", "days"?}].
    ladder = models.JSONField(default=list, db_default=[], blank=True)
    # Restrictions under this clause wait for a second person.
    needs_approval = models.BooleanField(default=False, db_default=False)
    # So does overturning or softening what was decided under it.
    reversal_needs_approval = models.BooleanField(default=False, db_default=False)
    effective_from = models.DateTimeField()

    objects: ClassVar = PolicyClauseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="clause_version_once"),
            models.CheckConstraint(
                condition=Q(severity__gte=0) & Q(severity__lte=40),
                name="clause_severity_between_0_and_40",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} · version {self.version}"

    def words_for(self, locale: str) -> str:
        """What a person who reads `locale` is told; English where there is no translation."""
        words: dict[str, str] = self.words
        return words.get(locale.split("-", maxsplit=1)[0].lower(), "") or words.get("en", "")
