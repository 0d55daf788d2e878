"""Asking for a bulk, and having a second person look at it where it is big or grave."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from cases import notifying
from cases.enums import ApprovalAnswer, ApprovalCause, BulkRowState, BulkState
from cases.models import Approval, Bulk, BulkRow, Case, PolicyClause
from cases.verdict import NotOffered, Verdict, check_offered, needs_approval
from reviewapp.kernel.refs import next_refs
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

# As many as a person can look through, row by row, and as a form can carry: each row is up to two
# of its fields, and Django reads a thousand (DATA_UPLOAD_MAX_NUMBER_FIELDS).
MOST = 400


class CannotAsk(Refused):
    """These cases can't be decided so."""


class NotYours(Refused):
    """A second person has to say so: not the one who asked for it."""


class AlreadyAnswered(Refused):
    """This bulk was answered meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkVerdict:
    """What is decided on each case of a bulk.

    A temporary ban lasts for `lasts` from each decision, or until `until`. An empty `reason` means
    the words of the rules, in each person's language.
    """

    outcome: str
    action: str
    lasts: timedelta | None
    until: datetime | None
    clauses: Sequence[PolicyClause]
    rationale: str
    reason: str
    confidence: str

    @classmethod
    def of(cls, bulk: Bulk) -> "BulkVerdict":
        return cls(
            outcome=bulk.outcome,
            action=bulk.action,
            lasts=bulk.lasts,
            until=bulk.until,
            clauses=list(bulk.clauses.order_by("position", "code")),
            rationale=bulk.rationale,
            reason=bulk.reason,
            confidence=bulk.confidence,
        )

    def for_person(self, locale: str, *, at: datetime) -> Verdict:
        """The verdict as it is given at `at` on somebody who reads `locale`."""
        language = notifying.language_of(locale)
        words = [clause.words_for(language) for clause in self.clauses]
        return Verdict(
            outcome=self.outcome,
            action=self.action,
            until=at + self.lasts if self.lasts else self.until,
            clauses=self.clauses,
            rationale=self.rationale,
            reason=self.reason or "\n".join(filter(None, words)),
            locale=language,
            confidence=self.confidence,
        )


def ask(
    *,
    cases: Sequence[tuple[Case, int]],
    excepted: Collection[Case],
    verdict: BulkVerdict,
    by: "User",
    at: datetime,
    approval_size: int,
) -> Bulk:
    """Ask for `verdict` on `cases`, each with the Case.version that the preview showed.

    Those in `excepted` are kept on the bulk as left out. From `approval_size` decided cases on, or
    where one of them would need it by itself, it waits for a second person; else a worker carries
    it out. Raises CannotAsk, or a CannotDecide whose pointer names the field at fault.
    """
    verdict.for_person("en", at=at).check(at=at)
    left_out = {case.pk for case in excepted}
    decided = [case for case, _ in cases if case.pk not in left_out]
    if not decided:
        raise CannotAsk("Every case is left out. Leave at least one in.", pointer="cases")
    if len(cases) > MOST:
        raise CannotAsk(f"At most {MOST:,} cases at once. Choose fewer.", pointer="cases")
    for case in decided:
        try:
            check_offered(case, verdict.action)
        except NotOffered as refused:
            words = f"{refused} Choose another action, or leave it out."
            raise CannotAsk(words, pointer="action") from refused
    causes = _causes(decided, verdict, approval_size=approval_size)
    with transaction.atomic():
        bulk = Bulk.objects.create(
            ref=next_refs("B")[0],
            asked_by=by,
            asked_at=at,
            outcome=verdict.outcome,
            action=verdict.action,
            lasts=verdict.lasts,
            until=verdict.until,
            confidence=verdict.confidence,
            rationale=verdict.rationale,
            reason=verdict.reason,
            state=BulkState.AWAITING_APPROVAL if causes else BulkState.RUNNING,
            size=len(decided),
        )
        bulk.clauses.add(*verdict.clauses)
        BulkRow.objects.bulk_create(
            BulkRow(
                bulk=bulk,
                position=position,
                case=case,
                seen_version=version,
                state=BulkRowState.EXCEPTED if case.pk in left_out else BulkRowState.WAITING,
            )
            for position, (case, version) in enumerate(cases, start=1)
        )
        record(entry(bulk, "bulk.asked", by.actor, at, left_out=len(left_out)), at=at)
        if causes:
            Approval.objects.create(bulk=bulk, causes=causes, asked_by=by, asked_at=at)
            record(entry(bulk, "approval.asked", by.actor, at, causes=causes), at=at)
    return bulk


def start(*, bulk: Bulk, by: "User", at: datetime) -> None:
    """Approve a bulk as its second person. Raises NotYours or AlreadyAnswered."""
    if by.pk == bulk.asked_by_id:
        raise NotYours
    with transaction.atomic():
        _answer(bulk, ApprovalAnswer.APPROVED, BulkState.RUNNING, by=by, at=at)
        record(entry(bulk, "approval.given", by.actor, at), at=at)


def drop(*, bulk: Bulk, by: "User", at: datetime) -> None:
    """Have a bulk that waits for approval come to nothing.

    By a second person it is sent back, by whoever asked for it withdrawn. Raises AlreadyAnswered.
    """
    own = by.pk == bulk.asked_by_id
    answer = ApprovalAnswer.WITHDRAWN if own else ApprovalAnswer.SENT_BACK
    with transaction.atomic():
        _answer(bulk, answer, BulkState.DROPPED, by=by, at=at)
        BulkRow.objects.filter(bulk=bulk, state=BulkRowState.WAITING).update(
            state=BulkRowState.EXCEPTED
        )
        kind = "approval.withdrawn" if own else "approval.sent_back"
        record(entry(bulk, kind, by.actor, at), at=at)


def _answer(
    bulk: Bulk, answer: ApprovalAnswer, state: BulkState, *, by: "User", at: datetime
) -> None:
    # The row count is the guard: of two answers at once, exactly one updates a row.
    moved = Bulk.objects.filter(pk=bulk.pk, state=BulkState.AWAITING_APPROVAL).update(state=state)
    if not moved:
        raise AlreadyAnswered
    bulk.state = state
    Approval.objects.waiting().filter(bulk=bulk).update(
        answer=answer, answered_by=by, answered_at=at
    )


def _causes(cases: Sequence[Case], verdict: BulkVerdict, *, approval_size: int) -> list[str]:
    """Why the bulk needs a second person. `cases` have their queue loaded."""
    first, *others = cases
    causes = needs_approval(first, action=verdict.action, clauses=verdict.clauses, together=others)
    big = [ApprovalCause.BULK] if len(cases) >= approval_size else []
    return [*causes, *big]


def entry(bulk: Bulk, kind: str, actor: str, at: datetime, **particulars: object) -> Entry:
    """The ledger's line about a bulk as such; each decision of it has lines of its own."""
    return Entry(
        kind=kind,
        actor=actor,
        happened_at=at,
        action=bulk.action,
        outcome=bulk.outcome,
        particulars={"bulk": bulk.ref, "size": bulk.size, **particulars},
    )
