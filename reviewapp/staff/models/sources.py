from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now

source_name = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
    "Use small letters, digits and single hyphens, such as spam-models.",
)


class Source(models.Model):
    """A sending system: it owns keys, detectors, and the ids it gives to what it sends."""

    name = models.CharField(max_length=50, unique=True, validators=[source_name])
    description = models.CharField(max_length=200, blank=True)
    detector_limit = models.PositiveIntegerField(
        default=50,
        validators=[MaxValueValidator(10_000)],
        help_text="How many detectors it may register by using them.",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """How the ledger names this source."""
        return f"source:{self.name}"
