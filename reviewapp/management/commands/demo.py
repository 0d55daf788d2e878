"""`manage.py demo`: a whole instance on this machine, with a simulated messenger to review."""

import json
import os
import signal
import subprocess
import threading
import time
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.utils import timezone
from psycopg import sql

from reviewapp.demo import story
from reviewapp.demo.appellants import disagree
from reviewapp.demo.browsing import Lost
from reviewapp.demo.feeding import CannotFeed, feed_disagreement, feed_world
from reviewapp.demo.progress import progress_bar
from reviewapp.demo.world import World, build_world
from reviewapp.development import STAND_IN_PORT
from reviewapp.embedded import stop_postgres
from reviewapp.running import Instance, Supervisor, database_url, free_port, throwaway
from reviewapp.running.instance import MANAGE, execute
from reviewapp.staff import keying
from reviewapp.staff.models import Source, User

WEB_PORT = 8000
SEED = 2019
# Whose the reference detectors are: they belong to the source that used them first.
SOURCE = "simulated-messenger"
PASSWORD = "a-demo-password"  # noqa: S105 - for a machine that only listens to itself
# E-mail, name, roles.
PEOPLE = (
    ("ada@example.org", "Ada Okafor", ["ANALYST"]),
    ("bo@example.org", "Bo Lindqvist", ["ANALYST"]),
    ("lena@example.org", "Lena Moreau", ["LEAD", "ANALYST"]),
    ("asha@example.org", "Asha Rao", ["ADMIN"]),
    ("omar@example.org", "Omar Haddad", ["AUDITOR"]),
    ("priya@example.org", "Priya Nair", ["APPEALS"]),
    ("tomas@example.org", "Tomás Silva", ["APPEALS"]),
    ("ravi@example.org", "Ravi Menon", ["GRIEVANCE_OFFICER"]),
)
READY_SECONDS = 60


