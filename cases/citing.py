"""The evidence that a decision rests on."""

from collections.abc import Sequence

from django.db import connection

from cases.models import Citation, Decision
from cases.verdict import CannotDecide, Cited
from reviewapp.kernel.ids import uuid7


def cite(decision: Decision, cited: Sequence[Cited]) -> None:
    """Write what `decision` cites. Raises a CannotDecide where it is not of its account."""
    wanted = sorted(set(cited), key=lambda item: (item[2], item[1]))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM unnest(%s::bigint[], %s::uuid[], %s::timestamptz[])
                AS wanted (source_id, id, occurred_at)
              JOIN cases_evidenceitem USING (source_id, id, occurred_at)
             WHERE account_id = %s
            """,
            [*map(list, zip(*wanted, strict=True)), decision.account_id]
            if wanted
            else [[], [], [], decision.account_id],
        )
        [found] = cursor.fetchone()
    if found != len(wanted):
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
