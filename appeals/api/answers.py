"""What reads answer.

Refs name what is ours; `id` and `account` are the senders' own ids. What people wrote, and how
they are reached, needs the scope personal.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from appeals.models import Appeal, Clock, Grievance, Statement
from reviewapp.kernel.encryption import Erased


class ClockAnswer(Struct):
    """Something that is owed, by when, and whether it was kept: null while that is open."""

    name: str
    due_at: datetime
    met_at: datetime | None
    stopped_at: datetime | None
    paused_at: datetime | None
    kept: bool | None
    basis: str


class StatementAnswer(Struct):
    """Something that was said. `id` is the sender's own, of what came by a machine."""

    kind: str
    channel: str
    said_at: datetime
    id: str | None
    files: int
    text: str | None


class OutcomeAnswer(Struct):
    """What became of an appeal, by which decision and what that asked of the platform."""

    outcome: str
    cause: str
    decided_at: datetime
    decision: str | None
    enforcements: list[str]


class AppealAnswer(Struct):
    """An appeal and its history."""

    appeal: str
    account: str
    enforcement: str
    decision: str
    ground: str
    channel: str
    state: str
    jurisdiction: str
    received_at: datetime
    acknowledged_at: datetime | None
    window_ends_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    repeats: int
    alike: int
    outcome: OutcomeAnswer | None
    clocks: list[ClockAnswer]
    statements: list[StatementAnswer]
    contact: str | None


class GrievanceAnswer(Struct):
    """A grievance and its history."""

    grievance: str
    account: str | None
    category: str
    rule_kind: str
    channel: str
    state: str
    jurisdiction: str
    received_at: datetime
    acknowledged_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    resolution: str
    actioned: bool
    appeal: str | None
    duplicate_of: str | None
    decision: str | None
    clocks: list[ClockAnswer]
    statements: list[StatementAnswer]
    contact: str | None


def appeal_answer(appeal: Appeal, *, personal: bool, now: datetime) -> AppealAnswer:
    """Needs account, enforcement, group, decision, clocks and statements loaded."""
    return AppealAnswer(
        appeal=appeal.ref,
        account=appeal.account.external_id,
        enforcement=appeal.enforcement.ref,
        decision=appeal.enforcement.decision.ref,
        ground=appeal.ground,
        channel=appeal.channel,
        state=appeal.state,
        jurisdiction=appeal.jurisdiction,
        received_at=appeal.received_at,
        acknowledged_at=appeal.acknowledged_at,
        window_ends_at=appeal.window_ends_at,
        due_at=appeal.due_at,
        closed_at=appeal.closed_at,
        repeats=appeal.repeats,
        alike=appeal.group.size if appeal.group else 1,
        outcome=_outcome(appeal),
        clocks=_clocks(appeal.clocks.all(), now=now),
        statements=_statements(appeal.statements.all(), personal=personal),
        contact=_contact(appeal, personal=personal),
    )


def grievance_answer(grievance: Grievance, *, personal: bool, now: datetime) -> GrievanceAnswer:
    """Needs account, appeal, duplicate_of, decision, clocks and statements loaded."""
    return GrievanceAnswer(
        grievance=grievance.ref,
        account=grievance.account.external_id if grievance.account else None,
        category=grievance.category,
        rule_kind=grievance.rule_kind,
        channel=grievance.channel,
        state=grievance.state,
        jurisdiction=grievance.jurisdiction,
        received_at=grievance.received_at,
        acknowledged_at=grievance.acknowledged_at,
        due_at=grievance.due_at,
        closed_at=grievance.closed_at,
        resolution=grievance.resolution,
        actioned=grievance.is_actioned,
        appeal=grievance.appeal.ref if grievance.appeal else None,
        duplicate_of=grievance.duplicate_of.ref if grievance.duplicate_of else None,
        decision=grievance.decision.ref if grievance.decision else None,
        clocks=_clocks(grievance.clocks.all(), now=now),
        statements=_statements(grievance.statements.all(), personal=personal),
        contact=_contact(grievance, personal=personal),
    )


def _outcome(appeal: Appeal) -> OutcomeAnswer | None:
    found = getattr(appeal, "decision", None)
    if found is None:
        return None
    made = found.decision
    return OutcomeAnswer(
        outcome=found.outcome,
        cause=found.cause,
        decided_at=found.decided_at,
        decision=made.ref if made else None,
        enforcements=[each.ref for each in made.enforcements.all()] if made else [],
    )


def _clocks(clocks: Iterable[Clock], *, now: datetime) -> list[ClockAnswer]:
    return [
        ClockAnswer(
            name=clock.name,
            due_at=clock.due_at,
            met_at=clock.met_at,
            stopped_at=clock.stopped_at,
            paused_at=clock.paused_at,
            kept=_kept(clock, now=now),
            basis=clock.rule.basis if clock.rule else "The order itself",
        )
        for clock in sorted(clocks, key=lambda clock: (clock.due_at, clock.name))
    ]


def _kept(clock: Clock, *, now: datetime) -> bool | None:
    if clock.stopped_at is not None:
        return None
    if clock.is_broken(now=now):
        return False
    return True if clock.met_at is not None else None


def _statements(statements: Iterable[Statement], *, personal: bool) -> list[StatementAnswer]:
    return [
        StatementAnswer(
            kind=each.kind,
            channel=each.channel,
            said_at=each.said_at,
            id=each.sender_id or None,
            files=len(each.attachments.all()),
            text=_text(each) if personal else None,
        )
        for each in statements
    ]


def _text(statement: Statement) -> str | None:
    try:
        return statement.text()
    except Erased:
        return None


def _contact(ticket: Appeal | Grievance, *, personal: bool) -> str | None:
    try:
        return (ticket.contact() or None) if personal else None
    except Erased:
        return None
