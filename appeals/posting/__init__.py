"""Getting letters to people: in the app and by e-mail."""

from appeals.posting.bymail import send_due
from appeals.posting.ending import bounced, letter_of, resend
from appeals.posting.inapp import deliver_due
from appeals.posting.server import MailServer

__all__ = ["MailServer", "bounced", "deliver_due", "letter_of", "resend", "send_due"]
