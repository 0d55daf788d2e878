"""Bringing back what was set aside: its date has come, or something new has.

# Note [What brings a case back]

Evidence, a detection or a change of what is known of the account, in the transaction in which it
arrives; and the date that was set, by the clock. The case is open again and kept for a day for
whoever had asked. Batches of intake look with one statement along the index of the cases that
wait, which are few, and change nothing where none of their accounts is among them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from cases.enums import CaseState, ReservedWhy
from cases.models import Case
from reviewapp.ledger.recording import Entry, record_all

# For so long it waits for whoever had asked; after that it is offered to everybody.
KEPT_FOR = timedelta(hours=24)
_AT_ONCE = 500

# In the order of ids, as everywhere; and nobody's case is taken from under their hands.
_WAKE = """
    UPDATE cases_case c
       SET state = 'OPEN', wakes_at = NULL, reserved_why = %(why)s, reserved_until = %(until)s
      FROM cases_account a
     WHERE a.id = c.account_id
       AND c.id = ANY(ARRAY(SELECT w.id FROM cases_case w
                             WHERE w.wakes_at IS NOT NULL AND {which}
                             ORDER BY w.id FOR NO KEY UPDATE {wait}))
 RETURNING c.ref, a.ref, a.country_prefix, c.surface
"""
_DUE = _WAKE.format(
    which="""w.id IN (SELECT id FROM cases_case WHERE wakes_at <= %(now)s
                       ORDER BY wakes_at LIMIT %(most)s)""",
    wait="SKIP LOCKED",
)
_OF_ACCOUNTS = _WAKE.format(which="w.account_id = ANY(%(accounts)s)", wait="")


def wake_due(*, now: datetime) -> int:
    """Open again what was set aside until now or before. Returns how many."""
    woken = 0
    while True:
        with transaction.atomic():
            count = _wake(_DUE, ReservedWhy.WOKE_UP, now, "system", most=_AT_ONCE, now=now)
        woken += count
        if count < _AT_ONCE:
            return woken


def information_arrived(account_ids: Collection[UUID], *, at: datetime, actor: str) -> None:
    """Open again what waits for something new on these accounts, in the caller's transaction.

    See Note [What brings a case back]. One statement, and the ledger's lines where it found any.
    """
    if account_ids:
        _wake(_OF_ACCOUNTS, ReservedWhy.INFORMATION_ARRIVED, at, actor, accounts=list(account_ids))


def woken_by_arrival(case: Case, *, at: datetime) -> bool:
    """Whether `case`, locked, waited for news and now does not; the caller saves and records it."""
    if case.state != CaseState.AWAITING_INFO:
        return False
    case.move_to(CaseState.OPEN, at=at)
    case.reserved_why, case.reserved_until = ReservedWhy.INFORMATION_ARRIVED, at + KEPT_FOR
    return True


def _wake(statement: str, why: ReservedWhy, at: datetime, actor: str, **chosen: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"why": str(why), "until": at + KEPT_FOR, **chosen})
        rows = cursor.fetchall()
    record_all(
        [
            Entry(
                kind="case.woken",
                actor=actor,
                happened_at=at,
                account=account,
                case=case,
                country_prefix=prefix,
                surface=surface,
                particulars={"why": str(why)},
            )
            for case, account, prefix, surface in rows
        ],
        at=at,
    )
    return len(rows)
