"""`manage.py bench`: one thing measured beside its limit, in a database of its own."""

import json
import os
import subprocess
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from reviewapp.bench import BENCHES, Measure
from reviewapp.kernel.refusals import Refused
from reviewapp.running import database_url, throwaway
from reviewapp.running.instance import MANAGE


class Command(BaseCommand):
    help = (
        "Measure one thing beside its physical limit in the same run, in a database of its own that"
        " is removed afterwards. Exits 0 whatever the figures."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=sorted(BENCHES))
        parser.add_argument("--rows", type=int, default=100_000)
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--here", action="store_true", help="use this instance's own database")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rows"] < 2_000:
            raise CommandError("Measure over 2,000 rows or more.")
        if options["here"]:
            self.measure(options)
            return
        arguments = [options["what"], "--rows", str(options["rows"]), "--here"]
        if options["json"]:
            arguments.append("--json")
        with throwaway(database_url=database_url(), name="bench") as environment:
            done = subprocess.run([*MANAGE, "bench", *arguments], env=environment, check=False)
        if done.returncode:
            raise CommandError("It could not be measured; what went wrong is said above.")

    def measure(self, options: dict[str, Any]) -> None:
        if "/bench_" not in os.environ.get("DATABASE_URL", ""):
            raise CommandError(
                "Measuring fills and empties tables: only in a database called bench_…."
            )
        call_command("migrate", verbosity=0)
        measures: list[Measure] = []
        try:
            for measure in BENCHES[options["what"]](rows=options["rows"], say=self.say):
                measures.append(measure)
                if not options["json"]:
                    self.stdout.write(_line(measure))
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "what": options["what"],
                        "rows": options["rows"],
                        "measures": [measure.row() for measure in measures],
                    }
                )
            )

    def say(self, words: str) -> None:
        self.stderr.write(words)


def _line(measure: Measure) -> str:
    beside = ""
    if measure.limit is not None:
        beside = f" beside {measure.limit:,.1f} (ratio {measure.ratio:.2f})"
    verdict = "met" if measure.ok else "NOT MET"
    return (
        f"{measure.name}: {measure.product:,.1f} {measure.unit}{beside};"
        f" aim {measure.aim}: {verdict}"
    )
