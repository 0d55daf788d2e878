from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from reviewapp.kernel.refusals import Refused
from reviewapp.staff import keying
from reviewapp.staff.models import Scope, Source


class Command(BaseCommand):
    """Prints the key, and nothing else, on standard output: `KEY=$(manage.py create_api_key …)`."""

    help = "Make an API key of SOURCE (which is made too, if it is new) and print it once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="SOURCE", help="such as spam-models")
        parser.add_argument(
            "--scope",
            dest="scopes",
            action="append",
            required=True,
            metavar="S",
            help=f"what it opens; once for each: {', '.join(Scope.values)}",
        )
        parser.add_argument("--name", default="", help="what the key is for")
        parser.add_argument("--expires-days", type=int, metavar="N", help="how many days it opens")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        days = options["expires_days"]
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("--expires-days takes a number from 1 to 3650.")
        try:
            with transaction.atomic():
                issued = keying.issue(
                    source=self._source(options["source"]),
                    scopes=options["scopes"],
                    name=options["name"][:100],
                    expires_at=None if days is None else now + timedelta(days=days),
                    by="system",
                    at=now,
                )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(issued.secret)
        self.stderr.write("Keep it now: it cannot be shown again.")

    def _source(self, name: str) -> Source:
        try:
            Source(name=name).clean_fields()
        except ValidationError as wrong:
            raise CommandError(f"SOURCE: {' '.join(wrong.messages)}") from wrong
        return Source.objects.get_or_create(name=name)[0]
