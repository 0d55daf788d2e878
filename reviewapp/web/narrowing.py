"""The first rows of a long list that fit what somebody asked for, however many or few fit.

# Note [First what is near, then all]

What fits one row in three fills a page from the first hundred rows of the list; of what fits one
in a million nobody should have the list walked to its end, row by row. Which of the two it is the
database guesses from each column by itself, and it guesses badly where two columns go together,
or one goes with the order: what came within the hour stands at the very end of what waited
longest. So nothing is left to its guess. First the rows that are near are tried, so many and no
more, in the order that an index holds them in. Where these do not fill the page, few rows fit, or
they stand far off: then all of them are found, by whatever index finds them cheapest, and sorted.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Model, QuerySet

_Row = TypeVar("_Row", bound=Model)

# Past the point where sorting all that fits costs less than looking further.
NEAR = 5_000


def first_that_fit(
    fitting: QuerySet[_Row],
    *,
    among: QuerySet[_Row],
    order: Sequence[str],
    ranges: Sequence[Any],
    count: int,
) -> list[_Row]:
    """The first `count` rows of `fitting` in `order`.

    `among` are the rows of the list before it was narrowed, all that `fitting` holds and more,
    which an index holds in that order. `ranges` are the parts of the list that are wanted, one
    after the other. The queries are as many as the ranges, and two.
    """
    ids: list[Any] = []
    try:
        for each in ranges:
            near = among.select_related(None).filter(each).order_by(*order)[:NEAR]
            ids += _ids(near, fitting.order_by(*order), count - len(ids))
            if len(ids) == count:
                break
        else:
            wanted = fitting.select_related(None).filter(reduce(or_, ranges)).order_by()
            every = fitting.model._base_manager.order_by(*order)
            ids = _ids(wanted, every, count, apart=True)
    except EmptyResultSet:
        return []
    found = fitting.order_by().in_bulk(ids)
    return [found[each] for each in ids if each in found]


def _ids(
    source: QuerySet[_Row], wanted: QuerySet[_Row], count: int, *, apart: bool = False
) -> list[Any]:
    """The ids of the first `count` of `wanted`, with the rows of `source` in place of its table.

    PostgreSQL takes a name after WITH for the name of the table, so that both can be said as
    querysets. `apart` has `source` planned by itself, as if all of it were wanted.
    """
    model, connection = wanted.model, connections[wanted.db]
    columns = [column.attname for column in model._meta.concrete_fields]
    inner, inner_values = source.values(*columns).query.get_compiler(wanted.db).as_sql()
    outer, outer_values = wanted.values("pk")[:count].query.get_compiler(wanted.db).as_sql()
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {table} AS ({inner}{' OFFSET 0' if apart else ''}) {outer}",
            [*inner_values, *outer_values],
        )
        return [found for [found] in cursor.fetchall()]
