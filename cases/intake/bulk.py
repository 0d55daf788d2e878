"""Adding many rows of a model in one statement with one parameter per column.

`bulk_create` writes a parameter per value: for thousands of rows, most of the time goes into
writing and parsing the statement. The columns come from the model, so a field more is no change
here.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, models

from cases.intake import arrays

_ARRAYS: dict[str, Callable[[Iterable[Any]], str]] = {
    "uuid": arrays.uuids,
    "text": arrays.texts,
    "timestamp with time zone": arrays.times,
    "integer": arrays.numbers,
    "smallint": arrays.numbers,
    "bigint": arrays.numbers,
    "double precision": arrays.numbers,
    "bytea": arrays.blobs,
}


def add_all(rows: Sequence[models.Model]) -> None:
    """Insert `rows`, of one model, as they are; a violated constraint raises as always."""
    if not rows:
        return
    model = type(rows[0])
    columns, parameters, casts = [], [], []
    for field in model._meta.concrete_fields:
        if field.generated or isinstance(field, models.AutoField | models.BigAutoField):
            continue
        values = [getattr(row, field.attname) for row in rows]
        if all(value is None for value in values):
            continue
        pointed_to = field.target_field if isinstance(field, models.ForeignKey) else field
        kind = pointed_to.db_type(connection)
        # A key that the database counts is a plain number where it is pointed to.
        kind = "bigint" if kind and kind.startswith("bigint") else str(kind)
        columns.append(f'"{field.column}"')
        parameters.append(_ARRAYS[kind](values))
        casts.append(f"%s::{kind}[]")
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({names})'  # noqa: S608 - names of the model
            f" SELECT * FROM unnest({', '.join(casts)})",
            parameters,
        )
