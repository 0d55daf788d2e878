"""The originals of mails in storage, and which mails came before."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from appeals.mailing.messages import Mail
from appeals.mailing.parsing import parse
from appeals.mailing.refusals import MailRefused
from appeals.mailing.splitting import Piece
from appeals.models import InboundMail

FOLDER = "mail"
# Of mails that share a message id so many are compared; honest ones are one or two.
_COMPARED = 5


@dataclass(slots=True)
class Original:
    """A mail as it came, in storage for as long as it takes to say what became of it."""

    digest: bytes
    size: int
    name: str
    recorded: bool = False

    def record(
        self, *, fate: str, at: datetime, message_id: str = "", **columns: Any
    ) -> InboundMail:
        """Say in the caller's transaction what became of it; the original stays with that."""
        mail = InboundMail.objects.create(
            sha256=self.digest,
            size=self.size,
            storage_name=self.name,
            message_id=message_id,
            fate=fate,
            received_at=at,
            **columns,
        )
        self.recorded = True
        return mail


@contextmanager
def kept(piece: Piece, *, at: datetime) -> Iterator[Original]:
    """Hold `piece` in storage for the length of the block, around a transaction.

    It stays if it was recorded and the block ended well: see Note [Stored before, and gone unless
    it stands] in appeals.attaching. Of a mail that is too large it is the beginning.
    """
    name = default_storage.save(
        f"{FOLDER}/{at:%Y-%m-%d}/{secrets.token_hex(20)}", ContentFile(piece.raw)
    )
    original = Original(digest_of(piece), piece.size, name)
    try:
        yield original
    except BaseException:
        default_storage.delete(name)
        raise
    if not original.recorded:
        default_storage.delete(name)


def digest_of(piece: Piece) -> bytes:
    return sha256(piece.raw).digest()


def came_before(digest: bytes, mail: Mail | None = None) -> InboundMail | None:
    """The same mail as it came before; None where this is the first time.

    It may have come by another way, with other servers' fields on it: then it has the same id and
    says the same. Two that share an id alone are two mails.
    """
    mails = InboundMail.objects.select_related("statement__appeal", "statement__grievance")
    known: InboundMail | None = mails.filter(sha256=digest).first()
    if known or mail is None or not mail.message_id:
        return known
    for each in mails.filter(message_id=mail.message_id).order_by("received_at")[:_COMPARED]:
        if _says_the_same(each, mail):
            return each
    return None


def lock(mail: Mail | None, digest: bytes) -> None:
    """Have the same mail, come twice in one moment, wait here for the end of the transaction."""
    key = mail.message_id.encode() if mail and mail.message_id else digest
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s)",
            [int.from_bytes(sha256(b"mail " + key).digest()[:8], "big", signed=True)],
        )


def _says_the_same(known: InboundMail, mail: Mail) -> bool:
    try:
        with default_storage.open(known.storage_name) as file:
            before = parse(file.read())
    except (MailRefused, OSError):
        return False
    return before.content == mail.content
