"""What a person can contest, and what that rests on.

# Note [What can be contested]

Whatever restricts an account, or perhaps does because the platform never answered, or is on its way
to; and a warning, which is over once it was shown and is remembered all the same. Not what somebody
is lifting already, nor what was undone or withdrawn. And nothing that can still be taken back as if
it had never been: until then nobody hears of it. What can be contested can be overturned.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q

from cases.enforcing.lifting import has_lift, may_have_arrived
from cases.enforcing.promising import UNTOUCHED
from cases.enums import STANDING, Action
from cases.models import Account, Citation, Decision, Detection, Enforcement, PolicyClause
from cases.models.enforcement import EnforcementQuerySet

if TYPE_CHECKING:
    from reviewapp.staff.models import User


def appealable(account: Account, *, at: datetime) -> EnforcementQuerySet:
    """What the person of `account` can contest at `at`, newest first.

    See Note [What can be contested].
    """
    rows: EnforcementQuerySet = account.enforcements.exclude(action=Action.LIFT)
    contestable: EnforcementQuerySet = (
        rows.filter(may_have_arrived(), decision__withdrawal=None, decision__undone_by=None)
        .exclude(pending(at=at))
        .exclude(being_lifted(at=at))
        .order_by("-sequence")
    )
    return contestable


def pending(*, at: datetime) -> Q:
    """What has not happened at `at`: its decision can still be taken back."""
    return UNTOUCHED & (Q(due_at=None) | Q(due_at__gt=at))


def being_lifted(*, at: datetime) -> Q:
    """What somebody, or its end, has had lifted for good: that can't be taken back at `at`."""
    lifts = Enforcement.objects.filter(lifts=OuterRef("pk"), state__in=STANDING)
    return Q(Exists(lifts.exclude(pending(at=at))))


def something_else_stands(account: Account, *, but: Decision) -> bool:
    """Whether the account is restricted by more than what `but` asked for. Warnings restrict
    nothing, and what is being lifted no more than what was lifted.
    """
    others = account.enforcements.standing().exclude(decision=but)
    return bool(others.filter(~has_lift(STANDING)).exists())


# What it rests on


@dataclass(frozen=True, slots=True)
class Footing:
    """An enforcement with what a second look at it begins from."""

    enforcement: Enforcement
    # With account, case, decided_by and approved_by loaded.
    decision: Decision
    clauses: list[PolicyClause]
    # The newest first: those of its case, or those that automation acted on.
    detections: list[Detection]
    citations: list[Citation]
    # The decision that undid it, with decided_by loaded; None where none did.
    undone_by: Decision | None

    @property
    def deciders(self) -> list["User"]:
        """Who decided and who approved; nobody where automation did."""
        return [each for each in (self.decision.decided_by, self.decision.approved_by) if each]


def footings(enforcements: Iterable[Enforcement]) -> list[Footing]:
    """What each of `enforcements` rests on, in their order.

    Six queries, however many there are; one more for each time that what automation decided was
    replaced.
    """
    enforcements = list(enforcements)
    decisions = {
        decision.pk: decision
        for decision in Decision.objects.filter(pk__in=[each.decision_id for each in enforcements])
        .select_related("account", "case", "decided_by", "approved_by")
        .prefetch_related(
            Prefetch("clauses", PolicyClause.objects.order_by("position", "code")),
            Prefetch("citations", Citation.objects.order_by("occurred_at", "evidence_id")),
            Prefetch("undone_by", Decision.objects.select_related("decided_by")),
        )
    }
    detections = detections_behind(decisions.values())
    return [
        Footing(
            enforcement=each,
            decision=decision,
            clauses=list(decision.clauses.all()),
            detections=detections[decision.pk],
            citations=list(decision.citations.all()),
            undone_by=next(iter(decision.undone_by.all()), None),
        )
        for each in enforcements
        for decision in (decisions[each.decision_id],)
    ]


def detections_behind(decisions: Collection[Decision]) -> dict[UUID, list[Detection]]:
    """What each of `decisions` rests on, by its id, the newest first; `detector` and `account` are
    loaded.

    The detections of its case; where it has none, the ones that automation acted on, also behind
    what has since taken the place of that.
    """
    origins = _origins(decisions)
    found = (
        # By account first: that is what they are indexed by.
        Detection.objects.filter(account__in={each.account_id for each in decisions})
        .filter(
            Q(case__in={each.case_id for each in decisions if each.case_id})
            | Q(decision__in=set().union(*origins.values()))
        )
        .select_related("detector", "account")
        .newest_first()
    )
    behind: dict[UUID, list[Detection]] = {decision.pk: [] for decision in decisions}
    for detection in found:
        for each in decisions:
            if each.case_id:
                rests = detection.case_id == each.case_id
            else:
                rests = detection.decision_id in origins[each.pk]
            if rests:
                behind[each.pk].append(detection)
    return behind


def _origins(decisions: Collection[Decision]) -> dict[UUID, set[UUID]]:
    """Each decision without a case, and those that it undoes one behind the other."""
    origins = {each.pk: {each.pk} for each in decisions if not each.case_id}
    following = {each.pk: each.undoes_id for each in decisions if not each.case_id}
    while ahead := {pk: undone for pk, undone in following.items() if undone}:
        for pk, undone in ahead.items():
            origins[pk].add(undone)
        beyond = dict(Decision.objects.filter(pk__in=ahead.values()).values_list("pk", "undoes_id"))
        following = {pk: beyond[undone] for pk, undone in ahead.items()}
    return origins
