"""The second person: decisions that wait for one, and what that one says.

# Note [What an approver approves]

An Approval holds the verdict as its asker wrote it; nobody can change it, the database neither.
The approver's answer carries the Case.version that their page showed, so that something which
arrived in between is looked at before it is decided upon. The decision is made then: its asker
decided it, its approver stands beside them, and what it promises counts from that moment.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from cases import claiming, deciding
from cases.clearing import Terms
from cases.deciding import NeedsSecondPerson, When
from cases.enums import ApprovalAnswer, ApprovalCause, CaseState, ClaimEnding, NoteKind, ReservedWhy
from cases.locking import Matter, StalePage, lock
from cases.models import Approval, Case, Decision, Note
from cases.models.cases import RESERVATION
from cases.verdict import CannotDecide, Cited, Verdict
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

LONGEST_WORDS = 2_000
# For so long what was sent back waits for its asker alone; after that everybody is offered it.
KEPT_FOR = timedelta(hours=24)


class CannotAnswer(Refused):
    """This proposal can't be answered so."""


class AlreadyAnswered(CannotAnswer):
    """This proposal was answered meanwhile."""


class OwnProposal(CannotAnswer):
    """Somebody else has to approve what you proposed."""


class NoRightToApprove(CannotAnswer):
    """Your roles do not approve decisions."""


class AskerGone(CannotAnswer):
    """Whoever proposed this may not work cases any more."""


class NotYourProposal(CannotAnswer):
    """Only whoever proposed this can withdraw it."""


class NeedsNobody(CannotDecide):
    """This decision needs no second person."""


# Asking


def decide_or_propose(
    *,
    case: Case,
    by: "User",
    at: datetime,
    seen_version: int,
    effective_at: datetime | When | None,
    lasts: timedelta | None = None,
    clears: Terms | None = None,
    **verdict: Any,
) -> Decision | Approval:
    """Decide, or where that needs a second person, ask for one. See `decide` and `propose`.

    A proposal does not keep `clears`: the account can be cleared once it is approved.
    """
    try:
        return deciding.decide(
            case=case, by=by, at=at, seen_version=seen_version, effective_at=effective_at,
            clears=clears, **verdict,
        )  # fmt: skip
    except NeedsSecondPerson:
        return propose(
            case=case, by=by, at=at, seen_version=seen_version, lasts=lasts,
            verdict=Verdict(**verdict),
        )  # fmt: skip


def propose(
    *,
    case: Case,
    by: "User",
    at: datetime,
    seen_version: int,
    verdict: Verdict,
    lasts: timedelta | None = None,
) -> Approval:
    """Write down what `by` would decide on `case`, to wait for a second person.

    `lasts` is the length of a ban that begins with its approval; without it the ban ends at
    `verdict.until`. The claim ends, and the case waits. Raises what `decide` raises, and
    NeedsNobody where one person is enough.
    """
    verdict.check(at=at)
    with transaction.atomic():
        matter = deciding.hold(case, by=by, at=at, seen_version=seen_version)
        causes = matter.needs_approval(verdict)
        if not causes:
            raise NeedsNobody
        case, account = matter.case, matter.case.account
        approval = Approval.objects.create(
            case=case,
            causes=causes,
            asked_by=by,
            asked_at=at,
            outcome=verdict.outcome,
            action=verdict.action,
            lasts=lasts,
            until=None if lasts else verdict.until,
            confidence=verdict.confidence,
            rationale_sealed=account.seal(verdict.rationale, context="approval.rationale"),
            reason_sealed=account.seal(verdict.reason, context="approval.reason")
            if verdict.reason
            else None,
            locale=verdict.locale,
            cited=[[source, str(item), when.isoformat()] for source, item, when in verdict.cited],
        )
        approval.clauses.add(*verdict.clauses)
        deciding.end_claim(case, ClaimEnding.PROPOSED, at=at)
        _move(case, CaseState.AWAITING_APPROVAL, at=at)
        record(_entry(approval, "approval.asked", by, at, verdict.clauses), at=at)
    return approval


# Answering


def approve(
    *,
    approval: Approval,
    by: "User",
    at: datetime,
    seen_version: int,
    effective_at: datetime | When | None,
) -> Decision:
    """Have what was proposed decided, with `by` as its second person.

    See Note [What an approver approves]. Raises a CannotAnswer (NoRightToApprove, OwnProposal,
    AlreadyAnswered, AskerGone), StalePage, or a CannotDecide where the verdict does not hold
    any more.
    """
    with transaction.atomic():
        approval, matter = _waiting(approval)
        _check_second_person(approval, by)
        if not approval.asked_by.may("work_cases"):
            # The decision would bear their name.
            raise AskerGone(
                f"{approval.asked_by.name} may not work cases any more, so nothing is decided in "
                "their name. Send it back: then somebody else can take the case."
            )
        if seen_version != matter.case.version:
            raise StalePage
        verdict = verdict_of(approval, at=at)
        verdict.check(at=at)
        decision = deciding.settle(
            matter, verdict=verdict, by=approval.asked_by, approved_by=by, at=at,
            effective_at=effective_at,
        )  # fmt: skip
        _answer(approval, ApprovalAnswer.APPROVED, by=by, at=at, decision=decision)
        given = _entry(approval, "approval.given", by, at, verdict.clauses, decision=decision.ref)
        record(given, at=at)
    return decision


