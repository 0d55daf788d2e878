"""The text of a mail, and the files that came with it."""

from dataclasses import dataclass, field
from email.message import Message

from appeals.cleaning import legible
from appeals.mailing import headers
from appeals.mailing.headers import STUMBLES
from appeals.mailing.markup import words_of
from appeals.mailing.messages import Attached

LONGEST_TEXT = 100_000
MOST_ATTACHED = 20
_MOST_PARTS = 200
_DEEPEST = 10


@dataclass(slots=True)
class Body:
    """What was found in the parts of a mail. Not whole where parts of it weren't looked at."""

    text: str = ""
    attached: list[Attached] = field(default_factory=list)
    is_whole: bool = True
    parts: int = 0


def body_of(message: Message) -> Body:
    """The texts of `message` that are there to be read, one below the other, and its files.

    Of alternatives the plain text is read, and its files are kept whichever they came with.
    """
    body = Body()
    text = _read(message, body, depth=0)
    body.is_whole &= len(text) <= LONGEST_TEXT
    body.text = legible(text[:LONGEST_TEXT])
    return body


def _read(part: Message, body: Body, *, depth: int) -> str:
    """The text to be read in `part`; its files are put into `body`."""
    body.parts += 1
    if depth > _DEEPEST or body.parts > _MOST_PARTS:
        body.is_whole = False
        return ""
    kind = part.get_content_type()
    inner = headers.parts(part)
    if kind == "message/delivery-status":
        return ""
    if kind.startswith("message/") and inner:
        _attach(_name(part) or "message.eml", _as_bytes(inner[0]), body)
        return ""
    if inner:
        texts = [(each, _read(each, body, depth=depth + 1)) for each in inner]
        if kind == "multipart/alternative":
            return _plainest(texts)
        return "\n\n".join(text.strip() for _, text in texts if text.strip())
    name = _name(part)
    if name or part.get_content_disposition() == "attachment" or not _is_text(kind):
        _attach(name or "file", _content(part), body)
        return ""
    text = headers.readable(_content(part), _charset(part))[: 10 * LONGEST_TEXT]
    return words_of(text) if kind == "text/html" else text


def _is_text(kind: str) -> bool:
    # What says it has parts and has none is somebody's text with a broken heading.
    return kind in ("text/plain", "text/html") or kind.startswith("multipart/")


def _plainest(texts: list[tuple[Message, str]]) -> str:
    said = [(part, text) for part, text in texts if text.strip()]
    plain = [text for part, text in said if part.get_content_type() == "text/plain"]
    return (plain or [text for _, text in said] or [""])[0]


def _attach(name: str, data: bytes, body: Body) -> None:
    if len(body.attached) == MOST_ATTACHED:
        body.is_whole = False
    else:
        body.attached.append(Attached(name, data))


def _name(part: Message) -> str:
    try:
        return headers.decoded(part.get_filename() or "")
    except STUMBLES:
        return ""


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset() or ""
    except STUMBLES:
        return ""


def _content(part: Message) -> bytes:
    """The bytes of a part without parts, whatever is wrong with how they are written."""
    try:
        data = part.get_payload(decode=True)
    except STUMBLES:
        return b""
    return data if isinstance(data, bytes) else b""


def _as_bytes(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except STUMBLES:
        return b""
