"""What a new installation arrives with: queues, their rules, policy clauses, room for evidence."""

import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone

from cases.models import EvidenceItem, PolicyClause, Queue, RoutingRule
from reviewapp.kernel.partitions import ensure_partitions

# Evidence of the last two years finds a month of its own; older goes to the default partition.
MONTHS_BACK = 24
MONTHS_AHEAD = 3

_IN_FORCE_SINCE = datetime(2019, 12, 7, tzinfo=UTC)
# Two processes that migrate at once put it in once.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('cases.installation'))"


def install(*, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Fill what is empty: a receiver of post_migrate, harmless however often it runs.

    A table that holds anything is left alone: what admins made of it is theirs.
    """
    connection = connections[using]
    if EvidenceItem._meta.db_table not in connection.introspection.table_names():
        return
    # Migrating has no caller who could pass the time.
    ensure_evidence_partitions(at=timezone.now(), using=using)
    with transaction.atomic(using=using):
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        _install_queues(using)
        _install_clauses(using)


def ensure_evidence_partitions(*, at: datetime, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Make the monthly partitions around `at` that are missing; the names of new ones."""
    return ensure_partitions(
        EvidenceItem._meta.db_table,
        at=at,
        back=MONTHS_BACK,
        ahead=MONTHS_AHEAD,
        using=using,
    )


@cache
def contents() -> dict[str, Any]:
    """`installation.toml`, as it is written."""
    with (Path(__file__).parent / "installation.toml").open("rb") as file:
        return tomllib.load(file)


def _install_queues(using: str) -> None:
    if Queue.objects.using(using).exists() or RoutingRule.objects.using(using).exists():
        return
    queues = {
        queue["slug"]: Queue(position=position, **queue)
        for position, queue in enumerate(contents()["queue"], start=1)
    }
    Queue.objects.using(using).bulk_create(queues.values())
    RoutingRule.objects.using(using).bulk_create(
        # Room between the positions, so that a rule can be put between two others.
        RoutingRule(position=position * 10, **{**rule, "queue": queues[rule["queue"]]})
        for position, rule in enumerate(contents()["rule"], start=1)
    )


def _install_clauses(using: str) -> None:
    if PolicyClause.objects.using(using).exists():
        return
    PolicyClause.objects.using(using).bulk_create(
        PolicyClause(position=position, effective_from=_IN_FORCE_SINCE, **clause)
        for position, clause in enumerate(contents()["clause"], start=1)
    )
