"""The second person, where a rule asks for one before its decisions are reversed.

A Proposal holds the verdict as its asker wrote it. The answer carries the Appeal.version that the
approver's page showed, so that what arrived in between is looked at first. The appeal is decided
then: its asker decided it, its approver stands beside them.
"""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from appeals import claiming, reviewing
from appeals.enums import AppealState, ProposalAnswer
from appeals.lines import line
from appeals.models import Appeal, AppealDecision, Proposal
from appeals.models.appeals import MOVED
from appeals.offering import Barred, CannotTake, barred_words
from appeals.reviewing import NeedsSecondPerson, StalePage
from appeals.verdict import CannotReview, Verdict, check_what_stands
from cases.approving import LONGEST_WORDS
from cases.verdict import needs_second_person_to_reverse
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class CannotAnswer(Refused):
    """This proposal can't be answered so."""


class AlreadyAnswered(CannotAnswer):
    """This proposal was answered meanwhile."""


class OwnProposal(CannotAnswer):
    """Somebody else has to approve what you proposed."""


class NoRightToApprove(CannotAnswer):
    """Your roles do not approve reversals."""


class AskerGone(CannotAnswer):
    """Whoever proposed this may not answer appeals any more."""


class NotYourProposal(CannotAnswer):
    """Only whoever proposed this can withdraw it."""


class NeedsNobody(CannotReview):
    """This answer needs no second person."""


# Asking


def decide_or_propose(
    *, appeal: Appeal, by: "User", at: datetime, seen_version: int, **verdict: Any
) -> AppealDecision | Proposal:
    """Decide, or where that needs a second person, ask for one. See `decide` and `propose`."""
    try:
        return reviewing.decide(appeal=appeal, by=by, at=at, seen_version=seen_version, **verdict)
    except NeedsSecondPerson:
        return propose(appeal=appeal, by=by, at=at, seen_version=seen_version, **verdict)


def propose(
    *, appeal: Appeal, by: "User", at: datetime, seen_version: int, **verdict: Any
) -> Proposal:
    """Write down how `by` would answer `appeal`, to wait for a second person.

    What is to last so long begins with the approval. Raises what `decide` raises, and NeedsNobody
    where one person is enough.
    """
    answer = Verdict(**verdict)
    answer.check()
    with transaction.atomic():
        appeal = reviewing.hold(appeal, by=by, at=at, seen_version=seen_version)
        check_what_stands(appeal, answer, at=at)
        if not needs_second_person(appeal, answer, at=at):
            raise NeedsNobody
        proposal = Proposal.objects.create(
            appeal=appeal,
            outcome=answer.outcome,
            cause=answer.cause,
            action=answer.action,
            lasts=answer.lasts,
            until=None if answer.lasts else answer.until,
            locale=answer.locale,
            reason_sealed=appeal.seal(answer.reason, context="proposal.reason"),
            rationale_sealed=appeal.seal(answer.rationale, context="proposal.rationale"),
            asked_by=by,
            asked_at=at,
        )
        _move(appeal, AppealState.AWAITING_APPROVAL, at=at)
        record(_entry(proposal, appeal, "appeal.approval_asked", by, at), at=at)
    return proposal


def needs_second_person(appeal: Appeal, verdict: Verdict, *, at: datetime) -> bool:
    """Needs `enforcement__decision` loaded. One query at most."""
    decision = appeal.enforcement.decision
    return verdict.reverses and needs_second_person_to_reverse(decision, at=at)


# Answering


def approve(*, proposal: Proposal, by: "User", at: datetime, seen_version: int) -> AppealDecision:
    """Have what was proposed decided, with `by` as its second person.

    Raises a CannotAnswer (NoRightToApprove, OwnProposal, AlreadyAnswered, AskerGone), Barred, or
    a CannotReview where the verdict does not hold any more.
    """
    with transaction.atomic():
        proposal, appeal = _waiting(proposal)
        _check_second_person(proposal, appeal, by)
        asker = proposal.asked_by
        if not asker.may("work_appeals") or appeal.bars(asker):
            # The decision would bear their name.
            raise AskerGone(
                f"{asker.name} may not answer this appeal any more, so nothing is decided in "
                "their name. Send it back: then somebody else can take it."
            )
        if seen_version != appeal.version:
            raise StalePage
        _answer(proposal, ProposalAnswer.APPROVED, by=by, at=at)
        decision = reviewing.settle(
            appeal, verdict=verdict_of(proposal), by=asker, approved_by=by, at=at
        )
        given = _entry(
            proposal, appeal, "appeal.approval_given", by, at, appeal_decision=str(decision.pk)
        )
        record(given, at=at)
    return decision


