"""A decision that did not stand a second look, by somebody who had not made it.

# Note [The platform ends as the second look says]

Whatever has become of the original by then, the account is free of it in the end. What no worker
ever had is cancelled. What one has in hand, or tries again and again, or was given up on without an
answer, may be in force or may yet come to be: it gets a lift with a higher number, which waits
until it is the first of its account, and the platform obeys rising numbers only.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from cases import citing, clearing, enforcing, labelling, notifying
from cases.deciding import maker_of, rests_on
from cases.enums import (
    MAY_END,
    STANDING,
    UNDELIVERED,
    Action,
    EnforcementState,
    LabelSource,
    LabelValue,
    Outcome,
    Upon,
)
from cases.models import Account, Decision, Enforcement, PolicyClause
from cases.models.enforcement import MILDER
from cases.reversing import undo
from cases.verdict import LONGEST_TEMPORARY_BAN, LONGEST_TEXT, needs_second_person_to_reverse
from reviewapp.kernel.refusals import Refused

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class CannotOverturn(Refused):
    """This decision can't be overturned so."""


class AlreadyUndone(CannotOverturn):
    """This decision was undone already."""


class WasWithdrawn(CannotOverturn):
    """This decision was withdrawn before anything of it had happened."""


class StillInGrace(CannotOverturn):
    """Whoever made this decision can still take it back. Look again in a minute."""


class NothingStands(CannotOverturn):
    """Nothing of this decision stands any more."""


class NotMilder(CannotOverturn):
    """What takes the place of a decision has to be milder than it was."""


class NeedsSecondPerson(CannotOverturn):
    """A rule that this decision cites asks for a second person before it is reversed."""


def overturn(
    *,
    decision: Decision,
    by: "User",
    approved_by: "User | None",
    at: datetime,
    outcome: str,
    reason: str,
    rationale: str,
    locale: str,
    relabel: bool,
    upon: Upon = Upon.APPEAL,
) -> Decision:
    """Undo `decision`, a person's or automation's: what it asked for ends, and nothing else.

    Writes the Decision that undoes it, the lifts, the Notification with `reason` in the language
    of `locale`, and the ledger. `outcome` is what is found instead: no violation, or not enough
    for one. With `relabel` every detection that it rests on is labelled NO_VIOLATION; without,
    none. Clearings that it had ended stand again. See Note [The platform ends as the second look
    says]. What an order demands waits for no second person.

    Runs in the caller's transaction, which holds the account's row. Raises a CannotOverturn:
    AlreadyUndone, WasWithdrawn, StillInGrace, NothingStands, NeedsSecondPerson where
    `approved_by` is nobody and one is needed, or one whose `pointer` names the argument at fault.
    """
    _check_texts(reason=reason, rationale=rationale)
    if outcome not in Outcome.values or outcome == Outcome.VIOLATION:
        raise CannotOverturn("Say what was found instead of a violation.", pointer="outcome")
    with transaction.atomic():
        decision = _held(decision, at=at, upon=upon, approved_by=approved_by)
        account = decision.account
        detections = enforcing.detections_behind([decision])[decision.pk]
        labels = [(each, LabelValue.NO_VIOLATION) for each in detections if relabel]
        # A warning that was shown can't be lifted; it is taken back in words alone.
        lifts = enforcing.has_something_to_lift(account, of=decision)
        try:
            undoing, enforcements = undo(
                decision, by=by, approved_by=approved_by, outcome=outcome,
                action=Action.LIFT if lifts else "", rationale=rationale, reason=reason,
                upon=upon, detections=detections, labels=labels, at=at,
            )  # fmt: skip
        except enforcing.NothingToLift as gone:
            # A worker had it in hand, and was told this very moment that it is refused.
            raise NothingStands from gone
        notifying.tell_overturned(
            undoing=undoing,
            waits_for=enforcements[-1] if enforcements else _warning_under_way(decision),
            something_else_stands=enforcing.something_else_stands(account, but=decision),
            reason=reason, locale=locale, at=at, actor=by.actor,
        )  # fmt: skip
        clearing.end_with(decision=decision, by=by, at=at)
        labelling.give(
            labels=labels, source=LabelSource.APPEAL, decision=undoing, actor=by.actor, at=at
        )
    return undoing


