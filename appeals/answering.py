"""What follows from an answer to an appeal: who is told what, and the grievances that contain it.

# Note [Answered once]

Whoever had a decision reversed reads it in the app as the notification of what undid it, which
waits until the platform has done so; beside it an e-mail says the same where there is an address,
and waits for the same. Of any other outcome a letter tells by both ways. A grievance that contains
the appeal is resolved with it and says nothing of its own, save where it came from another address
than the appeal's: that one is told, too.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from appeals import composing, containing, reasoning, writing
from appeals.composing import Reasons
from appeals.enums import (
    ACTIONED,
    AppealOutcome,
    ClockName,
    GrievanceResolution,
    LetterKind,
    Via,
)
from appeals.lines import finding_behind, line
from appeals.models import Appeal, AppealDecision
from appeals.verdict import Verdict
from cases.enums import BANS, Action
from cases.models import Decision
from reviewapp.ledger.recording import Entry

if TYPE_CHECKING:
    from reviewapp.staff.models import User


Resolution = GrievanceResolution


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was given: on which appeal, what, and who stands behind it."""

    appeal: Appeal
    decision: AppealDecision
    verdict: Verdict
    by: "User"
    approved_by: "User | None"
    at: datetime

    @property
    def undoing(self) -> Decision | None:
        return self.decision.decision


# The ledger


def line_of(given: Given) -> Entry:
    """The ledger's line about an answer, with everything that reports group by."""
    appeal, undoing = given.appeal, given.undoing
    clock = appeal.clocks.filter(name=ClockName.RESOLVE).first()
    return line(
        appeal,
        "appeal.decided",
        given.by.actor,
        given.at,
        outcome=given.decision.outcome,
        finding=finding_behind(appeal.enforcement.decision),
        appeal_decision=str(given.decision.pk),
        cause=given.decision.cause,
        enforcement=appeal.enforcement.ref,
        original=appeal.enforcement.decision.ref,
        decision=undoing.ref if undoing else "",
        replaced_by=given.verdict.action,
        approved_by=given.approved_by.actor if given.approved_by else "",
        ground=appeal.ground,
        channel=appeal.channel,
        jurisdiction=appeal.jurisdiction,
        received_at=appeal.received_at.isoformat(),
        in_time=clock.met_at <= clock.due_at if clock and clock.met_at else None,
        repeats=appeal.repeats,
        alike=appeal.group.size if appeal.group else 0,
    )


# Grievances


def resolve_grievances(given: Given) -> None:
    """Resolve what waited for the appeal. See Note [Answered once]."""
    resolution = resolution_of(given)
    containing.close(
        given.appeal,
        resolution=resolution,
        by=given.by,
        at=given.at,
        decision=given.undoing if resolution in ACTIONED else None,
    )


def resolution_of(given: Given) -> GrievanceResolution:
    """What a grievance comes to that asked for what the appeal asks for.

    Restored, as reports count it, is an account whose ban was lifted because of it.
    """
    if given.undoing is None:
        refused = given.verdict.outcome == AppealOutcome.ORIGINAL_DECISION_UPHELD
        return Resolution.RESTORATION_REFUSED if refused else Resolution.SUPPORT_GIVEN
    if given.verdict.action in BANS:
        return Resolution.RESTORATION_REFUSED
    lifted = given.undoing.enforcements.filter(action=Action.LIFT, lifts__action__in=BANS)
    return Resolution.ACCOUNT_RESTORED if lifted.exists() else Resolution.SUPPORT_GIVEN


# Letters


def tell(given: Given) -> None:
    """Promise to tell the person. See Note [Answered once]."""
    undoing = given.undoing
    told_in_app = undoing is not None and undoing.notifications.exists()
    subject, text = _words(given, via=Via.PLATFORM)
    writing.request(
        ticket=given.appeal,
        kind=LetterKind.ANSWER,
        subject=subject,
        text=text,
        mailed=_words(given, via=Via.EMAIL)[1],
        locale=given.verdict.locale,
        only=Via.EMAIL if told_in_app else None,
        enforcement=undoing.enforcements.order_by("sequence").last() if undoing else None,
        at=given.at,
        by=given.by.actor,
    )


def _words(given: Given, *, via: str) -> tuple[str, str]:
    return words_of(given.appeal, given.verdict, via=via, at=given.at)


def words_of(appeal: Appeal, verdict: Verdict, *, via: str, at: datetime) -> tuple[str, str]:
    """Subject and text of the letter that such an answer is told in.

    Needs `account` and `enforcement__decision` loaded.
    """
    reader = writing.reader_of(appeal, via=via, locale=verdict.locale)
    instead = None
    if verdict.action:
        decision = appeal.enforcement.decision
        instead = Reasons(
            action=verdict.action, decided_at=at, maker=decision.maker, until=verdict.ends_at(at)
        )
    return composing.answer(
        ref=appeal.ref,
        reader=reader,
        outcome=verdict.outcome,
        ground=appeal.ground,
        reason=verdict.reason,
        cause=verdict.cause,
        reasons=reasoning.reasons_of(appeal.enforcement, language=reader.language),
        instead=instead,
    )
