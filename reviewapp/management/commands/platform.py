"""`manage.py platform`: the stand-in platform, for development and demonstrations."""

from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from reviewapp.demo.platform import Mood, PlatformServer, StandInPlatform
from reviewapp.demo.platform.mood import ANSWERS, BadMood
from reviewapp.development import STAND_IN_PORT


class Command(BaseCommand):
    help = "A stand-in for the messenger: verifies what it is asked, does it, and shows it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port",
            type=int,
            default=_port(),
            help="on 127.0.0.1, where PLATFORM_URL asks (%(default)s); 0 takes any",
        )
        parser.add_argument(
            "--secret",
            action="append",
            metavar="whsec_…",
            help="a secret that requests are signed with; again for a second valid one"
            " (this machine's own, with DEBUG on)",
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
        secrets = options["secret"]
        if not secrets and not settings.DEBUG:
            raise CommandError("With DEBUG off it is told its secrets: --secret whsec_….")
        try:
            mood = Mood(
                slow_ms=options["slow"],
                fail_rate=options["fail_rate"],
                flap_s=options["flap"],
                answer=options["answer"],
            )
            platform = StandInPlatform(secrets or settings.PLATFORM_SECRETS, mood=mood)
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


def _port() -> int:
    """Where this machine's PLATFORM_URL asks, if that is on this machine."""
    asked = urlsplit(settings.PLATFORM_URL)
    here = asked.hostname in {"127.0.0.1", "localhost"}
    return (asked.port if here else None) or STAND_IN_PORT
