"""Why a mail isn't read. Whoever feeds mail in is told; its sender is not."""

from reviewapp.kernel.refusals import Refused


class MailRefused(Refused):
    """This mail can't be read."""


class NotAMail(MailRefused):
    """This is not a mail: it has no header."""


class MailTooLarge(MailRefused):
    """This mail is larger than mails may be."""


class MailTooIntricate(MailRefused):
    """This mail has more lines, parts or levels than mails have."""


class NotAMailbox(MailRefused):
    """This is not a mailbox: its first line is not "From ", a sender and a time."""
