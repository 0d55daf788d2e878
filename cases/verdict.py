"""What somebody would decide on a case: its fields checked, and whether one person is enough."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cases import priority
from cases.enums import Action, ApprovalCause, Confidence, Outcome
from cases.models import Case, Decision, PolicyClause
from reviewapp.kernel.refusals import Refused

LONGEST_TEMPORARY_BAN = timedelta(days=365)
LONGEST_TEXT = 5_000
MOST_CITED = 200

# An item of evidence by its identity: source, id, occurred_at.
Cited = tuple[int, UUID, datetime]
# What leaves the account as it is. A warning is shown once.
_MILD = frozenset({"", Action.WARN, Action.LIFT})


class CannotDecide(Refused):
    """This can't be decided so."""


class NotOffered(CannotDecide):
    """The queue of this case does not offer this action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A reasoned outcome, before it is a Decision.

    `action` is empty to ask nothing of the platform; `reason` and `locale` are what the person
    is told, `rationale` what colleagues read; `until` ends a temporary ban.
    """

    outcome: str
    action: str
    until: datetime | None
    clauses: Sequence[PolicyClause]
    rationale: str
    reason: str
    locale: str
    confidence: str
    cited: Sequence[Cited] = ()

    def check(self, *, at: datetime) -> None:
        """Raises a CannotDecide whose `pointer` names the field at fault."""
        check_fields(
            at=at, outcome=self.outcome, action=self.action, until=self.until,
            clauses=self.clauses, rationale=self.rationale, reason=self.reason,
            confidence=self.confidence, cited=self.cited,
        )  # fmt: skip


def check_offered(case: Case, action: str) -> None:
    """Raises NotOffered where the case's queue has people not choose `action`. Needs `queue`.

    To do nothing, or to lift what stands, is offered everywhere.
    """
    if action and action != Action.LIFT and action not in case.queue.offers():
        words = Action(action).label.lower()
        raise NotOffered(f"{case.ref} waits in {case.queue}, which does not offer: {words}.")


def needs_approval(
    case: Case,
    *,
    action: str,
    clauses: Iterable[PolicyClause],
    together: Iterable[Case] = (),
) -> list[ApprovalCause]:
    """Why such a decision on `case` waits for a second person; empty where one is enough.

    `together` are the cases that are decided with it. All need their `queue` loaded. Nobody
    waits for a second person to do nothing, to warn or to lift, unless the queue asks for it.
    """
    cases = (case, *together)
    restricts = action not in _MILD
    asked_for = {
        ApprovalCause.POLICY: restricts and any(clause.needs_approval for clause in clauses),
        ApprovalCause.QUEUE: any(action in each.queue.approval_actions for each in cases),
        ApprovalCause.REACH: restricts and any(map(_reaches_many, cases)),
    }
    return [cause for cause, asked in asked_for.items() if asked]


def needs_second_person_to_reverse(decision: Decision, *, at: datetime) -> bool:
    """Whether overturning or softening `decision` waits for a second person. One query.

    As the rules that it cites read at `at`, whatever they asked for when it was made.
    """
    cited = decision.clauses.values("code")
    now = PolicyClause.objects.all().current(at=at)
    return bool(now.filter(code__in=cited, reversal_needs_approval=True).exists())


def _reaches_many(case: Case) -> bool:
    most = case.queue.approval_reach
    return most is not None and case.reach_points >= priority.reach(most)


def check_fields(
    *,
    at: datetime,
    outcome: str,
    action: str,
    until: datetime | None,
    clauses: Sequence[PolicyClause],
    rationale: str,
    reason: str,
    confidence: str,
    cited: Sequence[Cited],
) -> None:
    """Raises a CannotDecide whose `pointer` names the field at fault."""

    def refuse_if(wrong: bool, message: str, pointer: str) -> None:
        if wrong:
            raise CannotDecide(message, pointer=pointer)

    violation = outcome == Outcome.VIOLATION
    restricts = bool(action) and action != Action.LIFT
    refuse_if(outcome not in Outcome.values, "Choose an outcome.", "outcome")
    refuse_if(confidence not in Confidence.values, "Say how sure you are.", "confidence")
    refuse_if(bool(action) and action not in Action.values, "Choose an action.", "action")
    refuse_if(
        restricts and not violation,
        "An account is restricted only for a violation. Choose that outcome, or no action.",
        "action",
    )
    refuse_if(
        action == Action.LIFT and violation,
        "A violation can't lift what stands. Choose another outcome or action.",
        "action",
    )
    refuse_if(violation and not clauses, "Name the rule that was violated.", "clauses")
    refuse_if(not violation and bool(clauses), "Only a violation names a rule.", "clauses")
    if action == Action.TEMPORARY_BAN:
        refuse_if(until is None, "Say when the temporary ban ends.", "until")
        assert until is not None
        refuse_if(until <= at, "A temporary ban ends in the future.", "until")
        refuse_if(
            until > at + LONGEST_TEMPORARY_BAN,
            "A temporary ban lasts at most 365 days.",
            "until",
        )
    else:
        refuse_if(until is not None, "Only a temporary ban has an end.", "until")
    refuse_if(not rationale.strip(), "Say why, in a line, for colleagues.", "rationale")
    refuse_if(bool(action) and not reason.strip(), "Write what the person is told.", "reason")
    for text, pointer in ((rationale, "rationale"), (reason, "reason")):
        refuse_if(len(text) > LONGEST_TEXT, f"At most {LONGEST_TEXT:,} characters.", pointer)
        refuse_if("\x00" in text, "Remove the NUL character.", pointer)
    refuse_if(len(cited) > MOST_CITED, f"Cite at most {MOST_CITED} items.", "cited")
