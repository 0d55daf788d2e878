"""What an appeal challenges: which enforcement, until when, and who had a part in it.

# Note [Whose answer it was]

A decision is looked at again once, and after that for new evidence. Anybody can write a letter
about anybody's number: what was answered to somebody who had not shown the account to be theirs
takes nothing from whoever does. Those who have not shown it either get no second look.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery

from appeals import timing
from appeals.enums import Ground
from appeals.models import AppealDecision
from cases import enforcing
from cases.enums import BANS, Action, NotificationState
from cases.models import Account, Decision, Enforcement, Notification
from cases.models.enforcement import EnforcementQuerySet
from reviewapp.kernel.refusals import Refused


class UnknownEnforcement(Refused):
    """There is no such measure against this account."""


class NothingToAppeal(Refused):
    """Nothing stands against this account that could be looked at again."""


class AnsweredBefore(NothingToAppeal):
    """This decision was looked at again before, and you were answered. If you have something new
    that we did not know then, choose “New evidence” and tell us what it is.
    """


@dataclass(frozen=True, slots=True)
class Contested:
    """An enforcement that somebody disagrees with.

    Attributes:
        enforcement: with its account, its decision and that one's case loaded.
        told_at: when the person was told of it, if they were.
        answered_by: the ids of those who decided or approved an earlier appeal against it.
        answered_its_owner: whether one of those was by somebody who had shown whose account it is.
    """

    enforcement: Enforcement
    told_at: datetime | None
    answered_by: list[int]
    answered_its_owner: bool

    @property
    def informed_at(self) -> datetime | None:
        """From when on the window counts: an account that is restricted shows it."""
        return self.told_at or self.enforcement.applied_at

    def window_ends_at(self, jurisdiction: str) -> datetime | None:
        """Until when it can be appealed; None while nobody knows of it, or no rule sets an end."""
        if self.informed_at is None:
            return None
        return timing.window_of(jurisdiction=jurisdiction, informed_at=self.informed_at)

    def barred(self) -> list[int]:
        """The ids of those who decided or approved it, what it takes the place of, or an earlier
        answer: they may not look at it again.
        """
        people: set[int | None] = {*self.answered_by}
        decision: Decision | None = self.enforcement.decision
        while decision is not None:
            people |= {decision.decided_by_id, decision.approved_by_id}
            decision = decision.undoes
        return sorted(each for each in people if each is not None)


def find(
    account: Account,
    enforcement: Enforcement | None,
    *,
    ground: str,
    identity_checked: bool,
    received_at: datetime,
    at: datetime,
) -> Contested:
    """What an appeal of `account`, received then, is against; the account's row is locked.

    `identity_checked` says whether its writer has shown that the account is theirs: see
    Note [Whose answer it was].

    Where it names no enforcement it is what restricts the account most: a ban, something milder, a
    warning; the newest first. Raises UnknownEnforcement for another account's, a NothingToAppeal
    where nothing is left to contest or somebody else looked at it again already.
    """
    rows = _contestable(account, at=at)
    if enforcement is not None:
        if enforcement.account_id != account.pk or enforcement.action == Action.LIFT:
            raise UnknownEnforcement(pointer="enforcement")
        rows = rows.filter(pk=enforcement.pk)
    found = min(_read(rows), key=lambda each: _weight(each.enforcement), default=None)
    if found is None and enforcement is not None:
        raise NothingToAppeal(
            "This measure has ended, or is being lifted already: there is nothing left to lift.",
            pointer="enforcement",
        )
    if found is None:
        raise NothingToAppeal
    if received_at < found.enforcement.requested_at:
        raise NothingToAppeal(
            "This was received before what stands against the account was decided.",
            pointer="received_at",
        )
    answered = found.answered_its_owner if identity_checked else bool(found.answered_by)
    if answered and ground != Ground.NEW_EVIDENCE:
        raise AnsweredBefore
    return found


def _contestable(account: Account, *, at: datetime) -> EnforcementQuerySet:
    """What can be contested; what is over by now can't, whether or not somebody has lifted it."""
    rows = enforcing.appealable(account, at=at)
    return rows.filter(Q(until=None) | Q(until__gt=at))


def _weight(enforcement: Enforcement) -> int:
    if enforcement.action in BANS:
        return 0
    return 2 if enforcement.action == Action.WARN else 1


def _read(rows: EnforcementQuerySet) -> list[Contested]:
    """With all that is to be known of each. One query."""
    told = Notification.objects.filter(enforcement=OuterRef("pk"), state=NotificationState.SENT)
    answers = AppealDecision.objects.filter(appeal__enforcement=OuterRef("pk"))
    approved = answers.filter(approved_by__isnull=False)
    return [
        Contested(
            row, row.told_at, [*row.decided_by_ids, *row.approved_by_ids], row.answered_its_owner
        )
        for row in rows.select_related("account", "decision__case", "decision__undoes").annotate(
            told_at=Subquery(told.order_by("sent_at").values("sent_at")[:1]),
            decided_by_ids=ArraySubquery(answers.values("decided_by")),
            approved_by_ids=ArraySubquery(approved.values("approved_by")),
            answered_its_owner=Exists(answers.filter(appeal__identity_checked_at__isnull=False)),
        )
    ]
