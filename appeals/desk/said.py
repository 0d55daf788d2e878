"""What was said on a ticket, by the person and by us, with the files that came along."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from appeals.enums import Channel, StatementKind
from appeals.models import Appeal, Attachment, Grievance, InboundMail, Statement
from cases.casefile.sealed import ERASED, words_of

_TITLES = {
    StatementKind.FILED: "The person",
    StatementKind.REPEATED: "The person, again",
    StatementKind.ANSWER: "The person answered",
    StatementKind.WITHDRAWAL: "The person took it back",
}


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file to be downloaded. It is never shown."""

    name: str
    url: str
    size: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Said:
    """A statement as `components/_said.html` wants it."""

    title: str
    ours: bool
    at: datetime
    channel: str
    text: str
    erased: bool
    entered_by: str
    files: list[SentFile] = field(default_factory=list)


def said_on(ticket: Appeal | Grievance) -> list[Said]:
    """Everything that was said on `ticket`, the first first. Three queries.

    Needs what unseals it: an appeal's `account`.
    """
    statements = (
        ticket.statements.select_related("author", "entered_by")
        .prefetch_related("attachments", "mails")
        .order_by("said_at", "id")
    )
    return [_said(each, ticket) for each in statements]


def _said(statement: Statement, ticket: Appeal | Grievance) -> Said:
    if isinstance(ticket, Appeal):
        statement.appeal = ticket
    else:
        statement.grievance = ticket
    text = words_of(statement.text)
    ours = statement.kind == StatementKind.QUESTION
    title = f"{statement.author.name} asked" if ours and statement.author else ""
    return Said(
        title=title or _TITLES[StatementKind(statement.kind)],
        ours=ours,
        at=statement.said_at,
        channel="" if ours else Channel(statement.channel).label,
        text="" if text == ERASED else text,
        erased=text == ERASED,
        entered_by=statement.entered_by.name if statement.entered_by else "",
        files=[*files_of(statement.attachments.all(), statement), *_mails(statement.mails.all())],
    )


def files_of(attachments: Iterable[Attachment], statement: Statement | None) -> list[SentFile]:
    """Files of `statement`, or of an order whose row each has loaded."""
    shown = []
    for each in attachments:
        if statement is not None:
            each.statement = statement
        shown.append(
            SentFile(
                name=words_of(each.name),
                url=reverse("appeals:attachment", args=[each.pk]),
                size=filesizeformat(each.size),
                media_type=each.media_type,
            )
        )
    return shown


def _mails(mails: Iterable[InboundMail]) -> list[SentFile]:
    return [
        SentFile(
            name="The mail as it came",
            url=reverse("appeals:mail", args=[each.pk]),
            size=filesizeformat(each.size),
            media_type="message/rfc822",
        )
        for each in mails
    ]
