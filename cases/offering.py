"""Who is offered which case: the next one, and what says no to taking this one by hand.

# Note [One statement takes the next case]

`room` asks whether this person may hold one more; it waits for whatever else they are just taking,
and counts anew then: see `cases_count_held` in the migration. `kept` locks the first case that is
reserved for them: what they asked about, were handed or were sent back comes before everything
else. Where there is none, `best` finds, in each queue that their roles work, the first case that
can be had, and picks the queue whose first is first of all; `next` locks that queue's first free
case. Both step over rows that other transactions have locked. A lapsed claim on the case is closed,
the claim and the ledger's lines are written, and the reservation, having done its work, is taken
off.

Claims are read as of the statement's start, so two people can still meet on a case whose taker
committed in between: the partial unique index then turns the later one away (ON CONFLICT DO
NOTHING gives no row) and that one asks again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from cases.enums import CaseState
from cases.models import Case, Claim, Queue
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import INSERT_LINES

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class CaseIsSettled(Refused):
    """This case is settled; there is nothing to take."""


class NotYourQueue(Refused):
    """This case waits in a queue that your roles do not work."""


class MayNotWork(Refused):
    """You may not work cases any more."""


class AwaitsApproval(Refused):
    """What was decided on this case waits for a second person."""


class AwaitsInformation(Refused):
    """Somebody asked for information on this case and waits for it."""


class AwaitsALead(Refused):
    """This case was escalated: a lead decides it, or hands it back."""


class KeptForAnother(Refused):
    """This case is kept for somebody else."""


class Offer(NamedTuple):
    """What came of asking once for the next case."""

    # None where no case waited, or somebody else was quicker.
    claim: Claim | None
    room_is_left: bool
    some_wait: bool


_WORKED = """
       q.active AND q.worked_by && %(roles)s::text[]
       AND (%(queues)s::bigint[] IS NULL OR q.id = ANY(%(queues)s::bigint[]))
       AND (SELECT is_left FROM room)
"""
# Whoever has set up nothing has no row of preferences.
_UNHELD = """
       c.state = 'OPEN'
   AND NOT EXISTS (SELECT FROM cases_claim h
                    WHERE h.case_id = c.id AND h.released_at IS NULL AND h.expires_at > %(now)s)
   AND NOT c.policies && COALESCE(
           (SELECT opted_out FROM cases_preferences WHERE user_id = %(analyst)s), '{}')
"""
# What somebody gave back is not offered to them again, unless it was reserved for them since.
_FREE = f"""{_UNHELD}
   AND (c.reserved_for_id IS NULL OR c.reserved_for_id = %(analyst)s
        OR c.reserved_until <= %(now)s)
   AND NOT EXISTS (SELECT FROM cases_claim g
                    WHERE g.case_id = c.id AND g.analyst_id = %(analyst)s
                      AND g.ending = 'GIVEN_BACK')
"""
_TAKE_NEXT = f"""
WITH room AS (
    SELECT cases_count_held(%(analyst)s, %(now)s) < %(held_at_most)s AS is_left
), kept AS (
    SELECT c.id, c.ref, c.account_id, q.lease_minutes, true AS is_reserved
      FROM cases_case c JOIN cases_queue q ON q.id = c.queue_id
     WHERE c.reserved_for_id = %(analyst)s AND {_UNHELD} AND {_WORKED}
     ORDER BY c.due_tier, c.rank DESC, c.id
     LIMIT 1
       FOR NO KEY UPDATE OF c SKIP LOCKED
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
     WHERE {_WORKED} AND NOT EXISTS (SELECT FROM kept)
     ORDER BY first.due_tier, first.rank DESC, first.case_id
     LIMIT 1
), next AS (
    SELECT c.id, c.ref, c.account_id, (SELECT lease_minutes FROM best) AS lease_minutes,
           c.reserved_for_id IS NOT NULL AS is_reserved
      FROM cases_case c
     WHERE c.queue_id = (SELECT queue_id FROM best) AND {_FREE}
     ORDER BY c.due_tier, c.rank DESC, c.id
     LIMIT 1
       FOR NO KEY UPDATE OF c SKIP LOCKED
), chosen AS (
    SELECT * FROM kept UNION ALL SELECT * FROM next
), lapsed AS (
    UPDATE cases_claim h
       SET released_at = %(now)s, ending = 'LAPSED'
      FROM chosen, staff_user u
     WHERE h.case_id = chosen.id AND h.released_at IS NULL AND h.expires_at <= %(now)s
       AND u.id = h.analyst_id
 RETURNING h.case_id, 'user:' || u.ref AS actor
), taken AS (
    INSERT INTO cases_claim
           (id, case_id, analyst_id, taken_at, expires_at, released_at, ending, give_back_reason)
    SELECT %(id)s, chosen.id, %(analyst)s, %(now)s,
           %(now)s::timestamptz + chosen.lease_minutes * interval '1 minute', NULL, '', ''
      FROM chosen LEFT JOIN lapsed ON lapsed.case_id = chosen.id
        ON CONFLICT (case_id) WHERE released_at IS NULL DO NOTHING
 RETURNING case_id, expires_at
), unreserved AS (
    UPDATE cases_case c
       SET reserved_for_id = NULL, reserved_until = NULL, reserved_why = ''
      FROM chosen JOIN taken ON taken.case_id = chosen.id
     WHERE c.id = chosen.id AND chosen.is_reserved
), recorded AS (
    {INSERT_LINES}
    SELECT %(now)s, line.id, %(now)s, line.kind, line.actor, a.ref, chosen.ref
      FROM chosen
      JOIN cases_account a ON a.id = chosen.account_id
     CROSS JOIN LATERAL (
        SELECT %(lapsed_line)s::uuid, 'claim.lapsed', actor FROM lapsed
        UNION ALL
        SELECT %(claimed_line)s::uuid, 'case.claimed', %(actor)s FROM taken
     ) AS line (id, kind, actor)
)
SELECT (SELECT is_left FROM room),
       EXISTS (SELECT FROM best) OR EXISTS (SELECT FROM chosen),
       taken.case_id, taken.expires_at
  FROM (SELECT) AS always LEFT JOIN taken ON true
