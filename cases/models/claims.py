"""Holds on cases."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cases.enums import ClaimEnding, GiveBackReason
from reviewapp.kernel.ids import uuid7

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class ClaimQuerySet(models.QuerySet["Claim"]):
    def unreleased(self) -> "ClaimQuerySet":
        return self.filter(released_at=None)

    def held(self, *, now: datetime) -> "ClaimQuerySet":
        return self.unreleased().filter(expires_at__gt=now)

    def by(self, user: "User") -> "ClaimQuerySet":
        return self.filter(analyst=user)


# Note [Why leases, not locks]
# A person walks away; a browser closes; a machine sleeps. A claim is therefore a lease that
# the open page renews. When it runs out the case is free for others, but nothing is taken
# from the last holder until somebody else takes it: their late answer simply claims again.


class Claim(models.Model):
    """An analyst's hold on a case: who is looking at it, and until when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="claims")
    analyst = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="claims", db_index=False
    )
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    ending = models.TextField(choices=ClaimEnding, default="", blank=True)
    # Who took it off the analyst.
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    give_back_reason = models.TextField(choices=GiveBackReason, default="", blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(released_at=None), name="one_claim_per_case"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("taken_at")), name="claim_has_length"
            ),
            models.CheckConstraint(
                condition=(Q(released_at=None) & Q(ending=""))
                | (Q(released_at__isnull=False) & Q(ending__in=ClaimEnding.values)),
                name="claim_release_has_an_ending",
            ),
            models.CheckConstraint(
                condition=(
                    Q(ending=ClaimEnding.GIVEN_BACK) & Q(give_back_reason__in=GiveBackReason.values)
                )
                | (~Q(ending=ClaimEnding.GIVEN_BACK) & Q(give_back_reason="")),
                name="claim_given_back_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(ending=ClaimEnding.TAKEN_OFF, ended_by__isnull=False)
                | (~Q(ending=ClaimEnding.TAKEN_OFF) & Q(ended_by=None)),
                name="claim_taken_off_says_by_whom",
            ),
        ]
        indexes = [
            models.Index(fields=["analyst", "case"], name="claim_of_analyst"),
            models.Index(
                fields=["expires_at"], name="claim_lapsing", condition=Q(released_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} held by {self.analyst_id}"
