"""Clearing an account, and protecting one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from cases.clearing.ending import end_earlier, fault_of, locked
from cases.clearing.noting import ended, entry
from cases.clearing.seen import Seen, families_seen, together
from cases.enums import Maker, Outcome
from cases.models import Account, Case, Clearing, Decision
from reviewapp.kernel.encryption import Erased
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import User

LONGEST = timedelta(days=365)
MARGINS = (0.05, 0.15, 0.30)
USUAL_MARGIN = 0.15


class CannotClear(Refused):
    """This account can't be cleared so."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What somebody clears an account of (`family` of rules, empty for all), and how."""

    family: str
    until: datetime
    margin: float
    reason: str


def clear(
    *, account: Account, terms: Terms, by: "User", at: datetime, seen_at: datetime
) -> Clearing:
    """Clear `account` of a family, after a decision that there was no violation.

    What counts as cleared are the family's detections received by `seen_at`, when the page was
    made; those that a person judged to be a violation do not. An earlier clearing of the family
    ends. Raises a CannotClear, whose `pointer` names the term at fault.
    """
    with transaction.atomic():
        account = locked(account)
        if standing := Case.objects.unsettled().filter(account=account).first():
            raise CannotClear(f"{standing.ref} is open on this account: decide it first.")
        decision = _latest_decision(account)
        if decision is None or decision.outcome != Outcome.NO_VIOLATION:
            raise CannotClear("An account is cleared after a decision that there was no violation.")
        return _clear(account, terms, decision=decision, by=by, at=at, seen_at=seen_at)


def clear_with(*, decision: Decision, terms: Terms, by: "User", at: datetime) -> Clearing:
    """Clear the account of `decision` together with it, in its transaction.

    The account's row is locked. Raises as `clear` does.
    """
    if decision.outcome != Outcome.NO_VIOLATION:
        raise CannotClear("Only with the outcome No violation is an account cleared.")
    return _clear(decision.account, terms, decision=decision, by=by, at=at, seen_at=at)


def protect(
    *, account: Account, terms: Terms, by: "User", at: datetime, seen_at: datetime
) -> Clearing:
    """Protect `account`, a known business or an emergency service, from every family's cases.

    Only a lead does. What was detected so far counts as known; where nothing was, nothing opens
    a case until the protection is over. Raises a CannotClear.
    """
    if not by.may("lead_cases"):
        raise CannotClear("Only a lead protects an account.")
    if terms.family:
        raise CannotClear("A protection is of every rule.", pointer="family")
    with transaction.atomic():
        account = locked(account)
        return _clear(account, terms, decision=None, by=by, at=at, seen_at=seen_at)


def _clear(
    account: Account,
    terms: Terms,
    *,
    decision: Decision | None,
    by: "User",
    at: datetime,
    seen_at: datetime,
) -> Clearing:
    reason = terms.reason.strip()
    _check(terms, reason, at=at)
    by_family = families_seen(account, at=at, seen_at=seen_at)
    if terms.family:
        seen = by_family.get(terms.family)
        if seen is None:
            raise CannotClear(
                "No detection of these rules is there to be cleared.", pointer="family"
            )
    else:
        seen = Seen(None, {})
        for each in by_family.values():
            seen = together(seen, each)
    try:
        sealed = account.seal(reason, context="clearing.reason")
    except Erased as erased:
        raise CannotClear("This person was erased; there is nobody to be cleared.") from erased
    replaced = end_earlier(account, terms.family, by=by, at=at)
    made = Clearing.objects.create(
        account=account,
        family=terms.family,
        until=terms.until,
        margin=terms.margin,
        cleared_score=seen.score,
        cleared_signals=seen.signals,
        reason_sealed=sealed,
        decision=decision,
        made_by=by,
        made_at=at,
    )
    entries = [
        ended(each, account, by=by, at=at, particulars={"replaced_by": str(made.pk)})
        for each in replaced
    ]
    entries.append(
        entry(
            "account.cleared" if terms.family else "account.protected",
            made,
            account,
            by=by,
            at=at,
            case=decision.case.ref if decision and decision.case else "",
            particulars={
                "until": terms.until.isoformat(),
                "margin": terms.margin,
                "cleared_score": seen.score,
                "cleared_signals": seen.signals,
                "decision": decision.ref if decision else None,
            },
        )
    )
    record_all(entries, at=at)
    return made


def _check(terms: Terms, reason: str, *, at: datetime) -> None:
    if terms.until <= at:
        raise CannotClear("It ends in the future.", pointer="until")
    if terms.until > at + LONGEST:
        raise CannotClear("It lasts at most 365 days.", pointer="until")
    if terms.margin not in MARGINS:
        raise CannotClear("Choose how much more is still the same.", pointer="margin")
    if wrong := fault_of(reason):
        raise CannotClear(wrong, pointer="reason")


def _latest_decision(account: Account) -> Decision | None:
    """The newest decision of a person about the account that was not withdrawn."""
    made = Decision.objects.filter(account=account, withdrawal=None).exclude(maker=Maker.AUTOMATED)
    newest: Decision | None = made.select_related("case").order_by("-decided_at", "-id").first()
    return newest
