"""`manage.py platform`: the stand-in platform, for development and demonstrations."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reviewapp.demo.platform import Mood, PlatformServer, StandInPlatform
from reviewapp.demo.platform.mood import ANSWERS, BadMood


class Command(BaseCommand):
    help = "A stand-in for the messenger: verifies what it is asked, does it, and shows it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=9100, help="on 127.0.0.1; 0 takes any")
        parser.add_argument(
            "--secret",
            action="append",
            required=True,
            metavar="whsec_…",
            help="a secret that requests are signed with; again for a second valid one",
        )
        parser.add_argument(
            "--slow", type=float, default=0, metavar="MS", help="answer so much later"
        )
        parser.add_argument(
            "--fail-rate", type=float, default=0, metavar="0..1", help="the share that fails"
        )
        parser.add_argument(
            "--flap", type=float, default=0, metavar="SECONDS", help="down, then up, for so long"
        )
        parser.add_argument("--answer", choices=ANSWERS, default="applied", help="what 2xx says")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            mood = Mood(
                slow_ms=options["slow"],
                fail_rate=options["fail_rate"],
                flap_s=options["flap"],
                answer=options["answer"],
            )
            platform = StandInPlatform(options["secret"], mood=mood)
            server = PlatformServer(platform, port=options["port"])
        except (BadMood, ValueError, OverflowError) as exc:
            raise CommandError(str(exc)) from exc
        except OSError as exc:
            raise CommandError(f"Port {options['port']} cannot be used: {exc.strerror}.") from exc
        self.stdout.write(f"Stand-in platform at {server.url}")
        self.stdout.flush()
        with server:
            try:
                server.serve_forever(poll_interval=0.2)
            except KeyboardInterrupt:
                self.stdout.write("Stopped.")
