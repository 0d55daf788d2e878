"""Which ticket a person's mail is about, and the mail put on it as their word.

# Note [Whose word a mail is]

Whoever writes mail can write any sender on it. So a mail joins a ticket only where it names it, by
its number or by answering a mail about it, and comes from the address that the ticket has; what it
says is kept as the person's word, and nothing is told or undone by it. One that names a ticket from
another address opens a new one, and says which it named: a person looks.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from appeals import asking, attaching, claiming, complaining, filing, limiting, posting
from appeals.asking import AnsweredAlready, NothingAsked
from appeals.cleaning import LONGEST_TEXT, clean
from appeals.enums import Channel, StatementKind
from appeals.lines import line
from appeals.mailing.guessing import account_in, category_of
from appeals.mailing.messages import Mail
from appeals.models import Appeal, Grievance, InboundMail, Statement
from appeals.models.tickets import contact_index
from appeals.screening import Screened, Sifted
from reviewapp.ledger.recording import record

# The ledger's name for what comes in by mail.
BY = "mail"
Ticket = Appeal | Grievance
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Brought:
    """A mail on its ticket: the statement that it is kept as, and whether that opened it."""

    statement: Statement
    is_new: bool
    detail: str


def bring(mail: Mail, sifted: Sifted, *, received_at: datetime, at: datetime) -> Brought:
    """Put what a person mailed on the ticket that it is about, in the caller's transaction.

    See Note [Whose word a mail is]. Of its files, `sifted`, those that aren't kept are noted.
    Raises TooManyRequests, and what filing and answering refuse.
    """
    limiting.count(*limiting.of_sender(mail.sender), at=at)
    named = _tickets_named(mail)
    theirs = [each for each in named if _is_of_sender(each, mail)]
    detail = ""
    for ticket in theirs:
        # It may be answered while this mail comes in.
        with suppress(AnsweredAlready):
            if ticket.is_open:
                statement = _join(ticket, mail, sifted, received_at=received_at, at=at)
                return Brought(statement, False, "")
        detail = f"after-the-answer {ticket.ref}"
    if named and not theirs:
        detail = f"another-address {named[0].ref}"
    return Brought(_open(mail, sifted, received_at=received_at, at=at), True, detail)


def _tickets_named(mail: Mail) -> list[Ticket]:
    """The tickets that a mail names, by number first, then by the mails that it answers.

    Of one that repeats another it is the other, where it is answered.
    """
    found: list[Ticket] = []
    for kind in (Appeal, Grievance):
        rows = kind.objects.filter(ref__in=mail.refs).select_related("account")
        found += rows[:_MOST_NAMED]
    found.sort(key=lambda ticket: mail.refs.index(ticket.ref))
    letters = [posting.letter_of(each) for each in reversed(mail.answers)]
    found += [letter.ticket for letter in letters if letter]  # type: ignore[misc]
    answered = InboundMail.objects.filter(message_id__in=mail.answers, statement__isnull=False)
    for each in answered.select_related("statement__appeal", "statement__grievance")[:_MOST_NAMED]:
        assert each.statement is not None
        found.append(each.statement.ticket)  # type: ignore[arg-type]
    found = [(isinstance(each, Grievance) and each.duplicate_of) or each for each in found]
    return list({ticket.ref: ticket for ticket in found}.values())[:_MOST_NAMED]


def _is_of_sender(ticket: Ticket, mail: Mail) -> bool:
    known = ticket.contact_index
    return bool(mail.sender) and known is not None and bytes(known) == contact_index(mail.sender)


def _words(mail: Mail, sifted: Sifted, *, begins: bool) -> str:
    """What the mail says, with a note of what of it isn't kept on the ticket."""
    said = f"{mail.subject}\n\n{mail.said}" if begins else mail.said or mail.subject
    notes = [f"{name} ({refused.code})" for name, refused in sifted.refused[:10]]
    note = f"\n\n[Not kept of this mail: {'; '.join(notes)}]" if notes else ""
    more = "\n\n[The mail goes on; its original has all of it.]"
    said = said.strip() or "[No text.]"
    if not mail.is_whole or len(said) + len(note) > LONGEST_TEXT:
        said = said[: LONGEST_TEXT - len(note) - len(more)].rstrip() + more
    return said + note


def _open(mail: Mail, sifted: Sifted, *, received_at: datetime, at: datetime) -> Statement:
    """A grievance of what was mailed, with the appeal that it contains."""
    text = f"{mail.subject}\n{mail.said}\n{mail.signature}"
    account = account_in(text)
    received = complaining.receive(
        channel=Channel.EMAIL,
        category=category_of(text, account=account),
        text=_words(mail, sifted, begins=True),
        account=account,
        contact=mail.sender,
        files=sifted.kept,
        received_at=received_at,
        at=at,
        by=BY,
    )
    return received.statement


def _join(
    ticket: Ticket, mail: Mail, sifted: Sifted, *, received_at: datetime, at: datetime
) -> Statement:
    """Keep what was mailed as the answer to a question, or else as something more to say."""
    text, files = _words(mail, sifted, begins=False), sifted.kept
    try:
        return asking.answer(
            ticket=ticket, text=text, files=files, channel=Channel.EMAIL, at=at, by=BY
        )
    except NothingAsked:
        appeal = ticket if isinstance(ticket, Appeal) else ticket.appeal
    if appeal is not None and appeal.is_open:
        # Where it is decided is where it is read.
        return filing.file(
            account=appeal.account, channel=Channel.EMAIL, text=text, files=files,
            received_at=received_at, at=at, by=BY,
        ).statement  # fmt: skip
    assert isinstance(ticket, Grievance)
    return _add(ticket, text, files, received_at=received_at, at=at)


def _add(
    grievance: Grievance, text: str, files: list[Screened], *, received_at: datetime, at: datetime
) -> Statement:
    """Keep more words of whoever complained, unasked."""
    with attaching.kept(files, at=at) as kept, transaction.atomic():
        grievance = claiming.lock(grievance)
        statement = Statement.objects.create(
            grievance=grievance,
            kind=StatementKind.REPEATED,
            channel=Channel.EMAIL,
            text_sealed=grievance.seal(clean(text), context="statement.text"),
            said_at=received_at,
            recorded_at=at,
        )
        grievance.version += 1
        grievance.save(update_fields=["version"])
        attachments = kept.attach(statement=statement, at=at, by=BY)
        record(
            line(
                grievance, "grievance.repeated", BY, at, channel=str(Channel.EMAIL),
                statement=str(statement.pk), files=len(attachments),
            ),
            at=at,
        )  # fmt: skip
    return statement
