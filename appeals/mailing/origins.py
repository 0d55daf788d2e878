"""Whether a person wrote a mail, or a machine that must not be answered.

# Note [No two machines talk to each other]

A reply by a machine to a reply by a machine is answered by the next. So what says that no person
wrote it opens no ticket and gets no answer: RFC 3834's Auto-Submitted, the empty return path of
bounces, and what programs said before there was a standard. A mailing list alone is no such sign:
where the address for complaints is a list itself, every complaint comes with a list's fields.
"""

from email.message import Message

from appeals.mailing import headers
from appeals.mailing.messages import Bounced, Origin

_POSTMASTERS = {"mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"}
_NOBODY = ("noreply", "no-reply", "no_reply", "donotreply", "do-not-reply")
_AUTOMATIC_FIELDS = ("x-autoreply", "x-autorespond", "x-auto-response", "x-vacation")


def origin_of(message: Message, *, sender: str, bounces: tuple[Bounced, ...]) -> Origin:
    """Who speaks in `message`: see Note [No two machines talk to each other]."""
    local = sender.partition("@")[0].lower()
    if bounces or local in _POSTMASTERS:
        return Origin.BOUNCE
    submitted = headers.word(message, "auto-submitted")
    precedence = headers.word(message, "precedence")
    if (
        submitted not in ("", "no")
        or precedence == "auto_reply"
        # That it was read, for one.
        or message.get_content_type() == "multipart/report"
        or any(headers.raw(message, each) for each in _AUTOMATIC_FIELDS)
        or headers.raw(message, "return-path").strip() == "<>"
        or local.startswith(_NOBODY)
    ):
        return Origin.AUTOMATIC
    if precedence in ("bulk", "junk"):
        return Origin.BULK
    return Origin.PERSON


def bounces_in(message: Message) -> tuple[Bounced, ...]:
    """What a delivery report (RFC 3464) says of each recipient; empty for any other mail."""
    if message.get_content_type() != "multipart/report":
        return ()
    parts = headers.parts(message)[:10]
    original = next(filter(None, map(_original_id, parts)), "")
    found = []
    for part in parts:
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in headers.parts(part)[:50]:
            recipient = _recipient(block)
            action = headers.word(block, "action")
            status = headers.word(block, "status")
            if recipient or action or status:
                found.append(Bounced(recipient, action, status, original))
    return tuple(found)


def _recipient(block: Message) -> str:
    for name in ("final-recipient", "original-recipient"):
        # "rfc822; ada@example.org"
        address = headers.raw(block, name).partition(";")[2].strip(" <>")
        if "@" in address and address.isprintable():
            local, _, domain = address.rpartition("@")
            return f"{local}@{domain.lower()}"[:254]
    return ""


def _original_id(part: Message) -> str:
    """The id of the mail that a report gives back, whole or its header alone."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        inner = next(iter(headers.parts(part)), None)
    elif kind == "text/rfc822-headers":
        inner = headers.header_in(part)
    else:
        inner = None
    ids = headers.message_ids(inner, "message-id") if inner else ()
    return ids[0] if ids else ""