def replace(
    *,
    decision: Decision,
    by: "User",
    approved_by: "User | None",
    at: datetime,
    action: str,
    until: datetime | None,
    clauses: Sequence[PolicyClause],
    reason: str,
    rationale: str,
    locale: str,
    upon: Upon = Upon.APPEAL,
) -> Decision:
    """Have a milder `action` take the place of what `decision` asked for.

    One Decision, a violation of `clauses`, undoes it. The new restriction is promised first and
    the lift of the original behind it, and one Notification says both. It rests on the same
    detections and evidence; their labels stay.

    Runs in the caller's transaction, which holds the account's row. Raises what `overturn`
    raises, and NotMilder by the table MILDER: the same action is milder where it ends sooner.
    """
    _check_texts(reason=reason, rationale=rationale)
    if not clauses:
        raise CannotOverturn("Name the rule that was violated.", pointer="clauses")
    _check_term(action, until, at=at)
    with transaction.atomic():
        decision = _held(decision, at=at, upon=upon, approved_by=approved_by)
        if not _is_milder(action, until, than=decision):
            raise NotMilder(pointer="action")
        detections = enforcing.detections_behind([decision])[decision.pk]
        cited = [
            (each.evidence_source_id, each.evidence_id, each.occurred_at)
            for each in decision.citations.all()
        ]
        undoing, enforcements = undo(
            decision, by=by, approved_by=approved_by, outcome=Outcome.VIOLATION, action=action,
            until=until, clauses=clauses, cited=cited, rationale=rationale, reason=reason,
            upon=upon, maker=maker_of(Outcome.VIOLATION, detected=bool(detections)),
            detections=detections, at=at,
        )  # fmt: skip
        clearing.end_against(decision=undoing, cited=clauses, by=by, at=at)
        borne_out = labelling.labels_for(detections, outcome=Outcome.VIOLATION, cited=clauses)
        notifying.tell_replaced(
            undoing=undoing, clauses=clauses, enforcements=enforcements,
            stages=rests_on(borne_out, citing.stages_of(decision.account_id, cited)),
            reason=reason, locale=locale, at=at, actor=by.actor,
        )  # fmt: skip
    return undoing


# What both look at first


def _held(decision: Decision, *, at: datetime, upon: Upon, approved_by: "User | None") -> Decision:
    """The decision as it is now, with its account locked, if it can be undone."""
    account = Account.objects.select_for_update(no_key=True).get(pk=decision.account_id)
    decision = Decision.objects.select_related("case", "withdrawal").get(pk=decision.pk)
    decision.account = account
    _check_standing(decision, at=at)
    alone = approved_by is None and upon != Upon.ORDER
    if alone and needs_second_person_to_reverse(decision, at=at):
        raise NeedsSecondPerson
    return decision


def _check_standing(decision: Decision, *, at: datetime) -> None:
    if decision.is_withdrawn:
        raise WasWithdrawn
    if undoing := decision.undone_by.first():
        when = f"{undoing.decided_at:%-d %b %Y}"
        raise AlreadyUndone(f"{decision.ref} was undone already, by {undoing.ref} of {when}.")
    asked = decision.enforcements.exclude(action=Action.LIFT)
    pending = enforcing.pending(at=at)
    if asked.filter(pending).exists():
        raise StillInGrace
    if Enforcement.objects.filter(pending, lifts__in=asked).exists():
        raise StillInGrace(
            "Somebody has just decided to lift it, and can still take that back. Look again in a"
            " minute."
        )
    if not enforcing.appealable(decision.account, at=at).filter(decision=decision).exists():
        raise NothingStands(_why_nothing(decision, asked.order_by("sequence").last()))


def _why_nothing(decision: Decision, asked: Enforcement | None) -> str:
    if asked is None:
        return f"{decision.ref} asked for nothing, so nothing of it stands."
    if asked.state == EnforcementState.FAILED:
        return f"{asked.ref} never came into force."
    if asked.state in STANDING:
        return f"{asked.ref} is being lifted already."
    return f"{asked.ref} has ended: {asked.get_state_display().lower()}."


def _warning_under_way(decision: Decision) -> Enforcement | None:
    """The warning, where it may yet be shown: it is not taken back before that."""
    return decision.enforcements.filter(action=Action.WARN, state__in=UNDELIVERED).first()


def _check_texts(*, reason: str, rationale: str) -> None:
    for text, pointer, missing in (
        (reason, "reason", "Write what the person is told."),
        (rationale, "rationale", "Say why, in a line, for colleagues."),
    ):
        if not text.strip():
            raise CannotOverturn(missing, pointer=pointer)
        if len(text) > LONGEST_TEXT:
            raise CannotOverturn(f"At most {LONGEST_TEXT:,} characters.", pointer=pointer)
        if "\x00" in text:
            raise CannotOverturn("Remove the NUL character.", pointer=pointer)


def _check_term(action: str, until: datetime | None, *, at: datetime) -> None:
    def refuse_if(wrong: bool, message: str, pointer: str = "until") -> None:
        if wrong:
            raise CannotOverturn(message, pointer=pointer)

    refuse_if(action not in MILDER or action == Action.LIFT, "Choose a milder action.", "action")
    if until is None:
        refuse_if(action == Action.TEMPORARY_BAN, "Say when the temporary ban ends.")
        return
    refuse_if(action not in MAY_END, f"{Action(action).label} has no end.")
    refuse_if(until <= at, "It ends in the future.")
    too_long = action == Action.TEMPORARY_BAN and until > at + LONGEST_TEMPORARY_BAN
    refuse_if(too_long, "A temporary ban lasts at most 365 days.")


def _is_milder(action: str, until: datetime | None, *, than: Decision) -> bool:
    sooner = until is not None and (than.until is None or until < than.until)
    return action in MILDER[than.action] or (action == than.action and sooner)
