"""Batches: rows in, and for each row what became of it.

# Note [Valid rows stay]

A batch is decoded in one go while all of it is as it should be. Only when it isn't are its rows
looked at one by one, so that each wrong row is told its own fault and the others are kept. Half
a surrogate pair makes a whole document unreadable to the fast decoder; a slower one then finds the
row that holds it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, TypeVar

import msgspec
from django.http import HttpResponse

from cases.intake import Fault, Receipt, Rejected
from cases.intake.checking import ID_LENGTH, escaped
from reviewapp.kernel.refusals import Refused
from reviewapp.web.api import NDJSON, Request, Response, decode, read_body
from reviewapp.web.problems import CONTENT_TYPE, BodyTooLarge, Malformed, Unfit

_Row = TypeVar("_Row", bound=msgspec.Struct)
_MISSING = re.compile(r"Object missing required field (\w+)\.")
_UNKNOWN = re.compile(r"Object contains unknown field (.+)\.")
_ENUM = re.compile(r"Invalid enum value ")
_SHOWN_ERRORS = 100


class _RawBatch(msgspec.Struct, forbid_unknown_fields=True):
    items: list[msgspec.Raw]


def read_batch(request: Request, kind: type[_Row], *, most: int) -> list[_Row | Rejected | None]:
    """The rows of the body, each decoded as `kind` or Rejected with what is wrong with it.

    An NDJSON body has one row a line; an empty line is None, so that a row's place in the list
    is its line's. Raises Malformed or Unfit where the body is no batch, BodyTooLarge beyond
    `most` rows.
    """
    body = read_body(request)
    content_type = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    return _lines(body, kind, most) if content_type == NDJSON else _items(body, kind, most)


def answer(receipt: Receipt) -> HttpResponse | Response:
    """200 with the counts, or 422 where no row was valid, with the same and the faults."""
    if receipt.taken or not receipt.rejected:
        return Response(receipt)
    errors = [
        {"pointer": f"/items/{row.index}{fault.pointer}", "detail": fault.detail}
        for row in receipt.rejected
        for fault in row.errors
    ]
    body = {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "No row of the batch is valid.",
        "code": "nothing-valid",
        "errors": errors[:_SHOWN_ERRORS],
        **msgspec.structs.asdict(receipt),
    }
    return HttpResponse(msgspec.json.encode(body), status=422, content_type=CONTENT_TYPE)


def _items(body: bytes, kind: type[_Row], most: int) -> list[_Row | Rejected | None]:
    try:
        return _at_most(most, msgspec.json.decode(body, type=batch_of(kind)).items)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return [_row(raw, kind) for raw in _at_most(most, decode(body, _RawBatch).items)]
    except Malformed:
        readable = _with_half_surrogates(body)
        if readable is None:
            raise
    raws = _at_most(most, decode(json.dumps(_spared(readable)).encode(), _RawBatch).items)
    items = readable["items"]
    return [_half_surrogate(item) or _row(raw, kind) for item, raw in zip(items, raws, strict=True)]


def _at_most(most: int, rows: list[Any]) -> list[Any]:
    if len(rows) > most:
        raise BodyTooLarge(f"The batch holds {len(rows):,} rows; {most:,} are allowed.")
    return rows


def _lines(body: bytes, kind: type[_Row], most: int) -> list[_Row | Rejected | None]:
    # Empty lines are passed over, but not without end.
    if (lines := body.count(b"\n")) > 2 * most:
        raise BodyTooLarge(f"The body holds {lines:,} lines; {most:,} are allowed.")
    rows = [_line(number, line, kind) for number, line in enumerate(body.split(b"\n"), start=1)]
    while rows and rows[-1] is None:
        rows.pop()
    return _at_most(most, rows)


def _line(number: int, line: bytes, kind: type[_Row]) -> _Row | Rejected | None:
    line = line.strip(b" \t\r")
    if not line:
        return None
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    row = _row(line, kind)
    if isinstance(row, Rejected) and row.errors[0].pointer == "":
        readable = _with_half_surrogates(line)
        if readable is not None and (found := _half_surrogate(readable)):
            return found
        return Rejected(row.id, (Fault("", f"Line {number}: {row.errors[0].detail}"),))
    return row


_BATCHES: dict[type, type] = {}


def batch_of(kind: type[_Row]) -> Any:
    """The type of a whole batch of `kind`."""
    if kind not in _BATCHES:
        rows: Any = list.__class_getitem__(kind)
        _BATCHES[kind] = msgspec.defstruct(
            f"{kind.__name__}Batch", [("items", rows)], forbid_unknown_fields=True
        )
    return _BATCHES[kind]


# One row


def _row(raw: bytes | msgspec.Raw, kind: type[_Row]) -> _Row | Rejected:
    try:
        return decode(raw, kind)
    except Refused as refusal:
        return Rejected(_id_in(raw), (_fault(refusal, kind),))


def _id_in(raw: bytes | msgspec.Raw) -> str | None:
    """The sender's id, if it can be made out."""
    try:
        row = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    found = row.get("id") if isinstance(row, dict) else None
    return found if isinstance(found, str) and len(found) <= ID_LENGTH else None


