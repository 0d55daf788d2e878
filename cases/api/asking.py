"""Reading query strings and paths, with a sentence for what is wrong with them."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.http import Http404

from reviewapp.kernel.checks import clean_text
from reviewapp.kernel.moments import BadMoment, read_moment
from reviewapp.kernel.refs import BadRef, parse_ref
from reviewapp.web.api import Request
from reviewapp.web.problems import Unfit

PAGE = 100
MOST = 500
# Of a place in the ledger.
HIGHEST = 2**63 - 1

_Kind = TypeVar("_Kind")


def text(request: Request, name: str, *, max_length: int = 500) -> str:
    """The parameter `name`; empty where it was not given. Raises Unfit for what no row can hold."""
    try:
        return clean_text(request.GET.get(name, ""), max_length=max_length)
    except ValueError as wrong:
        raise Unfit(str(wrong), pointer=name) from wrong


def one_of(request: Request, name: str, values: Iterable[str]) -> str:
    """One of `values`, or empty. Raises Unfit for another."""
    value = text(request, name)
    values = list(values)
    if value and value not in values:
        raise Unfit(f"Must be one of {', '.join(values)}.", pointer=name)
    return value


def moment(request: Request, name: str) -> datetime | None:
    """A time with an offset, or None. Raises Unfit for anything else."""
    value = text(request, name)
    if not value:
        return None
    # An offset's plus sign that was not escaped arrives as a space.
    if "T" in value:
        value = value.replace(" ", "+")
    try:
        return read_moment(value)
    except BadMoment as wrong:
        raise Unfit(str(wrong), pointer=name) from wrong


def number(request: Request, name: str, *, default: int, low: int, high: int) -> int:
    """A whole number from `low` to `high`. Raises Unfit for anything else."""
    value = text(request, name)
    if not value:
        return default
    fits = value.isascii() and value.isdigit() and len(value) < 20
    if not fits or not low <= int(value) <= high:
        raise Unfit(f"Must be a whole number from {low:,} to {high:,}.", pointer=name)
    return int(value)


def external_id(value: str) -> str:
    """An id of the messenger's from a path; nothing has one that no row can hold."""
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Http404
    return value


def ref(value: str, prefix: str) -> str:
    """A ref from a path, as it is written; what is no ref names nothing."""
    try:
        return parse_ref(value, prefix)
    except BadRef as wrong:
        raise Http404 from wrong


def ref_or_uuid(value: str, prefix: str) -> dict[str, object]:
    """The look-up for a path that may hold either."""
    try:
        return {"pk": UUID(value)}
    except ValueError:
        return {"ref": ref(value, prefix)}
