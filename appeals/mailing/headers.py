"""Single header fields, read as far as they make sense; none is too strange to be passed over."""

import codecs
import re
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import HeaderParser
from email.utils import getaddresses, parsedate_to_datetime

from appeals.cleaning import legible

# What Python's mail package raises on nonsense: it was written for mail that means well.
STUMBLES = (
    *(ValueError, LookupError, TypeError, AttributeError, AssertionError),
    *(RecursionError, OverflowError, MessageError),
)

_LONGEST_FIELD = 10_000
_LONGEST_LINE = 500
_LONGEST_ADDRESS = 254
_MOST_ADDRESSES = 50
_MOST_IDS = 50
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,190}\Z")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_FOLDS = re.compile(r"[\r\n]+")
_ESCAPED = re.compile("[\udc80-\udcff]")
# Charsets that take long, or that make letters of what are none.
_NO_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7"}
# Those that are said where another is meant.
_LOOSE_CHARSETS = {"", "ascii", "iso8859-1"}


def raw(message: Message, name: str) -> str:
    """The field `name` unfolded, as it stands but for bytes, which are read; empty for none.

    Of a field that is there twice it is the first, and of a long one the beginning.
    """
    for field, value in message.raw_items():
        if field.lower() == name:
            text = _FOLDS.sub("", str(value)[:_LONGEST_FIELD])
            if _ESCAPED.search(text):
                text = readable(text.encode("utf-8", "surrogateescape"), "")
            return text
    return ""


def line(message: Message, name: str) -> str:
    """The field `name` as one line for a person, its encoded words read."""
    return decoded(raw(message, name))


def word(message: Message, name: str) -> str:
    """The first word of the field `name`, as a machine says it: small, without its parameters."""
    return raw(message, name).partition(";")[0].partition("(")[0].strip().lower()[:100]


def addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """The addresses in the field `name`, each with the name beside it; at most fifty."""
    try:
        pairs = getaddresses([raw(message, name)])
    except STUMBLES:
        return []
    found = []
    for shown, spec in pairs[:_MOST_ADDRESSES]:
        spec = spec.strip()
        if len(spec) <= _LONGEST_ADDRESS and _ADDRESS.match(spec) and spec.isprintable():
            local, _, domain = spec.rpartition("@")
            found.append((f"{local}@{domain.lower()}", decoded(shown)[:200]))
    return found


def message_ids(message: Message, name: str) -> tuple[str, ...]:
    """The ids of messages in the field `name`, each once, the last fifty."""
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(raw(message, name))))[-_MOST_IDS:]


def moment(message: Message, name: str) -> datetime | None:
    """The time that the field `name` ends with, in UTC; None where it makes no sense."""
    try:
        said = parsedate_to_datetime(raw(message, name).rpartition(";")[2][:200])
        # One without a zone counts as UTC.
        return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
    except STUMBLES:
        return None


def decoded(value: str) -> str:
    """`value` as one line for a person, its encoded words read."""
    try:
        pieces = decode_header(value)
    except STUMBLES:
        pieces = [(value, None)]
    said = "".join(
        piece if isinstance(piece, str) else _piece(piece, charset) for piece, charset in pieces
    )
    return " ".join(legible(said).split())[:_LONGEST_LINE]


def readable(data: bytes, charset: str) -> str:
    """`data` in the `charset` that it says, or in the likeliest; never fails."""
    codec = _codec(charset)
    if codec not in _LOOSE_CHARSETS:
        with suppress(LookupError, ValueError):
            return data.decode(codec, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _piece(piece: bytes, charset: str | None) -> str:
    if charset is not None:
        return readable(piece, charset)
    try:
        # How the mail package hands over what stands between encoded words.
        return piece.decode("raw-unicode-escape")
    except UnicodeDecodeError:
        return piece.decode("latin-1")


def _codec(charset: str) -> str:
    """Python's name for `charset`; empty for one that is none."""
    try:
        name = codecs.lookup(charset.strip()).name
    except (LookupError, ValueError):
        return ""
    return "" if name in _NO_CHARSETS else name


def header_in(part: Message) -> Message:
    """The header that stands as text in `part`, as some reports of mail servers have it."""
    try:
        text = part.get_payload()
    except STUMBLES:
        text = ""
    return HeaderParser().parsestr(text[:_LONGEST_FIELD] if isinstance(text, str) else "")


def parts(message: Message) -> list[Message]:
    """The parts of `message`, each a message; none where it has none, or only a text."""
    payload = message.get_payload() if message.is_multipart() else []
    return [each for each in payload if isinstance(each, Message)]
