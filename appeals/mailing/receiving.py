"""A mail that comes in: kept as it came, brought to its ticket, or noted for what it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.db import transaction

from appeals import posting
from appeals.enums import MailFate
from appeals.mailing import originals
from appeals.mailing.messages import Mail, Origin
from appeals.mailing.originals import Original
from appeals.mailing.parsing import parse
from appeals.mailing.refusals import MailTooLarge
from appeals.mailing.splitting import Piece
from appeals.mailing.ticketing import BY, bring
from appeals.models import InboundMail, Letter, Statement
from appeals.screening import Sifted, sift
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record

# What was longer on its way says a wrong time.
_LONGEST_WAY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a mail: on which ticket it is, and in a word what was odd about it.

    `is_new` says whether that happened now; otherwise the mail had come before.
    """

    fate: MailFate
    ticket: str
    detail: str
    is_new: bool


def receive(*, piece: Piece, at: datetime) -> Receipt:
    """Take in one mail, in one transaction: its original, what it says, and what follows from that.

    Whatever it is, it is kept and accounted for: as REFUSED what can't be read and what comes too
    often. The same mail again changes nothing. What a machine sends opens no ticket.
    """
    digest = originals.digest_of(piece)
    if known := originals.came_before(digest):
        return _again(known)
    mail = None
    with originals.kept(piece, at=at) as original:
        try:
            if not piece.is_whole:
                raise MailTooLarge
            mail = parse(piece.raw)
            sifted = sift([(each.name, BytesIO(each.data)) for each in mail.attached])
            with transaction.atomic():
                originals.lock(mail, digest)
                if known := originals.came_before(digest, mail):
                    return _again(known)
                return _take_in(mail, sifted, original, at=at)
        except Refused as refusal:
            with transaction.atomic():
                originals.lock(mail, digest)
                if known := originals.came_before(digest):
                    return _again(known)
                return _note(original, mail, MailFate.REFUSED, detail=refusal.code, at=at)


def _take_in(mail: Mail, sifted: Sifted, original: Original, *, at: datetime) -> Receipt:
    if mail.origin is Origin.BOUNCE:
        letter = _bounced(mail, at=at)
        detail = "" if letter else "no-letter-of-ours"
        return _note(original, mail, MailFate.BOUNCE, letter=letter, detail=detail, at=at)
    if mail.origin is not Origin.PERSON:
        detail = mail.origin.value.lower()
        return _note(original, mail, MailFate.AUTOMATIC, detail=detail, at=at)
    brought = bring(mail, sifted, received_at=_received_at(mail, at=at), at=at)
    fate = MailFate.OPENED if brought.is_new else MailFate.THREADED
    return _note(original, mail, fate, statement=brought.statement, detail=brought.detail, at=at)


def _bounced(mail: Mail, *, at: datetime) -> Letter | None:
    """Note on our letter that it came back; the letter, where the mail is about one of ours.

    A report says so of the letter by its id. Mail servers that send none answer it instead.
    """
    reports = {each.message_id: each.status for each in mail.bounces if each.is_final}
    if not mail.bounces:
        reports = dict.fromkeys(mail.answers, "")
    about = None
    for message_id in reports or [each.message_id for each in mail.bounces]:
        if letter := posting.letter_of(message_id):
            about = letter
            if message_id in reports:
                posting.bounced(letter=letter, status=reports[message_id], at=at)
    return about


def _received_at(mail: Mail, *, at: datetime) -> datetime:
    """When the mail reached our server, which may be well before it is read."""
    arrived = mail.arrived_at
    return arrived if arrived and at - _LONGEST_WAY <= arrived <= at else at


def _note(
    original: Original,
    mail: Mail | None,
    fate: MailFate,
    *,
    at: datetime,
    statement: Statement | None = None,
    **columns: Any,
) -> Receipt:
    """Write down in the caller's transaction what became of a mail."""
    message_id = mail.message_id if mail else ""
    row = original.record(fate=fate, message_id=message_id, statement=statement, at=at, **columns)
    ticket = (statement.appeal or statement.grievance) if statement else None
    account = ticket.account if ticket else None
    record(
        Entry(
            kind="mail.received",
            actor=BY,
            happened_at=at,
            account=account.ref if account else "",
            outcome=fate,
            particulars={
                "mail": str(row.pk),
                "sha256": original.digest.hex(),
                "ticket": ticket.ref if ticket else None,
                "detail": row.detail,
                "size": original.size,
            },
        ),
        at=at,
    )
    return Receipt(fate, ticket.ref if ticket else "", row.detail, True)


def _again(known: InboundMail) -> Receipt:
    ticket = known.statement.ticket.ref if known.statement else ""
    return Receipt(MailFate(known.fate), ticket, known.detail, False)