class Command(BaseCommand):
    help = (
        "Run everything on this machine: database, web server, worker, beat, the stand-in platform"
        " and a simulated messenger of several hundred accounts. Ctrl-C stops it all; a second"
        " start keeps the data."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fresh", action="store_true", help="start over, without the old data")
        parser.add_argument("--port", type=int, help=f"of the web server ({WEB_PORT} if free)")
        parser.add_argument("--seed", type=int, default=SEED, help="of the simulated messenger")
        parser.add_argument(
            "--check",
            action="store_true",
            help="run the whole story without a browser, in a database of its own, and exit 0 if"
            " all figures agree",
        )
        parser.add_argument(
            "--story", action="store_true", help="tell the story on this instance, then stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo has known passwords: it runs with DEBUG on only.")
        if options["check"]:
            self.check_story(seed=options["seed"])
            return
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            self.run(options)
        except KeyboardInterrupt:
            stop_database()
            self.stdout.write("Stopped.")
        except (CannotFeed, Lost) as refusal:
            raise CommandError(str(refusal)) from refusal

    # The check: this command again, in a place of its own

    def check_story(self, *, seed: int) -> None:
        """Tell the story in a throwaway instance. Exits 1 if it does not come out right."""
        url = database_url()
        with throwaway(database_url=url, name="check") as environment:
            told = subprocess.run(
                [*MANAGE, "demo", "--story", "--seed", str(seed), "--port", str(free_port())],
                env=environment,
                check=False,
            )
        if told.returncode:
            raise SystemExit(1)

    # The run

    def run(self, options: dict[str, Any]) -> None:
        started = time.monotonic()
        if options["fresh"]:
            start_over()
        call_command("migrate", verbosity=0)
        until = remembered_until()
        make_people()
        # Built while the web server starts.
        world = ThreadPoolExecutor(1).submit(build_world, seed=options["seed"], until=until)
        instance = Instance(
            environment={
                # What is mailed in a demo stays on this machine.
                "EMAIL_URL": f"file://{settings.DATA}/mail",
                **os.environ,
                "DATABASE_URL": database_url(),
                "DEBUG": "1",
            },
            web_port=free_port(options["port"] or WEB_PORT),
            platform_port=free_port(STAND_IN_PORT),
        )
        with Supervisor() as supervisor:
            supervisor.start(instance.platform())
            supervisor.start(instance.web())
            supervisor.start(instance.worker())
            supervisor.start(instance.sealer())
            supervisor.start(instance.mailer())
            supervisor.start(instance.beat())
            wait_until_ready(instance)
            key = make_key()
            if options["story"]:
                self.tell(instance, world.result(), key)
                return
            with progress_bar() as on_progress:
                counts = feed_world(
                    world.result(), url=instance.url, key=key, on_progress=on_progress
                )
                feed_disagreement(
                    disagree(world.result()), url=instance.url, key=key, on_progress=on_progress
                )
            if counts.rejected:
                raise CommandError(f"{counts.rejected} rows were rejected: {counts.refusals[0]}")
            self.stdout.write(self.welcome(instance, key, seconds=time.monotonic() - started))
            self.stdout.flush()
            threading.Event().wait()

    def tell(self, instance: Instance, world: World, key: str) -> None:
        people = story.People(
            analysts=[PEOPLE[0][0], PEOPLE[1][0]],
            lead=PEOPLE[2][0],
            admin=PEOPLE[3][0],
            password=PASSWORD,
        )
        agreed = story.tell(
            world,
            url=instance.url,
            platform_url=instance.platform_url,
            key=key,
            people=people,
            verify=lambda: verify_ledger(instance),
            say=lambda line: self.stdout.write(line),
        )
        if not agreed:
            raise SystemExit(1)

    def welcome(self, instance: Instance, key: str, *, seconds: float) -> str:
        signs = "\n".join(f"  {email:<18} {name} ({', '.join(r)})" for email, name, r in PEOPLE)
        return (
            f"\nReady after {seconds:.0f} s: {instance.url}\n\n"
            f"Sign in as one of these, with the password {PASSWORD}\n{signs}\n\n"
            f"The stand-in platform shows what it was asked: {instance.platform_url}\n"
            f"What is mailed is written to a folder: {instance.environment['EMAIL_URL']}\n"
            f"API documentation: {instance.url}/api/docs/, with this key, good for a day:\n"
            f"  {key}\n\n"
            "Ctrl-C stops everything; the data stays for the next start.\n"
        )


def stop_database() -> None:
    """Stop the embedded database, unless another process uses it or it is not ours to stop."""
    if not os.environ.get("DATABASE_URL"):
        connections.close_all()
        connection.close_pool()  # type: ignore[attr-defined]
        stop_postgres(data=settings.DATA, unless_used=True)


def start_over() -> None:
    """An empty database under the same name, and no memory of the simulated time."""
    name = str(connection.settings_dict["NAME"])
    connections.close_all()
    connection.close_pool()  # type: ignore[attr-defined]
    url = database_url()
    execute(url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    execute(url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    _memory().unlink(missing_ok=True)


def remembered_until() -> datetime:
    """The end of the simulated month: of the first start, so that a second one adds nothing."""
    memory = _memory()
    try:
        return datetime.fromisoformat(json.loads(memory.read_text())["until"])
    except (OSError, ValueError, KeyError):
        until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps({"until": until.isoformat()}))
        return until


def _memory() -> Path:
    return Path(settings.DATA) / "demo.json"


def make_people() -> None:
    for email, name, roles in PEOPLE:
        if not User.objects.filter(email__iexact=email).exists():
            User.objects.create_user(email, PASSWORD, name=name, roles=roles)


def make_key() -> str:
    """A key for the simulated messenger, good for a day."""
    source, _ = Source.objects.get_or_create(
        name=SOURCE, defaults={"description": "The demo's messenger and detectors"}
    )
    now = timezone.now()
    issued = keying.issue(
        source=source,
        scopes=["intake", "enforced", "platform", "appeals", "feedback", "read", "export"],
        by="system",
        at=now,
        name="demo",
        expires_at=now + timedelta(days=1),
    )
    return issued.secret


def wait_until_ready(instance: Instance) -> None:
    """Wait until web server and platform answer. Raises CommandError after a minute."""
    deadline = time.monotonic() + READY_SECONDS
    for url in (f"{instance.url}/healthz", f"{instance.platform_url}state.json"):
        while True:
            try:
                if httpx.get(url, timeout=5, trust_env=False).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            if time.monotonic() > deadline:
                raise CommandError(f"{url} did not answer within {READY_SECONDS} seconds.")
            time.sleep(0.1)


def verify_ledger(instance: Instance) -> tuple[int, str]:
    """Exit status and words of `verify_ledger` on that instance."""
    done = subprocess.run(
        [*MANAGE, "verify_ledger"],
        env=instance.full_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).strip()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
