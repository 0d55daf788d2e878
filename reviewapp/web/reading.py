"""Reading JSON that somebody sent, with a sentence and a pointer for what is wrong with it."""

import re
from typing import Any, TypeVar

import msgspec
from rest_framework.request import Request

from reviewapp.web.problems import Malformed, Unfit

# Deeper than any honest sender's; far less than what would trouble whoever walks the value later.
DEPTH_LIMIT = 32

_Read = TypeVar("_Read")
_PATH = re.compile(r"(.*) - at `(key in )?\$(.*)`\Z", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def read_json(request: Request, type_: type[_Read]) -> _Read:
    """The body of `request`, decoded as `type_` (a msgspec type).

    Free-form JSON inside a typed one (`data: dict`) is for the caller to judge by `is_too_deep`.

    Raises:
        Malformed: it is not JSON, not UTF-8, nested too deeply, or shorter than announced.
        Unfit: it is JSON, and not a `type_`; the pointer says where.
    """
    return decode(read_body(request), type_)


def read_body(request: Request) -> bytes:
    """The body as it came. `ApiView` has refused it by now when it is too large or of another
    type.
    """
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    stream = request.stream
    body: bytes = b"" if stream is None else stream.read(announced)
    if len(body) != announced:
        raise Malformed(f"The body ends after {len(body)} of the {announced} bytes announced.")
    return body


def decode(data: bytes | msgspec.Raw, type_: type[_Read], *, at: str = "") -> _Read:
    """`data` decoded as `type_`; pointers in refusals begin with `at`. Raises as `read_json`
    does.
    """
    try:
        value = msgspec.json.decode(data, type=type_)
    except msgspec.ValidationError as wrong:
        pointer, detail = _located(str(wrong))
        raise Unfit(detail, pointer=at + pointer) from wrong
    except msgspec.DecodeError as wrong:
        raise Malformed(_reason(data, str(wrong)), pointer=at) from wrong
    except UnicodeDecodeError as wrong:
        raise Malformed(f"The text at byte {wrong.start} is not UTF-8.", pointer=at) from wrong
    except RecursionError as wrong:
        raise Malformed("The JSON is nested too deeply.", pointer=at) from wrong
    if isinstance(value, dict | list) and is_too_deep(value):
        raise Malformed(f"The JSON is nested more than {DEPTH_LIMIT} levels deep.", pointer=at)
    return value


def is_too_deep(value: Any, *, limit: int = DEPTH_LIMIT) -> bool:
    """Whether plain decoded JSON (`data` of evidence, `attributes`) is nested beyond `limit`."""
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _located(message: str) -> tuple[str, str]:
    """msgspec's "… - at `$.items[3].score`" as a JSON pointer and a sentence."""
    found = _PATH.match(message)
    detail, path = (found[1], found[3]) if found else (message, "")
    steps = ("/" + (name or index) for name, index in _STEP.findall(path))
    return "".join(steps), detail.replace("`", "") + "."


def _reason(data: bytes | msgspec.Raw, message: str) -> str:
    body = bytes(data)
    if not body.strip():
        return "The body is empty."
    try:
        body.decode()
    except UnicodeDecodeError as wrong:
        return f"The text at byte {wrong.start} is not UTF-8."
    return f"This is not well-formed JSON: {message.removeprefix('JSON is malformed: ')}."
