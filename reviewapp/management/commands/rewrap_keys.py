from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases.rewrapping import Rewrapped, rewrap_all


class Command(BaseCommand):
    help = (
        "Wraps every data key, of accounts and tickets, under the first of FIELD_KEYS, after a new"
        " one was put there. May run while everything else does, and again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = rewrap_all(by="system", at=timezone.now(), progress=self._tell)
        if done.closed:
            raise CommandError(
                f"{done.closed:,} keys were wrapped under none of FIELD_KEYS, the first that of"
                f" {done.first_closed}: put their field key back into the list."
            )
        self.stdout.write(
            f"{done.anew:,} keys wrapped anew, {done.before:,} had been before,"
            f" {done.erased:,} were erased; none is left under another field key."
        )

    def _tell(self, done: Rewrapped) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"{done.anew + done.before:,} keys", ending="\r")
