"""Taking a case, keeping it, and giving it back."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

from cases import offering
from cases.enums import CaseState, ClaimEnding, GiveBackReason
from cases.models import Account, Case, Claim, Queue
from cases.models.cases import RESERVATION
from cases.models.claims import ClaimQuerySet
from cases.offering import CaseIsSettled, why_not
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record, record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import User

# More than a handful held at once is hoarding, whatever the reason.
HELD_AT_MOST = 5
_TRIES = 20


class NothingToTake(Refused):
    """No case is waiting in the queues you work."""


class HoldsEnough(Refused):
    """You hold as many cases as one person may. Decide one or give one back first."""


class HeldByAnother(Refused):
    """Somebody else holds this case."""


class NoLongerYours(Refused):
    """You do not hold this case any more."""


# What to say to somebody who decides after their hold ended so.
_ENDED = {
    ClaimEnding.DECIDED: "You decided {ref} already.",
    ClaimEnding.PROPOSED: "Your decision on {ref} waits for a second person.",
    ClaimEnding.SET_ASIDE: "You set {ref} aside. Take it again before deciding it.",
    ClaimEnding.ESCALATED: "You escalated {ref}; a lead decides it.",
    ClaimEnding.HANDED_OVER: "You handed {ref} over.",
    ClaimEnding.TAKEN_OFF: "{lead} took {ref} off you.",
    ClaimEnding.MERGED: "{ref} was merged into another case.",
}


def held_by(user: "User", *, now: datetime) -> ClaimQuerySet:
    """The cases `user` holds, the one that lapses first at the head."""
    claims: ClaimQuerySet = Claim.objects.by(user).held(now=now)
    return claims.select_related("case__account", "case__queue").order_by("expires_at")


def go_on(*, by: "User", now: datetime) -> Claim:
    """What `by` works on after a decision: what they still hold, before another case is taken.

    Else each undo, which gives a case back to who holds the next one already, would leave one
    case more in their hands. Raises as `take_next`.
    """
    return held_by(by, now=now).first() or take_next(by=by, now=now)


def take_next(*, by: "User", now: datetime, queues: Iterable[Queue] | None = None) -> Claim:
    """Give `by` the first free case of the queues they work (or of `queues` among them).

    What is reserved for them comes first of all; what is reserved for others, is of a policy they
    opted out of, or was given back by them is passed over. One statement picks, claims and records
    it: see Note [One statement takes the next case]. The answer's `case` is read when it is
    asked for. Raises NothingToTake, HoldsEnough.
    """
    chosen = None if queues is None else list(queues)
    for _ in range(_TRIES):
        offer = offering.claim_first(by=by, now=now, queues=chosen, held_at_most=HELD_AT_MOST)
        if not offer.room_is_left:
            raise HoldsEnough
        if offer.claim is not None:
            return offer.claim
        if not offer.some_wait:
            break
    raise NothingToTake


def take(*, case: Case, by: "User", now: datetime) -> Claim:
    """Give `by` this very case, or renew their hold on it.

    A case that waits for information waits no more, and a reservation has done its work.
    Raises HeldByAnother, HoldsEnough, or what `offering.why_not` answers.
    """
    with transaction.atomic():
        case = lock(case)
        mine = Claim.objects.by(by).held(now=now).filter(case=case).first()
        if mine:
            return renew(case=case, by=by, now=now)
        _check_room(by, now=now)
        if refusal := why_not(case=case, by=by, now=now):
            raise refusal
        claim = _claim(case, by, now=now)
        if case.state == CaseState.AWAITING_INFO:
            case.move_to(CaseState.OPEN, at=now)
            record(
                _entry("case.woken", by.ref, case.ref, case.account.ref, now, why="TAKEN"), at=now
            )
        case.release_reservation()
        case.save(update_fields=["state", "settled_at", "wakes_at", *RESERVATION])
        return claim


def hold(*, case: Case, by: "User", now: datetime) -> tuple[Case, Claim]:
    """The case, locked behind its account, and the hold of `by` on it: see `take_again`.

    For journeys that only the holder may go on; in their transaction.
    Raises CaseIsSettled, NoLongerYours or HeldByAnother.
    """
    # Everywhere the account is locked before its case.
    account = Account.objects.select_for_update(no_key=True).get(pk=case.account_id)
    case = lock(case)
    case.account = account
    if case.is_settled:
        raise CaseIsSettled(f"{case.ref} is settled.")
    return case, take_again(case=case, by=by, now=now)


def end(claim: Claim, ending: ClaimEnding, *, at: datetime) -> None:
    """Close a claim whose row the caller has locked, as `take_again` does."""
    Claim.objects.unreleased().filter(pk=claim.pk).update(released_at=at, ending=ending)


def take_again(*, case: Case, by: "User", now: datetime) -> Claim:
    """The hold of `by` on `case`, claimed again if it lapsed and nobody else took it since.

    The caller holds the row lock on `case`; the claim's row is locked too, so that it cannot
    lapse meanwhile. A lapsed lease takes nothing from its last holder until somebody else comes:
    see Note [Why leases, not locks]. But it gives back nothing that they could not take by now.
    Raises NoLongerYours, or HeldByAnother naming the holder.
    """
    latest = (
        Claim.objects.filter(case=case)
        .select_related("analyst", "ended_by")
        .select_for_update(of=("self",), no_key=True)
        .order_by("-taken_at", "-id")
        .first()
    )
    if latest is None:
        raise NoLongerYours(f"Take {case.ref} before deciding it.")
    if latest.analyst_id != by.pk:
        if latest.released_at is None and latest.expires_at > now:
            raise HeldByAnother(f"{latest.analyst.name} holds {case.ref} now.")
        raise NoLongerYours(f"You do not hold {case.ref}. Take it before deciding it.")
    if latest.released_at is None and latest.expires_at > now:
        return latest
    if latest.ending not in ("", ClaimEnding.LAPSED):
        words = _ENDED.get(
            ClaimEnding(latest.ending), "You gave {ref} back. Take it again before deciding it."
        )
        raise NoLongerYours(words.format(ref=case.ref, lead=latest.ended_by))
    if case.reserved_from(by, now=now):
        raise NoLongerYours(f"Your hold on {case.ref} ran out, and it is kept for somebody else.")
    if refusal := why_not(case=case, by=by, now=now):
        raise NoLongerYours(f"Your hold on {case.ref} ran out. {refusal}")
    return latest if latest.released_at is None else _claim(case, by, now=now)


def renew(*, case: Case, by: "User", now: datetime) -> Claim:
    """Extend the lease of `by` on `case` to its queue's full length from `now`.

    A lapsed hold that nobody else has taken since is renewed too.
    Raises NoLongerYours or HeldByAnother.
    """
    with transaction.atomic():
        case = lock(case)
        if case.is_settled:
            raise NoLongerYours(f"{case.ref} is settled.")
        claim = take_again(case=case, by=by, now=now)
        claim.expires_at = max(claim.expires_at, now + timedelta(minutes=case.queue.lease_minutes))
        claim.save(update_fields=["expires_at"])
    return claim


def give_back(*, case: Case, by: "User", reason: GiveBackReason, now: datetime) -> None:
    """Put the case back into its queue. It is not offered to `by` again.

    Raises NoLongerYours.
    """
    with transaction.atomic():
        case = lock(case)
        # The row count is the guard: of two releases at once, exactly one updates a row.
        released = (
            Claim.objects.unreleased()
            .by(by)
            .filter(case=case)
            .update(
                released_at=now,
                ending=ClaimEnding.GIVEN_BACK,
                give_back_reason=GiveBackReason(reason),
            )
        )
        if not released:
            raise NoLongerYours(f"You do not hold {case.ref} any more.")
        record(
            _entry("case.given_back", by.ref, case.ref, case.account.ref, now, reason=str(reason)),
            at=now,
        )


def give_to(*, case: Case, whom: "User", now: datetime) -> Claim:
    """Have `whom` hold the case, however much they hold already: they had it, and get it back.

    The caller holds the row lock on `case`, with `queue` and `account` loaded.
    Raises HeldByAnother.
    """
    return _claim(case, whom, now=now)


def lapse(*, now: datetime) -> int:
    """Close every claim whose lease has run out. Returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE cases_claim h
               SET released_at = %(now)s, ending = 'LAPSED'
              FROM cases_case c, cases_account a, staff_user u
             WHERE h.id IN (SELECT id FROM cases_claim
                             WHERE released_at IS NULL AND expires_at <= %(now)s
                               FOR UPDATE SKIP LOCKED)
               AND c.id = h.case_id AND a.id = c.account_id AND u.id = h.analyst_id
         RETURNING u.ref, c.ref, a.ref
            """,
            {"now": now},
        )
        rows = cursor.fetchall()
        entries = [_entry("claim.lapsed", user, case, account, now) for user, case, account in rows]
        record_all(entries, at=now)
    return len(rows)


def lock(case: Case) -> Case:
    locked = Case.objects.filter(pk=case.pk).lock()
    return locked.select_related("queue", "account", "reserved_for").get()


def _check_room(user: "User", *, now: datetime) -> None:
    if offering.count_held(by=user, now=now) >= HELD_AT_MOST:
        raise HoldsEnough


def _claim(case: Case, by: "User", *, now: datetime) -> Claim:
    """Write the claim, closing a lapsed one. The caller holds the row lock on `case`."""
    standing = Claim.objects.unreleased().filter(case=case).select_related("analyst").first()
    if standing is not None:
        if standing.expires_at > now:
            raise HeldByAnother(f"{standing.analyst.name} holds {case.ref}.")
        Claim.objects.filter(pk=standing.pk).update(released_at=now, ending=ClaimEnding.LAPSED)
        record(
            _entry("claim.lapsed", standing.analyst.ref, case.ref, case.account.ref, now), at=now
        )
    claim = Claim.objects.create(
        case=case,
        analyst=by,
        taken_at=now,
        expires_at=now + timedelta(minutes=case.queue.lease_minutes),
    )
    record(_entry("case.claimed", by.ref, case.ref, case.account.ref, now), at=now)
    return claim


def _entry(
    kind: str, user_ref: str, case_ref: str, account_ref: str, at: datetime, **particulars: str
) -> Entry:
    return Entry(
        kind=kind,
        actor=f"user:{user_ref}",
        happened_at=at,
        case=case_ref,
        account=account_ref,
        particulars=particulars,
    )
