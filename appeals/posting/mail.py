"""A letter as an e-mail."""

import re
from email.utils import formatdate, parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage

from appeals.enums import LetterKind
from appeals.models import InboundMail, Letter
from appeals.writing import address_of

# As others write them (RFC 5322), without what would begin another header.
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_OURS = re.compile(r"<letter\.([0-9a-f-]{36})@")


def mail_of(letter: Letter) -> EmailMessage:
    """The e-mail that says what `letter` does, the same however often it is put together.

    Plain text. It answers the person's last mail where there was one, and says that a machine
    sent it, so that no other machine answers (RFC 3834). One query. Raises Erased, and what
    Django raises for a header that would begin another.
    """
    ticket = letter.ticket
    subject = letter.subject if ticket.ref in letter.subject else f"{letter.subject} ({ticket.ref})"
    headers = {
        "Message-ID": message_id_of(letter),
        "Date": formatdate(letter.requested_at.timestamp()),
        "Content-Language": letter.locale,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if answered := _last_mail(letter):
        headers |= {"In-Reply-To": answered, "References": answered}
        if letter.kind == LetterKind.ACKNOWLEDGEMENT:
            headers["Auto-Submitted"] = "auto-replied"
    return EmailMessage(
        subject=subject,
        body=letter.text(),
        to=[address_of(ticket)],  # type: ignore[arg-type]
        reply_to=[settings.EMAIL_REPLY_TO],
        headers=headers,
    )


def message_id_of(letter: Letter) -> str:
    """By which a mail program threads it, and a bounce names it."""
    _, _, domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")
    return f"<letter.{letter.key}@{domain or 'localhost'}>"


def key_in(message_id: str) -> UUID | None:
    """The key of the letter that had this Message-ID; None where it is none of ours."""
    found = _OURS.match(message_id.strip())
    try:
        return UUID(found[1]) if found else None
    except ValueError:
        return None


def _last_mail(letter: Letter) -> str:
    """The Message-ID of what the person last mailed about the ticket; they may write anything."""
    of_ticket = {"statement__appeal": letter.appeal_id, "statement__grievance": letter.grievance_id}
    mails = InboundMail.objects.filter(**{name: pk for name, pk in of_ticket.items() if pk})
    latest = mails.order_by("-received_at", "-id").values_list("message_id", flat=True).first()
    return latest if latest and _MESSAGE_ID.fullmatch(latest) else ""
