"""Accounts that people looked at and cleared, or that are protected."""

from collections.abc import Iterable
from datetime import datetime
from math import isclose
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reviewapp.kernel.ids import uuid7

# Of these the small value is the suspicious one: nobody answers, or a clock sends.
LOWER_IS_WORSE = frozenset({"MSG_INTERVAL_IRREGULARITY", "MSG_REPLY_RATE"})
SCORE = "score"


# Note [What exceeds a clearing]
# A person saw this much and found it harmless: a score, and a value of each signal. More of the
# same is still more than was seen, so a margin is stated. A score exceeds when it lies above the
# cleared one by more than the margin, on the scale from 0 to 1; a signal when it lies above its
# cleared value by more than that share of it (below it, for those of LOWER_IS_WORSE). A signal
# that is within its own threshold exceeds nothing, whatever it was before: its detector sees
# nothing in it either. One that nobody had seen exceeds when it is beyond its threshold. Words
# are not compared. Where no detection was there to be seen, as with a protection given
# beforehand, there is nothing to exceed.


class ClearingQuerySet(models.QuerySet["Clearing"]):
    def standing(self, *, at: datetime) -> "ClearingQuerySet":
        return self.filter(revoked_at=None, until__gt=at)


class Clearing(models.Model):
    """Until a date, detections of one family of rules open no case on an account.

    Unless they exceed what was cleared by more than the margin: see Note [What exceeds a
    clearing]. Without a family it is a protection, of every rule, which a lead gives a known
    business or an emergency service.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(
        "cases.Account", models.PROTECT, related_name="clearings", db_index=False
    )
    # A family of policy clauses; empty for all.
    family = models.TextField(default="", blank=True)
    until = models.DateTimeField()
    margin = models.FloatField()
    cleared_score = models.FloatField(null=True)
    # The most suspicious value of each signal that was looked at, by name.
    cleared_signals = models.JSONField(default=dict)
    reason_sealed = models.BinaryField()
    # The decision that it came with, if with one.
    decision = models.ForeignKey(
        "cases.Decision", models.PROTECT, null=True, related_name="clearings", db_index=False
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    revoked_at = models.DateTimeField(null=True)
    # Why somebody ended it; nothing where a decision or a later clearing did.
    revocation_sealed = models.BinaryField(null=True)

    objects = ClearingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "family"],
                condition=Q(revoked_at=None),
                name="one_clearing_per_account_and_family",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("made_at")), name="clearing_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(margin__gte=0) & Q(margin__lte=1), name="clearing_margin_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(revoked_by=None, revoked_at=None)
                | Q(revoked_by__isnull=False, revoked_at__isnull=False),
                name="clearing_is_revoked_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-made_at"], name="clearing_of_account"),
            models.Index(
                fields=["until", "id"], condition=Q(revoked_at=None), name="clearing_by_its_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.family or 'every rule'} until {self.until:%Y-%m-%d}"

    @property
    def is_protection(self) -> bool:
        return not self.family

    @property
    def ran_out(self) -> bool:
        """Whether it is over because its time was, and not because somebody ended it before."""
        return self.revoked_at is not None and self.revoked_at >= self.until

    def stands(self, *, at: datetime) -> bool:
        over = self.until if self.revoked_at is None else min(self.until, self.revoked_at)
        return self.made_at <= at < over

    def covers(self, family: str) -> bool:
        return self.family in ("", family)

    def exceeded_by(self, *, score: float, signals: Iterable[dict[str, Any]]) -> str:
        """What goes beyond what was cleared: SCORE or a signal's name; empty where nothing does.

        See Note [What exceeds a clearing].
        """
        if self.cleared_score is None:
            return ""
        if _above(score, score_limit(self.cleared_score, self.margin)):
            return SCORE
        return next((str(each["name"]) for each in signals if self._exceeds(each)), "")

    def _exceeds(self, signal: dict[str, Any]) -> bool:
        value, threshold = signal.get("value"), signal.get("threshold")
        if not isinstance(value, int | float):
            return False
        name = signal["name"]
        sign = -1 if name in LOWER_IS_WORSE else 1
        has_limit = isinstance(threshold, int | float)
        if has_limit and _above(sign * threshold, sign * value):  # type: ignore[operator]
            return False
        cleared = self.cleared_signals.get(name)
        if cleared is None:
            return has_limit
        return _above(sign * value, sign * signal_limit(name, cleared, self.margin))

    def reason(self) -> str:
        """Needs `account` loaded. Raises Erased once the account's key is gone."""
        return self.account.unseal(self.reason_sealed, context="clearing.reason")

    def revocation(self) -> str:
        """Why somebody ended it, or ''. Needs `account` loaded; raises Erased as `reason` does."""
        return self.account.unseal(self.revocation_sealed, context="clearing.revocation")


def score_limit(cleared: float, margin: float) -> float:
    """The score above which a detection exceeds what was cleared."""
    return cleared + margin


def signal_limit(name: str, cleared: float, margin: float) -> float:
    """The value beyond which a signal exceeds what was cleared: below it for LOWER_IS_WORSE."""
    sign = -1 if name in LOWER_IS_WORSE else 1
    return cleared + sign * abs(cleared) * margin


def _above(value: float, limit: float) -> bool:
    """Whether it lies above, where a sum of decimals would miss the limit by a hair."""
    return value > limit and not isclose(value, limit, rel_tol=1e-9, abs_tol=1e-12)
