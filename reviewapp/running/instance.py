"""An instance: which processes it has, and the environment that they share."""

import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from psycopg import sql

from reviewapp.embedded import postgres_url
from reviewapp.running.supervisor import Program

PROJECT = Path(__file__).resolve().parent.parent.parent
MANAGE = [sys.executable, str(PROJECT / "manage.py")]


@dataclass(frozen=True)
class Instance:
    """Where the processes of an instance listen, and what they are told.

    `environment` names database, data folder and secrets, as the settings read them.
    """

    environment: Mapping[str, str]
    web_port: int
    platform_port: int
    # Another address than the stand-in's, where nothing listens and nothing is sent.
    elsewhere: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def platform_url(self) -> str:
        return self.elsewhere or f"http://127.0.0.1:{self.platform_port}/"

    def full_environment(self) -> dict[str, str]:
        return {
            # Unless the environment says by which address people come.
            "PUBLIC_URL": self.url,
            **self.environment,
            "PLATFORM_URL": self.platform_url,
            "PYTHONUNBUFFERED": "1",
            # In a container everything may run as root; Celery need not say so twice a start.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        }

    def web(self, *, workers: int = 2) -> Program:
        arguments = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
            "--port", str(self.web_port), "--workers", str(workers), "--blocking-threads", "4",
            "--respawn-failed-workers", "--no-ws", "--log-level", "warning",
            "reviewapp.wsgi:application",
        ]  # fmt: skip
        return Program("web", arguments, self.full_environment())

    def worker(self, *, processes: int = 2, name: str = "worker", queue: str = "celery") -> Program:
        arguments = [
            sys.executable, "-m", "celery", "--quiet", "-A", "reviewapp", "worker",
            "--concurrency", str(processes), "--loglevel", "WARNING",
            "--without-gossip", "--without-mingle", "--without-heartbeat",
            "--hostname", f"{name}@%h", "--queues", queue,
        ]  # fmt: skip
        return Program(name, arguments, self.full_environment())

    def sealer(self) -> Program:
        """The worker of the ledger's own queue."""
        return self.worker(processes=1, name="sealer", queue="ledger")

    def mailer(self) -> Program:
        """The worker of mail's own queue."""
        return self.worker(processes=1, name="mailer", queue="mail")

    def beat(self) -> Program:
        arguments = [
            sys.executable, "-m", "celery", "--quiet", "-A", "reviewapp", "beat",
            "--loglevel", "WARNING", "--pidfile=",
        ]  # fmt: skip
        return Program("beat", arguments, self.full_environment())

    def platform(self) -> Program:
        """The stand-in platform, which knows the secrets of this environment."""
        arguments = [*MANAGE, "platform", "--port", str(self.platform_port)]
        return Program("platform", arguments, self.full_environment())


def database_url() -> str:
    """The URL of this instance's own database, wherever the settings have it from."""
    named = os.environ.get("DATABASE_URL")
    return named or postgres_url(data=settings.DATA)


@contextmanager
def throwaway(*, database_url: str, name: str) -> Iterator[dict[str, str]]:
    """The environment of an instance with a database and a data folder of its own.

    `database_url` is of any database of the server to use; the new one is called `name` and a
    random ending. Both are removed afterwards, whatever happens inside.
    """
    database = f"{name}_{secrets.token_hex(4)}"
    data = Path(tempfile.mkdtemp(prefix=f"reviewapp-{name}-"))
    try:
        execute(database_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        try:
            yield {
                **os.environ,
                "DATABASE_URL": renamed(database_url, database),
                "DEBUG": "1",
                "REVIEWAPP_DATA": str(data),
                # Whatever the surrounding environment has, this instance stands alone.
                "CELERY_BROKER_URL": "",
                "DATABASE_REPLICA_URL": "",
                "EMAIL_URL": f"file://{data}/mail",
            }
        finally:
            drop_database(database_url, database)
    finally:
        shutil.rmtree(data, ignore_errors=True)


def drop_database(database_url: str, database: str) -> None:
    execute(
        database_url,
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)),
    )


def execute(database_url: str, statement: sql.Composed) -> None:
    """Run one statement about databases, which no transaction may hold, from `postgres`."""
    with psycopg.connect(renamed(database_url, "postgres"), autocommit=True) as connection:
        connection.execute(statement)


def renamed(database_url: str, database: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(database_url)._replace(path=f"/{database}"))


def free_port(preferred: int = 0) -> int:
    """A port of 127.0.0.1 that nobody listens on: `preferred` if that is free."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    raise OSError("No port of 127.0.0.1 is free.")
