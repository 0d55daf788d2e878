"""`manage.py platform`, in a process of its own as in a second shell."""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from cases.delivering import Message
from cases.platform import HttpPlatform
from reviewapp.development import STAND_IN_PORT
from reviewapp.management.commands.platform import Command
from reviewapp.running import free_port
from reviewapp.running.instance import MANAGE, PROJECT

OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
ORDER = {"enforcement": "E-1", "account": "m1", "sequence": 1, "action": "WARN"}


@contextmanager
def started(*options: str, **environment: str) -> Iterator[str]:
    """Its address, once it says that it listens."""
    process = subprocess.Popen(
        [*MANAGE, "platform", *options],
        env={**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", **environment},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield _said(process).rpartition(" ")[2].strip()
        finally:
            process.terminate()


def _said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        assert selector.select(timeout=30), "It said nothing."
    return process.stdout.readline()


def asked(url: str, *, secret: str) -> int | None:
    message = Message(f"key-{time.monotonic()}", "enforcement.requested", datetime.now(UTC), ORDER)
    with closing(HttpPlatform(url, secrets=[secret])) as platform:
        return platform.send(message).status


def test_listens_where_this_machine_asks_and_knows_its_secrets() -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    secret = settings.PLATFORM_SECRETS[0]
    with started(DEBUG="1", PLATFORM_URL=url, PLATFORM_SECRETS=secret) as listens_at:
        assert listens_at == url
        assert asked(url, secret=secret) == 200
        assert httpx.get(f"{url}state.json").json()["standings"]["m1"]["sequence"] == 1


def test_takes_other_secrets_alone_where_it_is_told_them() -> None:
    with started("--port", "0", "--secret", OTHER, DEBUG="1") as url:
        assert asked(url, secret=OTHER) == 200
        assert asked(url, secret=settings.PLATFORM_SECRETS[0]) == 401


def test_does_not_play_with_real_secrets(settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="--secret"):
        call_command("platform", "--port", "0", stdout=StringIO())


def test_says_in_one_line_what_it_cannot_do() -> None:
    done = subprocess.run(
        [*MANAGE, "platform", "--slow", "-1"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == "CommandError: slow_ms is between 0 and 600000, not -1.0."


def test_is_where_a_development_machine_asks_that_says_nothing_of_it() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from reviewapp import settings; print(settings.PLATFORM_URL)"],
        env={**os.environ, "DEBUG": "1", "PLATFORM_URL": ""},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == f"http://127.0.0.1:{STAND_IN_PORT}/"
    assert Command().create_parser("manage.py", "platform").get_default("port") == STAND_IN_PORT
