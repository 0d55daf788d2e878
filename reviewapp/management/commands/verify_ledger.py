from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.heads import Head, latest_head, read_heads
from reviewapp.ledger.misfits import Misfit
from reviewapp.ledger.verifying import LATE, verify


class Command(BaseCommand):
    help = (
        "Makes every seal of the ledger again; names the first entry or seal that does not fit."
        " The last line printed is the newest head, to be kept elsewhere."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--against",
            metavar="HEAD",
            help="a head kept elsewhere, like 12:5e88…, or a file with one head a line",
        )
        parser.add_argument(
            "--print-head",
            action="store_true",
            help="print the newest head without verifying anything",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["print_head"]:
            self._print_head()
            return
        try:
            kept = _kept(options["against"]) if options["against"] else []
            verified = verify(now=timezone.now(), against=kept)
        except (Refused, Misfit) as misfit:
            raise CommandError(str(misfit)) from None
        if verified.late:
            self.stderr.write(
                f"{verified.late} entries have waited for a seal for more than"
                f" {LATE.seconds} seconds: is the sealer running?"
            )
        against = f" They pass through {len(kept)} kept heads." if kept else ""
        self.stdout.write(
            f"{verified.entries} entries in {verified.seals} seals fit;"
            f" {verified.waiting} wait for theirs.{against}"
        )
        if verified.head:
            self.stdout.write(str(verified.head))

    def _print_head(self) -> None:
        head = latest_head()
        if head is None:
            raise CommandError("Nothing is sealed yet, so there is no head.")
        self.stdout.write(str(head))


def _kept(against: str) -> list[Head]:
    if not Path(against).is_file():
        return [Head.parse(against)]
    try:
        return read_heads(Path(against).read_text().splitlines())
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandError(f"{against} cannot be read: {problem}") from None