"""  # noqa: S608 - put together from fixed parts alone


def claim_first(
    *, by: "User", now: datetime, queues: Sequence[Queue] | None, held_at_most: int
) -> Offer:
    """Claim for `by` the first case of every queue they work, or of `queues` among them.

    See Note [One statement takes the next case]. The claim's `case` is read when asked for.
    """
    claim_id = uuid7()
    parameters: dict[str, Any] = {
        "now": now,
        "analyst": by.pk,
        "actor": by.actor,
        "roles": list(by.roles),
        "queues": None if queues is None else [queue.pk for queue in queues],
        "held_at_most": held_at_most,
        "id": claim_id,
        "lapsed_line": uuid7(),
        "claimed_line": uuid7(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_NEXT, parameters)
        room_is_left, some_wait, case_id, expires_at = cursor.fetchone()
    claim = case_id and Claim(
        id=claim_id, case_id=case_id, analyst=by, taken_at=now, expires_at=expires_at
    )
    return Offer(claim or None, room_is_left, some_wait)


def count_held(*, by: "User", now: datetime) -> int:
    """How many cases `by` holds, no other taking of theirs being under way.

    Runs in the caller's transaction; until its end, theirs wait who count too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_count_held(%s, %s)", [by.pk, now])
        count: int = cursor.fetchone()[0]
    return count


# Note [Who may take which case by hand]
# An open case: whoever works its queue, save one that is kept for somebody else for a while.
# One that waits for information: who asked, or a lead; it then waits no more. One that was
# escalated: a lead, whatever its queue. A lead may also take what is kept for another.


def why_not(*, case: Case, by: "User", now: datetime) -> Refused | None:
    """What would refuse this case to `by` if nobody held it; None where they may take it.

    See Note [Who may take which case by hand]. Needs `queue` and `reserved_for` loaded.
    """
    leads = by.may("lead_cases")
    if case.is_settled:
        return CaseIsSettled(f"{case.ref} is settled; there is nothing to take.")
    if case.state == CaseState.AWAITING_APPROVAL:
        return AwaitsApproval(f"What was decided on {case.ref} waits for a second person.")
    if case.state == CaseState.ESCALATED:
        return None if leads else AwaitsALead(f"{case.ref} was escalated; a lead decides it.")
    if not set(case.queue.worked_by) & set(by.roles):
        return NotYourQueue(f"{case.ref} waits in {case.queue}, which your roles do not work.")
    if not by.may("work_cases"):
        return MayNotWork()
    if not case.reserved_from(by, now=now) or leads:
        return None
    if case.state == CaseState.AWAITING_INFO:
        assert case.wakes_at
        return AwaitsInformation(
            f"{case.reserved_for} asked for information on {case.ref}"
            f" and waits for it until {case.wakes_at:%-d %b %H:%M} UTC."
        )
    until = f" until {case.reserved_until:%-d %b %H:%M} UTC" if case.reserved_until else ""
    return KeptForAnother(f"{case.ref} is kept for {case.reserved_for}{until}.")