def send_back(*, proposal: Proposal, by: "User", at: datetime, words: str) -> Appeal:
    """Refuse what was proposed, with `words` for its asker; the appeal waits again.

    Raises a CannotAnswer, whose `pointer` is `words` without any, or Barred.
    """
    words = words.strip()
    if not words:
        raise CannotAnswer("Say what should be different.", pointer="words")
    if len(words) > LONGEST_WORDS:
        raise CannotAnswer(f"At most {LONGEST_WORDS:,} characters.", pointer="words")
    if "\x00" in words:
        raise CannotAnswer("Remove the NUL character.", pointer="words")
    with transaction.atomic():
        proposal, appeal = _waiting(proposal)
        _check_second_person(proposal, appeal, by)
        sealed = appeal.seal(words, context="proposal.words")
        _answer(proposal, ProposalAnswer.SENT_BACK, by=by, at=at, words=sealed)
        _move(appeal, AppealState.OPEN, at=at)
        record(_entry(proposal, appeal, "appeal.approval_sent_back", by, at), at=at)
    return appeal


def withdraw(*, proposal: Proposal, by: "User", at: datetime) -> Appeal:
    """Take back what `by` proposed; the appeal is theirs again. Raises a CannotAnswer."""
    with transaction.atomic():
        proposal, appeal = _waiting(proposal)
        if proposal.asked_by_id != by.pk:
            raise NotYourProposal
        _answer(proposal, ProposalAnswer.WITHDRAWN, by=by, at=at)
        _move(appeal, AppealState.OPEN, at=at)
        record(_entry(proposal, appeal, "appeal.approval_withdrawn", by, at), at=at)
        # It is theirs again, where they have room for it.
        with suppress(CannotTake):
            claiming.take(ticket=appeal, by=by, at=at)
    return appeal


def verdict_of(proposal: Proposal) -> Verdict:
    """What was proposed. Needs `appeal__account` loaded."""
    appeal = proposal.appeal
    return Verdict(
        outcome=proposal.outcome,
        cause=proposal.cause,
        action=proposal.action,
        lasts=proposal.lasts,
        until=proposal.until,
        locale=proposal.locale,
        reason=appeal.unseal(proposal.reason_sealed, context="proposal.reason"),
        rationale=appeal.unseal(proposal.rationale_sealed, context="proposal.rationale"),
    )


def words_of(proposal: Proposal) -> str:
    """What the second person said to the first. Needs `appeal__account` loaded."""
    return proposal.appeal.unseal(proposal.words_sealed, context="proposal.words")


# Steps


def _waiting(proposal: Proposal) -> tuple[Proposal, Appeal]:
    """The proposal and its appeal, locked as every journey locks them."""
    appeal = reviewing.lock(proposal.appeal)
    # Read under the appeal's lock: of two answers at once, the second finds the first one's.
    fresh = Proposal.objects.select_related("asked_by").get(pk=proposal.pk)
    if fresh.answered_at is not None or appeal.state != AppealState.AWAITING_APPROVAL:
        raise AlreadyAnswered
    fresh.appeal = appeal
    return fresh, appeal


def _check_second_person(proposal: Proposal, appeal: Appeal, by: "User") -> None:
    if not by.may("approve_reversals"):
        raise NoRightToApprove
    if words := barred_words(appeal, user=by):
        raise Barred(words)
    if proposal.asked_by_id == by.pk:
        raise OwnProposal


def _answer(
    proposal: Proposal,
    answer: ProposalAnswer,
    *,
    by: "User",
    at: datetime,
    words: bytes | None = None,
) -> None:
    # The row count is the guard beneath the lock: a proposal is answered once.
    waiting = Proposal.objects.waiting().filter(pk=proposal.pk)
    if not waiting.update(answer=answer, answered_by=by, answered_at=at, words_sealed=words):
        raise AlreadyAnswered


def _move(appeal: Appeal, state: AppealState, *, at: datetime) -> None:
    appeal.move_to(state, at=at)
    appeal.let_go()
    appeal.save(update_fields=MOVED)


def _entry(
    proposal: Proposal, appeal: Appeal, kind: str, by: "User", at: datetime, **particulars: Any
) -> Entry:
    return line(
        appeal,
        kind,
        by.actor,
        at,
        outcome=proposal.outcome,
        proposal=str(proposal.pk),
        cause=proposal.cause,
        replaced_by=proposal.action,
        asked_by=proposal.asked_by.actor,
        **particulars,
    )
