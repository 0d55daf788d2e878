"""Codes by which somebody shows that an account is theirs, asked for on the public pages."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from appeals.enums import ChallengeState
from appeals.models.tickets import Keyed
from reviewapp.kernel import encryption
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.promises import Promise, PromiseQuerySet

DIGITS = 8
MOST_TRIES = 5


class ChallengeQuerySet(PromiseQuerySet):
    def spent(self, *, since: datetime) -> "ChallengeQuerySet":
        """Those that were answered wrongly as often as they may be, the last time after `since`."""
        return self.filter(tries__gte=MOST_TRIES, tried_at__gt=since)


# Note [What a challenge gives away]
# Whoever asks for a code gets one row, the same whatever they typed, and the same answer. A worker
# finds out whether there is such an account with something to see, and only it calls the platform;
# what it finds is not read before the right code has been entered. The code is made of the row's
# id and a key that is not in the database: nobody who reads rows can come in by them.


class Challenge(Keyed, Promise):
    """A promise to send a code to an account, if there is one that has something to see here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # What was typed: a phone number in E.164, or an account's id on the messenger.
    number_sealed = models.BinaryField()
    number_index = models.BinaryField()
    # The network that it was typed from, of 256 addresses or so.
    network_index = models.BinaryField()
    # Found by the worker; see Note [What a challenge gives away].
    account = models.ForeignKey("cases.Account", models.PROTECT, null=True, related_name="+")
    state = models.TextField(choices=ChallengeState, default=ChallengeState.REQUESTED)
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    passed_at = models.DateTimeField(null=True)

    objects: ClassVar = ChallengeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ChallengeState.values), name="challenge_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(tries__lte=MOST_TRIES), name="challenge_is_tried_so_often"
            ),
            models.CheckConstraint(
                condition=~Q(state=ChallengeState.SENT) | Q(account__isnull=False),
                name="code_is_sent_to_an_account",
            ),
            models.CheckConstraint(
                condition=Q(passed_at=None) | Q(account__isnull=False),
                name="nobody_passes_for_no_account",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("asked_at")), name="challenge_lasts_a_while"
            ),
        ]
        indexes = [
            models.Index(
                F("due_at"),
                name="challenge_due",
                condition=Q(state__in=[ChallengeState.REQUESTED, ChallengeState.RETRYING]),
            ),
            models.Index(
                fields=["number_index", "network_index", "tried_at"],
                name="challenge_spent",
                condition=Q(tries__gte=MOST_TRIES),
            ),
            models.Index(fields=["ends_at"], name="challenge_ending"),
        ]

    def __str__(self) -> str:
        return f"challenge {self.pk}"

    def number(self) -> str:
        """What was typed."""
        return self.unseal(self.number_sealed, context="challenge.number")

    def code(self) -> str:
        """The code that opens this one and no other: made of its id, and never stored."""
        made = int.from_bytes(encryption.blind_index(str(self.pk), purpose="challenge.code"))
        return f"{made % 10**DIGITS:0{DIGITS}}"
