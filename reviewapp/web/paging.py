"""Pages of a long list by keyset: each begins where the last ended, at the same cost at any depth.

    page = Keyset(Case.objects.open(), order=("-priority", "-id"), after=request.GET.get("after"),
    size=50) page.items, page.next, page.previous

A cursor holds the values of the row it points past. It is signed and bound to its order, so that a
changed one, or one from another list, is refused instead of answered with the wrong rows.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from django.core.signing import BadSignature, Signer
from django.db.models import F, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from reviewapp.kernel.refusals import Refused
from reviewapp.web.narrowing import first_that_fit

_Row = TypeVar("_Row", bound=Model)


class BadCursor(Refused):
    """This place in the list is not known: begin from its first page."""


class Keyset(Generic[_Row]):
    """One page of `queryset` in `order`.

    Args:
        queryset: what is listed; its own order is replaced.
        order: field names, `-` before those that fall; together they tell every row from every
        other,
            and none is null. When all go the same way the page is one range of an index over them.
        after: a cursor from `next` or `previous` of another page; none for the first page.
        size: rows on a page.
        among: where `queryset` is a list narrowed by what people look for, that list before it
        was: rows that an index holds in this order. See Note [First what is near, then all].

    Raises:
        BadCursor: `after` is not a cursor of a list in this order.
    """

    def __init__(
        self,
        queryset: QuerySet[_Row],
        *,
        order: Sequence[str],
        after: str | None,
        size: int,
        among: QuerySet[_Row] | None = None,
    ) -> None:
        self._order = tuple(order)
        place = _opened(after, self._order) if after else None
        backward = place is not None and place.backward
        order_now = [_turned(each) for each in order] if backward else list(order)

        parts = _parts(order_now, place.values) if place else [Q()]
        if among is None:
            found = _in_turn(queryset.order_by(*order_now), parts, size + 1)
        else:
            found = first_that_fit(
                queryset, among=among, order=order_now, ranges=parts, count=size + 1
            )
        more = len(found) > size
        self.items: list[_Row] = found[:size]
        if backward:
            self.items.reverse()
        has_next, has_previous = (True, more) if backward else (more, place is not None)
        self.next: str | None = self._cursor(-1, False) if has_next and self.items else None
        self.previous: str | None = self._cursor(0, True) if has_previous and self.items else None

    @classmethod
    def or_first(
        cls,
        queryset: QuerySet[_Row],
        *,
        order: Sequence[str],
        after: str | None,
        size: int,
        among: QuerySet[_Row] | None = None,
    ) -> "Keyset[_Row]":
        """As the constructor, for pages: behind an old or a foreign cursor the list begins anew."""
        try:
            return cls(queryset, order=order, after=after, size=size, among=among)
        except BadCursor:
            return cls(queryset, order=order, after=None, size=size, among=among)

    def _cursor(self, at: int, backward: bool) -> str:
        row = self.items[at]
        values = [_value_of(row, each.removeprefix("-")) for each in self._order]
        return _sealed(values, backward, self._order)


class _Place(msgspec.Struct, array_like=True):
    backward: bool
    values: list[Any]


def _parts(order: Sequence[str], values: Sequence[Any]) -> list[Any]:
    """Conditions for the rows that come after `values` in `order`: each a range of an index.

    Taken one after the other they give the rows in their order. Mostly the first one or two fill
    a page; as alternatives of one query they would have an index walked from its beginning.
    """
    names = [each.removeprefix("-") for each in order]
    falls = {each.startswith("-") for each in order}
    if len(falls) == 1 and len(names) > 1:
        # (a, b) > (x, y): PostgreSQL begins an index over both columns at exactly that place.
        compare = TupleLessThan if falls == {True} else TupleGreaterThan
        return [compare(Tuple(*(F(name) for name in names)), tuple(values))]
    parts = []
    equal_so_far = Q()
    for each, name, value in zip(order, names, values, strict=True):
        way = "lt" if each.startswith("-") else "gt"
        parts.append(equal_so_far & Q(**{f"{name}__{way}": value}))
        equal_so_far &= Q(**{name: value})
    parts.reverse()
    return parts


def _in_turn(rows: QuerySet[_Row], parts: Sequence[Any], count: int) -> list[_Row]:
    found: list[_Row] = []
    for part in parts:
        found += rows.filter(part)[: count - len(found)]
        if len(found) == count:
            break
    return found


def _turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _value_of(row: Model, name: str) -> Any:
    value: Any = row
    for step in name.split(LOOKUP_SEP):
        value = getattr(value, step)
    return value


# Cursors. What JSON has no word for goes in with a letter that says what it is.

_LETTERS: dict[str, Any] = {
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "u": UUID,
    "n": Decimal,
}


def _sealed(values: Sequence[Any], backward: bool, order: Sequence[str]) -> str:
    body = msgspec.json.encode(_Place(backward, [_packed(value) for value in values]))
    text = urlsafe_b64encode(body).decode().rstrip("=")
    return _signer(order).sign(text)


def _opened(cursor: str, order: Sequence[str]) -> _Place:
    try:
        text = _signer(order).unsign(cursor)
        body = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        place = msgspec.json.decode(body, type=_Place)
        place.values = [_unpacked(value) for value in place.values]
    except (BadSignature, ValueError, msgspec.MsgspecError) as wrong:
        raise BadCursor(pointer="after") from wrong
    if len(place.values) != len(order):
        raise BadCursor(pointer="after")
    return place


def _signer(order: Sequence[str]) -> Signer:
    return Signer(sep=".", salt=f"reviewapp.web.paging:{','.join(order)}")


def _packed(value: Any) -> Any:
    match value:
        case datetime():
            return ["t", value.isoformat()]
        case date():
            return ["d", value.isoformat()]
        case UUID():
            return ["u", str(value)]
        case Decimal():
            return ["n", str(value)]
        case bool() | int() | float() | str():
            return value
    raise TypeError(f"A list cannot be in the order of {value!r}.")


def _unpacked(value: Any) -> Any:
    return _LETTERS[value[0]](value[1]) if isinstance(value, list) else value
