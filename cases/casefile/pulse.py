"""What can change about a case while somebody reads its page."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from cases.models import Case
from cases.models.desks import PRESENT_FOR
from reviewapp.staff.models import User


@dataclass(frozen=True, slots=True)
class Pulse:
    """A case as of now, so far as an open page has to keep up with it."""

    # Items of evidence about the account, and notes on it by others than the reader.
    items: int
    notes: int
    noted_by: str
    # The latest hold: None before anybody took the case.
    claim: UUID | None
    analyst: int | None
    analyst_name: str
    expires_at: datetime | None
    released_at: datetime | None
    ending: str
    ended_by: str
    # Changes with every step of what the platform is asked and the person is told.
    deliveries: str
    # Who else has it open, by name: their key and what they are called.
    present: list[tuple[int, str]]

    def holder(self, *, now: datetime) -> int | None:
        """Whose the case is just now."""
        held = self.released_at is None and self.expires_at is not None and self.expires_at > now
        return self.analyst if held else None


# Each part goes along an index of the account or the case and is short: the hours of a life are
# few whatever it holds, see Note [Hours are counted by the database].
_PULSE = """
    SELECT (SELECT coalesce(sum(items), 0)::bigint FROM cases_evidencehour
             WHERE account_id = %(account)s),
           (SELECT count(*) FROM cases_note
             WHERE account_id = %(account)s AND author_id <> %(reader)s),
           coalesce((SELECT u.name FROM cases_note n JOIN staff_user u ON u.id = n.author_id
             WHERE n.account_id = %(account)s AND n.author_id <> %(reader)s
             ORDER BY n.written_at DESC, n.id DESC LIMIT 1), ''),
           h.id, h.analyst_id, coalesce(u.name, ''), h.expires_at, h.released_at,
           coalesce(h.ending, ''), coalesce(l.name, ''),
           (SELECT md5(coalesce(string_agg(concat_ws(':', e.id, e.state, e.attempts_made), ','
                                           ORDER BY e.sequence), ''))
              FROM cases_enforcement e WHERE e.account_id = %(account)s) ||
           (SELECT md5(coalesce(string_agg(concat_ws(':', n.id, n.state, n.attempts_made), ','
                                           ORDER BY n.id), ''))
              FROM cases_notification n WHERE n.account_id = %(account)s),
           ARRAY(SELECT p.user_id::text || ':' || s.name
                   FROM cases_presence p JOIN staff_user s ON s.id = p.user_id
                  WHERE p.case_id = %(case)s AND p.user_id <> %(reader)s
                    AND p.seen_at > %(since)s
                  ORDER BY s.name, s.id)
      FROM (SELECT) AS always
      LEFT JOIN LATERAL (SELECT * FROM cases_claim WHERE case_id = %(case)s
                          ORDER BY taken_at DESC, id DESC LIMIT 1) AS h ON true
      LEFT JOIN staff_user u ON u.id = h.analyst_id
      LEFT JOIN staff_user l ON l.id = h.ended_by_id
"""


def pulse_of(case: Case, *, reader: User, now: datetime) -> Pulse:
    """How `case` stands for `reader` just now. One query, whatever the length of the file."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PULSE,
            {
                "account": case.account_id,
                "case": case.pk,
                "reader": reader.pk,
                "since": now - PRESENT_FOR,
            },
        )
        found = list(cursor.fetchone())
    people = [person.partition(":") for person in found[-1]]
    found[-1] = [(int(key), name) for key, _, name in people]
    return Pulse(*found)
