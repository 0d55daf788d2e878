"""Taking a case, keeping it, and giving it back."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from cases.enums import ClaimEnding, GiveBackReason
from cases.models import Case, Claim, Queue
from cases.models.claims import ClaimQuerySet
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import INSERT_LINES, Entry, record, record_all

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


class CaseIsSettled(Refused):
    """This case is settled; there is nothing to take."""


class NotYourQueue(Refused):
    """This case waits in a queue that your roles do not work."""


class NoLongerYours(Refused):
    """You do not hold this case any more."""


def held_by(user: "User", *, now: datetime) -> ClaimQuerySet:
    """The cases `user` holds, the one that lapses first at the head."""
    claims: ClaimQuerySet = Claim.objects.by(user).held(now=now)
    return claims.select_related("case__account", "case__queue").order_by("expires_at")


# Note [One statement takes the next case]
# `room` asks whether this person may hold one more; `best` finds, in each queue that their
# roles work, the first case that can be had, and picks the queue whose first is first of all;
# `next` locks that queue's first free case, stepping over rows that other transactions have
# locked; a lapsed claim on it is closed; the claim and the ledger's lines are written. Claims
# are read as of the statement's start, so two people can still meet on a case whose taker
# committed in between: the partial unique index then turns the later one away (ON CONFLICT
# DO NOTHING gives no row) and that one asks again.
_FREE = """
       c.state = 'OPEN'
   AND NOT EXISTS (SELECT FROM cases_claim h
                    WHERE h.case_id = c.id AND h.released_at IS NULL AND h.expires_at > %(now)s)
   AND NOT EXISTS (SELECT FROM cases_claim g
                    WHERE g.case_id = c.id AND g.analyst_id = %(analyst)s
                      AND g.ending = 'GIVEN_BACK')
"""
_TAKE_NEXT = f"""
WITH room AS (
    SELECT count(*) < %(held_at_most)s AS is_left FROM cases_claim
     WHERE analyst_id = %(analyst)s AND released_at IS NULL AND expires_at > %(now)s
), best AS (
    SELECT q.id AS queue_id, q.lease_minutes, first.*
      FROM cases_queue q
     CROSS JOIN LATERAL (
        SELECT c.due_tier, c.rank, c.id AS case_id
          FROM cases_case c
         WHERE c.queue_id = q.id AND {_FREE}
         ORDER BY c.due_tier, c.rank DESC, c.id
         LIMIT 1
     ) AS first
     WHERE q.active AND q.worked_by && %(roles)s::text[]
       AND (%(queues)s::bigint[] IS NULL OR q.id = ANY(%(queues)s::bigint[]))
       AND (SELECT is_left FROM room)
     ORDER BY first.due_tier, first.rank DESC, first.case_id
     LIMIT 1
), next AS (
    SELECT c.id, c.ref, c.account_id, (SELECT lease_minutes FROM best) AS lease_minutes
      FROM cases_case c
     WHERE c.queue_id = (SELECT queue_id FROM best) AND {_FREE}
     ORDER BY c.due_tier, c.rank DESC, c.id
     LIMIT 1
       FOR NO KEY UPDATE OF c SKIP LOCKED
), lapsed AS (
    UPDATE cases_claim h
       SET released_at = %(now)s, ending = 'LAPSED'
      FROM next, staff_user u
     WHERE h.case_id = next.id AND h.released_at IS NULL AND h.expires_at <= %(now)s
       AND u.id = h.analyst_id
 RETURNING h.case_id, 'user:' || u.ref AS actor
), taken AS (
    INSERT INTO cases_claim
           (id, case_id, analyst_id, taken_at, expires_at, released_at, ending, give_back_reason)
    SELECT %(id)s, next.id, %(analyst)s, %(now)s,
           %(now)s::timestamptz + next.lease_minutes * interval '1 minute', NULL, '', ''
      FROM next LEFT JOIN lapsed ON lapsed.case_id = next.id
        ON CONFLICT (case_id) WHERE released_at IS NULL DO NOTHING
 RETURNING case_id, expires_at
), recorded AS (
    {INSERT_LINES}
    SELECT %(now)s, line.id, %(now)s, line.kind, line.actor, a.ref, next.ref
      FROM next
      JOIN cases_account a ON a.id = next.account_id
     CROSS JOIN LATERAL (
        SELECT %(lapsed_line)s::uuid, 'claim.lapsed', actor FROM lapsed
        UNION ALL
        SELECT %(claimed_line)s::uuid, 'case.claimed', %(actor)s FROM taken
     ) AS line (id, kind, actor)
)
SELECT (SELECT is_left FROM room), EXISTS (SELECT FROM best), taken.case_id, taken.expires_at
  FROM (SELECT) AS always LEFT JOIN taken ON true
