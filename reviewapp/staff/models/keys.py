from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from reviewapp.staff.models.sources import Source


class Scope(models.TextChoices):
    """What a key opens."""

    INTAKE = "intake", "send accounts, evidence and detections"
    ENFORCED = "enforced", "report bans already applied"
    PLATFORM = "platform", "confirm enforcements"
    APPEALS = "appeals", "file appeals and grievances"
    FEEDBACK = "feedback", "read labels"
    READ = "read", "read accounts and cases"
    EXPORT = "export", "export the decision log"
    PERSONAL = "personal", "see personal fields unmasked"


class ApiKey(models.Model):
    """A source's way in: shown once when it is made, kept only as a digest."""

    USE_NOTED_EVERY = timedelta(minutes=1)

    source = models.ForeignKey(Source, models.PROTECT, related_name="keys")
    name = models.CharField(max_length=100, blank=True)
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices))
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["source", "created_at", "id"]
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=[scope.value for scope in Scope])
                & Q(scopes__len__gt=0),
                name="key_opens_something_known",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("created_at")),
                name="key_expires_after_it_was_made",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.name or self.prefix}"

    def note_use(self, *, at: datetime) -> None:
        """Remember that the key was used; written at most once a minute, whoever asks."""
        if self.last_used_at is not None and at - self.last_used_at < self.USE_NOTED_EVERY:
            return
        stale = Q(last_used_at=None) | Q(last_used_at__lte=at - self.USE_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=self.pk).update(last_used_at=at)
        self.last_used_at = at

    # Questions

    def has(self, scope: str) -> bool:
        return scope in self.scopes

    def is_expired(self, *, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now
