"""Takes in mail: from a mail server that hands one over, or from a mailbox file."""

import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from appeals.enums import MailFate
from appeals.mailing import MailRefused, Piece, Receipt, mails_in, one_mail, receive

_WORDS = {
    MailFate.OPENED: "opened a ticket",
    MailFate.THREADED: "joined a ticket",
    MailFate.BOUNCE: "says that a letter came back",
    MailFate.AUTOMATIC: "was sent by a machine",
    MailFate.REFUSED: "refused",
}
_NOT_KEPT = "not kept"


class Command(BaseCommand):
    help = (
        "Takes in one mail, or with --mbox a mailbox file, from FILE or from standard input. A mail"
        " taken in before changes nothing, so a mailbox may be given again. Prints a line for each"
        " mail; fails where one was refused or could not be kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", metavar="FILE", help="where the mail is; without it standard input"
        )
        parser.add_argument(
            "--mbox", action="store_true", help="FILE is a mailbox, with any number of mails"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, mbox = options["file"], options["mbox"]
        try:
            if name is None:
                counted = self._take_all_in(sys.stdin.buffer, mbox=mbox)
            else:
                with Path(name).open("rb") as file:
                    counted = self._take_all_in(file, mbox=mbox)
        except OSError as problem:
            raise CommandError(f"{name or 'The mail'} cannot be read: {problem.strerror}") from None
        except MailRefused as refusal:
            raise CommandError(str(refusal)) from None
        parts = ", ".join(f"{count} {what}" for what, count in counted.items())
        total = f"{counted.total()} mail{'' if counted.total() == 1 else 's'}"
        self.stdout.write(f"{total}: {parts}." if parts else f"{total}.")
        if counted[_WORDS[MailFate.REFUSED]] or counted[_NOT_KEPT]:
            raise CommandError("Not every mail was taken in.")

    def _take_all_in(self, file: BinaryIO, *, mbox: bool) -> Counter[str]:
        pieces = mails_in(file) if mbox else [one_mail(file)]
        return Counter(self._take_in(piece, number) for number, piece in enumerate(pieces, start=1))

    def _take_in(self, piece: Piece, number: int) -> str:
        """Take in one mail, and say in a line what became of it; the word it is counted under."""
        try:
            receipt = receive(piece=piece, at=timezone.now())
        except (DatabaseError, OSError) as failure:
            # The others may fare better, and this one may be given again.
            self.stderr.write(f"{number}: {_NOT_KEPT}: {type(failure).__name__}")
            return _NOT_KEPT
        self.stdout.write(f"{number}: {_line(receipt)}")
        return _WORDS[receipt.fate] if receipt.is_new else "known"


def _line(receipt: Receipt) -> str:
    parts = [_WORDS[receipt.fate], receipt.ticket, receipt.detail and f"({receipt.detail})"]
    said = " ".join(part for part in parts if part)
    return said if receipt.is_new else f"known: {said}"
