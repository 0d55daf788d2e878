"""Mail that comes in: taken out of a stream, read, and brought to the ticket that it is about."""

from appeals.mailing.messages import Attached, Bounced, Mail, Origin
from appeals.mailing.parsing import LARGEST_MAIL, parse
from appeals.mailing.receiving import Receipt, receive
from appeals.mailing.refusals import MailRefused
from appeals.mailing.splitting import Piece, mails_in, one_mail

__all__ = [
    "LARGEST_MAIL",
    "Attached",
    "Bounced",
    "Mail",
    "MailRefused",
    "Origin",
    "Piece",
    "Receipt",
    "mails_in",
    "one_mail",
    "parse",
    "receive",
]
