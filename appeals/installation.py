"""What a new installation arrives with: the time limits of law and house."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from appeals.models import SlaRule

# Two processes that migrate at once put it in once.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('appeals.installation'))"


def install(*, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Fill an empty table of rules: a receiver of post_migrate, harmless however often it runs.

    A table that holds anything is left alone: what admins made of it is theirs.
    """
    connection = connections[using]
    if SlaRule._meta.db_table not in connection.introspection.table_names():
        return
    with transaction.atomic(using=using):
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        if not SlaRule.objects.using(using).exists():
            SlaRule.objects.using(using).bulk_create(rules())


@cache
def contents() -> dict[str, Any]:
    """`installation.toml`, as it is written."""
    with (Path(__file__).parent / "installation.toml").open("rb") as file:
        return tomllib.load(file)


def rules() -> list[SlaRule]:
    """The rules of `installation.toml`, unsaved."""
    return [
        SlaRule(
            jurisdiction=each["jurisdiction"],
            kind=each["kind"],
            clock=each["clock"],
            limit=each["limit"],
            effective_from=each["from"],
            effective_to=each.get("to"),
            pauses=each.get("pauses", False),
            basis=each["basis"],
        )
        for each in contents()["rule"]
    ]
