"""A mail (RFC 5322) read into plain values, whatever somebody made of it.

# Note [What is looked at before a mail is read]

Python's mail package reads any bytes, and takes its time over some: it compares each line with the
boundary of each level it is in, and cuts long parameters again and again. So a mail is first
measured, at the speed of a search: its bytes, its lines, its levels, and how long and how many its
parts' headings are. Within these measures reading takes seconds at worst. A mail beyond them is
refused, kept as it came, and looked at by a person.
"""

import re
from email import policy
from email.message import Message
from email.parser import BytesParser

from appeals.mailing import headers
from appeals.mailing.bodies import body_of
from appeals.mailing.messages import Mail
from appeals.mailing.origins import bounces_in, origin_of
from appeals.mailing.quoting import split
from appeals.mailing.refusals import MailTooIntricate, MailTooLarge, NotAMail
from reviewapp.kernel.refs import BadRef, parse_ref

# Files of 15 MB grow by a third when they are written as letters.
LARGEST_MAIL = 25_000_000
_MOST_LINES = 400_000
_MOST_EMPTY_LINES = 100_000
_LONGEST_HEADER = 250_000
_MOST_BOUNDARIES = 40
_LONGEST_HEADING = 4_000
_HEADINGS_TOGETHER = 500_000

_BOUNDARY = re.compile(rb"boundary(?:\*\d*\*?)?[ \t\r\n]*=", re.IGNORECASE)
_HEADING = re.compile(
    rb"^content-[a-z-]+[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE
)
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_ANY_LINE_END = re.compile(rb"\r\n?")
_FIELD = re.compile(rb"(?:From [^\n]*\n)?[!-9;-~]+[ \t]*:")

# Appeals, grievances and orders, with any of the strokes that programs make of a hyphen.
_TICKETS = ("AP", "G", "O")
_REF = re.compile(
    r"(?<![\w-])(AP|G|O)[-\u2010-\u2015\u2212]([0-9A-Za-z]{6,9})(?![\w-])", re.IGNORECASE
)
_MOST_REFS = 20


def parse(raw: bytes) -> Mail:
    """The mail in `raw`, as far as it makes sense.

    Raises a MailRefused for what is too large or too intricate to be read, and for what is no mail.
    """
    raw = _measured(raw)
    try:
        # The older policy: the newer one's reader of addresses takes minutes over a long field.
        message = BytesParser(policy=policy.compat32).parsebytes(raw)
        return _mail(message)
    except RecursionError:
        raise MailTooIntricate from None


def tickets_in(*texts: str) -> tuple[str, ...]:
    """The ticket numbers in `texts`, each once, as they stand in order; slips are left out."""
    found: dict[str, None] = {}
    for text in texts:
        for prefix, symbols in _REF.findall(text):
            try:
                found[parse_ref(f"{prefix}-{symbols}", prefix.upper())] = None
            except BadRef:
                continue
            if len(found) == _MOST_REFS:
                return tuple(found)
    return tuple(found)


def _measured(raw: bytes) -> bytes:
    """`raw` itself, if it is worth reading, with its lines ended alike where they aren't.

    See Note [What is looked at before a mail is read].
    """
    if len(raw) > LARGEST_MAIL:
        raise MailTooLarge
    if not _FIELD.match(raw):
        raise NotAMail
    returns, pairs = raw.count(b"\r"), raw.count(b"\r\n")
    if raw.count(b"\n") + returns - pairs > _MOST_LINES:
        raise MailTooIntricate
    if returns > pairs:
        # What is measured below is told by its line.
        raw = _ANY_LINE_END.sub(b"\n", raw)
    headings = [len(heading[0]) for heading in _HEADING.finditer(raw)]
    if (
        len(_EMPTY_LINE.findall(raw)) > _MOST_EMPTY_LINES
        or len(_BOUNDARY.findall(raw)) > _MOST_BOUNDARIES
        or (len(raw) > _LONGEST_HEADER and not _EMPTY_LINE.search(raw, 0, _LONGEST_HEADER))
        or max(headings, default=0) > _LONGEST_HEADING
        or sum(headings) > _HEADINGS_TOGETHER
    ):
        raise MailTooIntricate
    return raw


def _mail(message: Message) -> Mail:
    sender, sender_name = next(iter(headers.addresses(message, "from")), ("", ""))
    subject = headers.line(message, "subject")
    ids = headers.message_ids(message, "message-id")
    answers = (
        *headers.message_ids(message, "references"),
        *headers.message_ids(message, "in-reply-to"),
    )
    bounces = bounces_in(message)
    body = body_of(message)
    spoken = split(body.text)
    return Mail(
        message_id=ids[0] if ids else "",
        answers=tuple(dict.fromkeys(answers)),
        sender=sender,
        sender_name=sender_name,
        recipients=tuple(address for address, _ in headers.addresses(message, "to")),
        subject=subject,
        sent_at=headers.moment(message, "date"),
        arrived_at=headers.moment(message, "received"),
        origin=origin_of(message, sender=sender, bounces=bounces),
        bounces=bounces,
        said=spoken.said,
        quoted=spoken.quoted,
        signature=spoken.signature,
        attached=tuple(body.attached),
        refs=tickets_in(subject, *reversed(answers), spoken.said, spoken.quoted),
        is_whole=body.is_whole,
    )