def send_back(*, approval: Approval, by: "User", at: datetime, words: str) -> Note:
    """Refuse what was proposed: the case goes back to its asker, with `words` for them.

    Raises a CannotAnswer, whose `pointer` is `words` without any.
    """
    words = words.strip()
    if not words:
        raise CannotAnswer("Say what should be different.", pointer="words")
    if len(words) > LONGEST_WORDS:
        raise CannotAnswer(f"At most {LONGEST_WORDS:,} characters.", pointer="words")
    if "\x00" in words:
        raise CannotAnswer("Remove the NUL character.", pointer="words")
    with transaction.atomic():
        approval, matter = _waiting(approval)
        _check_second_person(approval, by)
        case = matter.case
        note = Note.objects.create(
            account=case.account,
            case=case,
            author=by,
            kind=NoteKind.SENT_BACK,
            text_sealed=case.account.seal(words, context="note.text"),
            written_at=at,
        )
        # Kept for nobody who could not take it.
        if approval.asked_by.may("work_cases"):
            case.reserve(whom=approval.asked_by, why=ReservedWhy.SENT_BACK, until=at + KEPT_FOR)
        _move(case, CaseState.OPEN, at=at)
        _answer(approval, ApprovalAnswer.SENT_BACK, by=by, at=at)
        sent = _entry(approval, "approval.sent_back", by, at, _clauses(approval), note=str(note.pk))
        record(sent, at=at)
    return note


def withdraw_proposal(*, approval: Approval, by: "User", at: datetime) -> Case:
    """Take back what `by` proposed; the case is theirs again. Raises a CannotAnswer."""
    with transaction.atomic():
        approval, matter = _waiting(approval)
        if approval.asked_by_id != by.pk:
            raise NotYourProposal
        _move(matter.case, CaseState.OPEN, at=at)
        _answer(approval, ApprovalAnswer.WITHDRAWN, by=by, at=at)
        record(_entry(approval, "approval.withdrawn", by, at, _clauses(approval)), at=at)
        claiming.give_to(case=matter.case, whom=by, now=at)
    return matter.case


def verdict_of(approval: Approval, *, at: datetime) -> Verdict:
    """What was proposed on a case, as it would be decided at `at`. Needs `case.account` loaded."""
    assert approval.case is not None
    account = approval.case.account
    return Verdict(
        outcome=approval.outcome,
        action=approval.action,
        until=at + approval.lasts if approval.lasts else approval.until,
        clauses=_clauses(approval),
        rationale=account.unseal(approval.rationale_sealed, context="approval.rationale"),
        reason=account.unseal(approval.reason_sealed, context="approval.reason"),
        locale=approval.locale,
        confidence=approval.confidence,
        cited=[_cited(*each) for each in approval.cited],
    )


def _cited(source: int, item: str, when: str) -> Cited:
    return source, UUID(item), datetime.fromisoformat(when)


def _clauses(approval: Approval) -> list[Any]:
    return list(approval.clauses.order_by("position", "code"))


def _waiting(approval: Approval) -> tuple[Approval, Matter]:
    """The approval and what it is about, locked, in the order of every other journey."""
    if approval.case is None:
        raise CannotAnswer("A decision on many cases is answered as a whole.")
    matter = lock(approval.case)
    # Read under the case's lock: of two answers at once, the second finds the first one's.
    fresh = Approval.objects.select_related("asked_by").get(pk=approval.pk)
    if fresh.answered_at is not None or matter.case.state != CaseState.AWAITING_APPROVAL:
        raise AlreadyAnswered
    fresh.case = matter.case
    return fresh, matter


def _check_second_person(approval: Approval, by: "User") -> None:
    if not by.may("approve_decisions"):
        raise NoRightToApprove
    if approval.asked_by_id == by.pk:
        raise OwnProposal


def _answer(
    approval: Approval,
    answer: ApprovalAnswer,
    *,
    by: "User",
    at: datetime,
    decision: Decision | None = None,
) -> None:
    # The row count is the guard beneath the lock: a proposal is answered once.
    if (
        not Approval.objects.waiting()
        .filter(pk=approval.pk)
        .update(answer=answer, answered_by=by, answered_at=at, decision=decision)
    ):
        raise AlreadyAnswered


def _move(case: Case, state: CaseState, *, at: datetime) -> None:
    case.move_to(state, at=at)
    if state == CaseState.AWAITING_APPROVAL:
        case.release_reservation()
    case.version += 1
    case.save(update_fields=["state", "settled_at", "wakes_at", "version", *RESERVATION])


def _entry(
    approval: Approval,
    kind: str,
    by: "User",
    at: datetime,
    clauses: Sequence[Any],
    **particulars: Any,
) -> Entry:
    case = approval.case
    assert case is not None
    return Entry(
        kind=kind,
        actor=by.actor,
        happened_at=at,
        account=case.account.ref,
        case=case.ref,
        country_prefix=case.account.country_prefix,
        surface=case.account.surface,
        policy=clauses[0].code if clauses else "",
        action=approval.action,
        outcome=approval.outcome,
        particulars={
            "approval": str(approval.pk),
            "causes": [str(ApprovalCause(cause)) for cause in approval.causes],
            "asked_by": approval.asked_by.actor,
            **particulars,
        },
    )