def _fault(refusal: Refused, kind: type[msgspec.Struct]) -> Fault:
    """What the decoder found, with a pointer to the very field and the values that would do."""
    pointer, detail = refusal.pointer or "", str(refusal)
    if missing := _MISSING.fullmatch(detail):
        return Fault(f"{pointer}/{missing[1]}", "Is missing.")
    if unknown := _UNKNOWN.fullmatch(detail):
        return Fault(f"{pointer}/{unknown[1][:ID_LENGTH]}", "Is not a field that this call knows.")
    if _ENUM.match(detail) and (values := _values_at(pointer, kind)):
        return Fault(pointer, f"Must be one of {', '.join(values)}.")
    return Fault(pointer, detail)


def _values_at(pointer: str, kind: type[msgspec.Struct]) -> list[str]:
    for field in msgspec.structs.fields(kind):
        if pointer == f"/{field.encode_name}":
            for each in (field.type, *getattr(field.type, "__args__", ())):
                if isinstance(each, type) and issubclass(each, Enum):
                    return [member.value for member in each]
    return []


# Half surrogates


def _with_half_surrogates(body: bytes) -> Any:
    """The body as a decoder reads it that lets half a surrogate pair pass; None if nothing can."""
    try:
        value = json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        return value
    return value if isinstance(value, dict) else None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _spared(batch: dict[str, Any]) -> dict[str, Any]:
    """The batch with an empty row in place of each that cannot be encoded again."""
    items = batch.get("items")
    if not isinstance(items, list):
        raise Unfit("Expected array.", pointer="/items")
    return {**batch, "items": [{} if _half_surrogate(item) else item for item in items]}


def _half_surrogate(item: Any) -> Rejected | None:
    for pointer, value in _texts(item, ""):
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            # What is answered has to be encoded again.
            pointer = pointer.encode(errors="replace").decode()
            return Rejected(_whole_id(item), (Fault(pointer, "Holds half of a surrogate pair."),))
    return None


def _whole_id(item: Any) -> str | None:
    found = item.get("id") if isinstance(item, dict) else None
    if not isinstance(found, str) or len(found) > ID_LENGTH:
        return None
    return None if any("\ud800" <= letter <= "\udfff" for letter in found) else found


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Every text in plain JSON, keys too, with the pointer to where it stands."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield pointer, key
            yield from _texts(inner, f"{pointer}/{escaped(key)}")
    elif isinstance(value, list):
        yield from _in_list(value, pointer)


def _in_list(values: Sequence[Any], pointer: str) -> Iterator[tuple[str, str]]:
    for place, inner in enumerate(values):
        yield from _texts(inner, f"{pointer}/{place}")