"""  # noqa: S608 - put together from fixed parts alone


def take_next(*, by: "User", now: datetime, queues: Iterable[Queue] | None = None) -> Claim:
    """Give `by` the first free case of the queues they work (or of `queues` among them).

    One statement picks, claims and records it; see Note [One statement takes the next case].
    A case is never offered again to somebody who gave it back. The answer's `case` is read
    when it is asked for. Raises NothingToTake, HoldsEnough.
    """
    parameters: dict[str, Any] = {
        "now": now,
        "analyst": by.pk,
        "actor": by.actor,
        "roles": list(by.roles),
        "queues": None if queues is None else [queue.pk for queue in queues],
        "held_at_most": HELD_AT_MOST,
    }
    for _ in range(_TRIES):
        claim_id = uuid7()
        identities = {"id": claim_id, "lapsed_line": uuid7(), "claimed_line": uuid7()}
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_NEXT, parameters | identities)
            room_is_left, some_waits, case_id, expires_at = cursor.fetchone()
        if not room_is_left:
            raise HoldsEnough
        if case_id is not None:
            return Claim(
                id=claim_id, case_id=case_id, analyst=by, taken_at=now, expires_at=expires_at
            )
        if not some_waits:
            break
    raise NothingToTake


def take(*, case: Case, by: "User", now: datetime) -> Claim:
    """Give `by` this very case, or renew their hold on it.

    Raises HeldByAnother, CaseIsSettled, NotYourQueue or HoldsEnough.
    """
    with transaction.atomic():
        case = _locked(case)
        mine = Claim.objects.by(by).held(now=now).filter(case=case).first()
        if mine:
            return renew(case=case, by=by, now=now)
        _check_room(by, now=now)
        _check_takeable(case, by)
        return _claim(case, by, now=now)


def take_again(*, case: Case, by: "User", now: datetime) -> Claim:
    """The hold of `by` on `case`, claimed again if it lapsed and nobody else took it since.

    The caller holds the row lock on `case`. A lapsed lease takes nothing from its last
    holder until somebody else comes: see Note [Why leases, not locks].
    Raises NoLongerYours, or HeldByAnother naming the holder.
    """
    latest = Claim.objects.filter(case=case).select_related("analyst").order_by("-taken_at").first()
    if latest is None:
        raise NoLongerYours(f"Take {case.ref} before deciding it.")
    if latest.analyst_id != by.pk:
        if latest.released_at is None and latest.expires_at > now:
            raise HeldByAnother(f"{latest.analyst.name} holds {case.ref} now.")
        raise NoLongerYours(f"You do not hold {case.ref}. Take it before deciding it.")
    if latest.released_at is None:
        return latest
    if latest.ending != ClaimEnding.LAPSED:
        raise NoLongerYours(f"You gave {case.ref} back. Take it again before deciding it.")
    return _claim(case, by, now=now)


def renew(*, case: Case, by: "User", now: datetime) -> Claim:
    """Extend the lease of `by` on `case` to its queue's full length from `now`.

    A lapsed hold that nobody else has taken since is renewed too.
    Raises NoLongerYours or HeldByAnother.
    """
    with transaction.atomic():
        case = _locked(case)
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
        case = _locked(case)
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


def _locked(case: Case) -> Case:
    return (
        Case.objects.select_related("queue", "account")
        .select_for_update(of=("self",))
        .get(pk=case.pk)
    )


def _check_room(user: "User", *, now: datetime) -> None:
    if Claim.objects.by(user).held(now=now).count() >= HELD_AT_MOST:
        raise HoldsEnough


def _check_takeable(case: Case, by: "User") -> None:
    if case.is_settled:
        raise CaseIsSettled(f"{case.ref} is settled; there is nothing to take.")
    if not set(case.queue.worked_by) & set(by.roles):
        raise NotYourQueue(f"{case.ref} waits in {case.queue}, which your roles do not work.")


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
