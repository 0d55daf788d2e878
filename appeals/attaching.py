"""Files that came with a text or an order, put into storage and found again.

# Note [Stored before, and gone unless it stands]

A file is written to storage before the transaction that names it begins, for nothing slow happens
inside one. So whoever attaches does it within `kept`: when that ends and the file was not attached,
or what it was attached in was undone, the file goes again. A process that is killed in between
leaves it; so does a caller whose own, outer transaction is undone after. `sweep` finds both, for
files lie in a folder for each day.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from appeals.lines import line
from appeals.models import Appeal, Attachment, Grievance, InboundMail, Order, Statement
from appeals.screening import Readable, Screened, screen_all
from reviewapp.ledger.recording import record_all

FOLDER = "attachments"
# What names the files of each folder.
_NAMED_BY: dict[str, type[Attachment] | type[InboundMail]] = {
    FOLDER: Attachment,
    "mail": InboundMail,
}
# Longer than any transaction that could still name a file.
_GRACE = timedelta(days=2)
# A worker that was away for a week still finds what it has not looked at.
_LOOKED_AT = timedelta(days=9)


class Upload(NamedTuple):
    """A file as somebody sent it: what they call it, and its bytes."""

    name: str
    content: Readable


@dataclass(slots=True)
class Kept:
    """Screened files in storage, to be attached to what they came with."""

    files: list[tuple[str, Screened]] = field(default_factory=list)
    attached: bool = False

    def attach(
        self,
        *,
        at: datetime,
        by: str,
        statement: Statement | None = None,
        order: Order | None = None,
    ) -> list[Attachment]:
        """Name them in the caller's transaction, as part of a statement or an order.

        Needs the ticket loaded, as `lines.line` does; `by` is the ledger's actor.
        """
        ticket: Appeal | Grievance | Order | None = order
        if statement is not None:
            ticket = statement.appeal or statement.grievance
        assert ticket is not None
        self.attached = True
        attachments = [
            Attachment(
                statement=statement,
                order=order,
                storage_name=name,
                sha256=bytes.fromhex(screened.digest),
                size=len(screened.data),
                media_type=screened.kind,
                name_sealed=ticket.seal(screened.name, context="attachment.name"),
                received_at=at,
            )
            for name, screened in self.files
        ]
        Attachment.objects.bulk_create(attachments)
        record_all(
            [
                line(
                    ticket, "attachment.received", by, at, attachment=str(each.pk), size=each.size,
                    media_type=each.media_type, sha256=each.sha256.hex(),
                )
                for each in attachments
            ],
            at=at,
        )  # fmt: skip
        return attachments


@contextmanager
def kept(
    files: Sequence[Upload | Screened], *, at: datetime, by_staff: bool = False
) -> Iterator[Kept]:
    """Screen `files` and hold them in storage for the length of the block, around a transaction.

    They stay if they were attached and the block ended well: see Note [Stored before, and gone
    unless it stands]. What was screened before is taken as it is, and the same bytes once.
    Raises a FileRefused, whose `pointer` is like "files/0", before anything is stored.
    """
    stored = Kept()
    try:
        for screened in _screened(files, by_staff=by_staff):
            name = f"{FOLDER}/{at:%Y-%m-%d}/{secrets.token_hex(20)}"
            stored.files.append((default_storage.save(name, ContentFile(screened.data)), screened))
        yield stored
    except BaseException:
        _remove(name for name, _ in stored.files)
        raise
    if not stored.attached:
        _remove(name for name, _ in stored.files)


def sweep(*, now: datetime) -> int:
    """Remove files of past days that nothing names, mails too; how many there were."""
    first, before = (now - _LOOKED_AT).date(), (now - _GRACE).date()
    removed = 0
    for folder, kind in _NAMED_BY.items():
        for day in _folders(folder):
            with suppress(ValueError):
                if first <= date.fromisoformat(day) < before:
                    removed += _sweep_day(f"{folder}/{day}", kind)
    return removed


def _sweep_day(folder: str, kind: type[Attachment] | type[InboundMail]) -> int:
    with suppress(FileNotFoundError):
        names = {f"{folder}/{name}" for name in default_storage.listdir(folder)[1]}
        named = kind.objects.filter(storage_name__in=names)
        orphans = names - set(named.values_list("storage_name", flat=True))
        _remove(orphans)
        return len(orphans)
    return 0


def _folders(folder: str) -> list[str]:
    with suppress(FileNotFoundError):
        return list(default_storage.listdir(folder)[0])
    return []


def _screened(files: Sequence[Upload | Screened], *, by_staff: bool) -> list[Screened]:
    uploads = [each for each in files if isinstance(each, Upload)]
    screened = [each for each in files if isinstance(each, Screened)]
    screened += screen_all(uploads, by_staff=by_staff)
    return list({each.digest: each for each in screened}.values())


def _remove(names: Iterator[str] | set[str]) -> None:
    for name in names:
        default_storage.delete(name)
