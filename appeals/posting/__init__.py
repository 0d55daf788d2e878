"""Getting letters to people: in the app and by e-mail."""

from appeals.posting.bymail import send_due
from appeals.posting.ending import bounced, letter_of, resend
from appeals.posting.inapp import deliver_due
from appeals.posting.reminders import forget, remind_due
from appeals.posting.server import MailServer

__all__ = [
    "MailServer",
    "bounced",
    "deliver_due",
    "forget",
    "letter_of",
    "remind_due",
    "resend",
    "send_due",
]
