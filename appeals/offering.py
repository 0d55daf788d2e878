"""Who is offered which ticket: the next one, and what says no to taking this one.

# Note [One statement takes the next ticket]

`room` asks whether this person may hold one more, whatever else they are just taking: see
`appeals_count_held` in the migration. `next` locks the most urgent ticket that waits and that this
person may have, along the index that holds them in that order, and steps over what others have
locked; the hold is on the row itself, so that whoever is locked out sees it there. What somebody
gave back is not offered to them again.
"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from appeals.enums import AppealState, GrievanceState
from appeals.models import Appeal, Grievance, Order
from reviewapp.kernel.refusals import Refused

if TYPE_CHECKING:
    from reviewapp.staff.models import User

Kind = type[Appeal] | type[Grievance] | type[Order]

# How the ledger's kinds begin.
NOUNS: dict[Kind, str] = {Appeal: "appeal.", Grievance: "grievance.", Order: "order."}
# Who works which.
WORKED_WITH: dict[Kind, str] = {
    Appeal: "work_appeals",
    Grievance: "work_grievances",
    Order: "record_orders",
}
_WAITING: dict[Kind, str] = {
    Appeal: f"state = '{AppealState.OPEN}' AND NOT %(person)s = ANY (barred)",
    Grievance: f"state = '{GrievanceState.OPEN}'",
    Order: "true",
}
_FREE = """
       closed_at IS NULL AND (held_until IS NULL OR held_until <= %(at)s)
   AND NOT %(person)s = ANY (given_back_by)
"""


class CannotTake(Refused):
    """You can't take this."""


class MayNotWork(CannotTake):
    """Your roles do not answer these."""


class Barred(CannotTake):
    """You had a part in the original, so somebody else looks at this one."""


class Closed(CannotTake):
    """This is closed; there is nothing to take."""


class AwaitsThePerson(CannotTake):
    """The person was asked something, and it waits for their answer."""


class AwaitsApproval(CannotTake):
    """What was proposed waits for a second person."""


class AwaitsAdmission(CannotTake):
    """It came after its time: first somebody admits it, or does not."""


class AnsweredByAppeal(CannotTake):
    """This is answered together with its appeal."""


def why_not(ticket: Appeal | Grievance | Order, *, by: "User") -> CannotTake | None:
    """What would refuse this ticket to `by` if nobody held it; None where they may take it."""
    if not ticket.is_open:
        return Closed(f"{ticket.ref} is {_closed_words(ticket)}; there is nothing to take.")
    if not by.may(WORKED_WITH[type(ticket)]):
        return MayNotWork()
    if isinstance(ticket, Appeal):
        return _why_no_appeal(ticket, by=by)
    if isinstance(ticket, Grievance):
        return _why_no_grievance(ticket)
    return None


def barred_words(appeal: Appeal, *, user: "User") -> str:
    """Why `user` does not look at it, kindly; empty where they may. Needs the decision loaded."""
    if not appeal.bars(user):
        return ""
    decision = appeal.enforcement.decision
    if decision.decided_by_id == user.pk:
        part = "You decided the original"
    elif decision.approved_by_id == user.pk:
        part = "You approved the original"
    else:
        part = "You answered an earlier appeal on this"
    return f"{part}, so somebody else looks at this one."


def _why_no_appeal(appeal: Appeal, *, by: "User") -> CannotTake | None:
    if words := barred_words(appeal, user=by):
        return Barred(words)
    if appeal.state == AppealState.AWAITING_APPELLANT:
        return AwaitsThePerson(f"{appeal.ref} waits for the person, who was asked something.")
    if appeal.state == AppealState.AWAITING_APPROVAL:
        return AwaitsApproval(f"What was proposed on {appeal.ref} waits for a second person.")
    if appeal.state == AppealState.OUT_OF_TIME:
        return AwaitsAdmission(
            f"{appeal.ref} came after its time: first somebody admits it, or does not."
        )
    return None


def _why_no_grievance(grievance: Grievance) -> CannotTake | None:
    if grievance.state == GrievanceState.AWAITING_USER:
        return AwaitsThePerson(f"{grievance.ref} waits for the person, who was asked something.")
    if grievance.state == GrievanceState.IN_APPEAL:
        assert grievance.appeal
        return AnsweredByAppeal(f"{grievance.appeal} answers {grievance.ref} with it.")
    return None


def _closed_words(ticket: Appeal | Grievance | Order) -> str:
    return "closed" if isinstance(ticket, Order) else ticket.get_state_display().lower()


# The statement


def take_first(
    kind: Kind, *, by: "User", at: datetime, until: datetime, held_at_most: int
) -> tuple[bool, UUID | None, int | None]:
    """Whether there is room, the ticket taken if any, and whom it had lapsed from."""
    table = kind._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH room AS (
                SELECT appeals_count_held(%(person)s, %(at)s) < %(most)s AS is_left
            ), next AS (
                SELECT id, held_by_id FROM {table}
                 WHERE {_FREE} AND {_WAITING[kind]} AND (SELECT is_left FROM room)
                 ORDER BY due_or_never, id
                 LIMIT 1
                   FOR NO KEY UPDATE SKIP LOCKED
            ), taken AS (
                UPDATE {table} t
                   SET held_by_id = %(person)s, taken_at = %(at)s, held_until = %(until)s,
                       lapsed_from_id = NULL
                  FROM next
                 WHERE t.id = next.id
             RETURNING t.id, next.held_by_id AS lapsed_from
            )
            SELECT (SELECT is_left FROM room), taken.id, taken.lapsed_from
              FROM (SELECT) AS always LEFT JOIN taken ON true
            """,  # noqa: S608 - put together from fixed parts alone
            {"person": by.pk, "at": at, "until": until, "most": held_at_most},
        )
        room_is_left, found, lapsed_from = cursor.fetchone()
    return room_is_left, found, lapsed_from


def some_wait(kind: Kind, *, by: "User", at: datetime) -> bool:
    """Whether one is there that was passed over, because somebody had just locked it."""
    table = kind._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {table} WHERE {_FREE} AND {_WAITING[kind]})",  # noqa: S608 - put together from fixed parts alone
            {"person": by.pk, "at": at},
        )
        waits: bool = cursor.fetchone()[0]
    return waits
