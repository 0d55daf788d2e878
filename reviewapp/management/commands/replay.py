"""`manage.py replay`: recorded rows, sent to a running instance through its API."""

import os
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reviewapp.demo import replaying
from reviewapp.demo.copenhagen import DEFAULT_START
from reviewapp.demo.feeding import CannotFeed
from reviewapp.demo.progress import progress_bar
from reviewapp.demo.recording import BadRecording


def moment(text: str) -> datetime:
    """An RFC 3339 time with an offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} is not an RFC 3339 time with an offset.")
    return at


class Command(BaseCommand):
    help = (
        "Feed recorded rows to a running instance through its API, with what the reference"
        " detectors make of them."
    )
    # It speaks HTTP with the instance and needs nothing of this one.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths",
            nargs="+",
            type=Path,
            metavar="PATH",
            help='an NDJSON file (a line is an evidence item, or {"account": {…}},'
            ' {"evidence": {…}} or {"detection": {…}}), a CSV file of the Copenhagen study, or a'
            " folder of those",
        )
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where it listens")
        parser.add_argument("--key", help="an API key; REVIEWAPP_API_KEY if left out")
        parser.add_argument(
            "--start",
            type=moment,
            default=DEFAULT_START,
            help="when the Copenhagen study began, in RFC 3339 (default: %(default)s)",
        )
        parser.add_argument(
            "--no-detectors", action="store_true", help="send the rows alone, without detections"
        )
        parser.add_argument(
            "--patience",
            type=float,
            default=20,
            metavar="SECONDS",
            help="how long to try while the instance does not answer (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        key = options["key"] or os.environ.get("REVIEWAPP_API_KEY", "")
        if not key:
            raise CommandError("Name an API key with --key or in REVIEWAPP_API_KEY.")
        try:
            recording = replaying.read(options["paths"], start=options["start"])
            if not options["no_detectors"]:
                judged = replaying.judge(recording)
                if judged.ran:
                    self.stdout.write(f"Detectors: {', '.join(judged.ran)}.")
                if judged.lacked_inputs:
                    lacking = ", ".join(judged.lacked_inputs)
                    self.stdout.write(f"Without their inputs in the data: {lacking}.")
            with progress_bar() as on_progress:
                counts = replaying.feed(
                    recording,
                    url=options["url"],
                    key=key,
                    on_progress=on_progress,
                    patience_s=options["patience"],
                )
        except (BadRecording, CannotFeed) as exc:
            raise CommandError(" ".join(str(exc).split())) from exc
        for what, count in counts.items():
            self.stdout.write(f"{what}: {count}")
        queued = {case for count in counts.values() for case in count.cases}
        self.stdout.write(f"Cases: {len(queued)}")
        refusals = [refusal for count in counts.values() for refusal in count.refusals]
        if refusals:
            rejected = sum(count.rejected for count in counts.values())
            first = " ".join(refusals[0].split())
            raise CommandError(f"{rejected} rows were rejected, the first of them {first}")
