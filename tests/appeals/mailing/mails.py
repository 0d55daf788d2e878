"""Mails as they come in, good ones and malformed ones."""

from email.message import EmailMessage
from email.utils import format_datetime

from tests.conftest import NOON


def mail(
    text: str = "My account was banned, please look again.",
    *,
    sender: str = "Meena Kumari <meena@example.in>",
    to: str = "grievance@example.org",
    subject: str = "My account",
    message_id: str = "<1@example.in>",
    answers: str = "",
    page: str = "",
    files: dict[str, bytes] | None = None,
    **fields: str,
) -> bytes:
    """A mail as a program writes it."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(NOON)
    if message_id:
        message["Message-ID"] = message_id
    if answers:
        message["In-Reply-To"] = answers
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if page:
        message.add_alternative(page, subtype="html")
    for name, data in (files or {}).items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def bounce(
    *,
    recipient: str = "meena@example.in",
    action: str = "failed",
    status: str = "5.1.1",
    message_id: str = "<letter@example.org>",
    part: str = "message/rfc822",
) -> bytes:
    """What a mail server says of a letter of ours."""
    return f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.in>
To: grievance@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-Id: <b1@mx.example.in>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.in
Arrival-Date: Tue, 10 Mar 2026 12:00:00 +0000

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b1
Content-Type: {part}

From: grievance@example.org
To: {recipient}
Subject: We have received your complaint
Message-ID: {message_id}

Thank you.

--b1--
""".encode()


def mailbox(*mails: bytes) -> bytes:
    """A mailbox file with `mails`, as programs write one."""
    written = b""
    for each in mails:
        lines = [
            b">" + line if line.lstrip(b">").startswith(b"From ") else line
            for line in each.splitlines(keepends=True)
        ]
        end = b"" if each.endswith(b"\n") else b"\n"
        written += (
            b"From meena@example.in Tue Mar 10 12:00:00 2026\n" + b"".join(lines) + end + b"\n"
        )
    return written
