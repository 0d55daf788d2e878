"""The evidence that a decision rests on."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection

from cases.models import Citation, Decision
from cases.verdict import CannotDecide, Cited
from reviewapp.kernel.ids import uuid7


def cite(decision: Decision, cited: Sequence[Cited]) -> set[str]:
    """Write what `decision` cites. Raises a CannotDecide where it is not of its account.

    Returns the stages that the items are of.
    """
    wanted = sorted(set(cited), key=lambda item: (item[2], item[1]))
    found = _stages_of_each(decision.account_id, wanted)
    if len(found) != len(wanted):
        raise CannotDecide("A cited item is not evidence of this account.", pointer="cited")
    Citation.objects.bulk_create(
        Citation(
            id=uuid7(),
            decision=decision,
            evidence_source_id=source_id,
            evidence_id=evidence_id,
            occurred_at=occurred_at,
        )
        for source_id, evidence_id, occurred_at in wanted
    )
    return set(found)


def stages_of(account_id: UUID, cited: Collection[Cited]) -> set[str]:
    """The stages of those of `cited` that are evidence of the account. One query."""
    return set(_stages_of_each(account_id, list(set(cited))))


def _stages_of_each(account_id: UUID, wanted: Sequence[Cited]) -> list[str]:
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT stage FROM unnest(%s::bigint[], %s::uuid[], %s::timestamptz[])
                AS wanted (source_id, id, occurred_at)
              JOIN cases_evidenceitem USING (source_id, id, occurred_at)
             WHERE account_id = %s
            """,
            [*map(list, zip(*wanted, strict=True)), account_id],
        )
        return [stage for (stage,) in cursor.fetchall()]
