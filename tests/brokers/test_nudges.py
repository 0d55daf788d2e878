"""A nudge through a real broker, where one listens: Redis and RabbitMQ by URL."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from celery import Celery
from django.conf import settings

from cases.models import Enforcement
from reviewapp.demo.platform import StandInPlatform
from reviewapp.demo.platform.server import serving
from tests.cases.factories import make_account, make_enforcement
from tests.conftest import this_database

pytestmark = [pytest.mark.brokers, pytest.mark.django_db(transaction=True)]

PROJECT = Path(__file__).resolve().parent.parent.parent
URLS = ("redis://127.0.0.1:6379/15", "amqp://guest:guest@127.0.0.1:5672//")


@pytest.fixture(params=URLS, ids=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> str:
    address = urlsplit(request.param)
    with socket.socket() as probe:
        if probe.connect_ex((address.hostname, address.port)):
            pytest.skip(f"Nothing listens at {address.hostname}:{address.port}.")
    return str(request.param)


@pytest.fixture
def app(broker: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """A client of the broker, with nothing left in the queue before and after."""
    # Celery takes the variable's word over its own arguments.
    monkeypatch.setenv("CELERY_BROKER_URL", broker)
    app = Celery(broker=broker, set_as_current=False)
    app.control.purge()
    yield app
    app.control.purge()
    app.close()


def test_a_nudge_has_a_worker_keep_what_is_due(broker: str, app: Celery, tmp_path: Path) -> None:
    promised = make_enforcement(account=make_account(), state="REQUESTED")
    with serving(StandInPlatform(settings.PLATFORM_SECRETS)) as platform:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "reviewapp.settings",
            "DATABASE_URL": this_database(),
            "DEBUG": "1",
            "CELERY_BROKER_URL": broker,
            "PLATFORM_URL": platform.url,
            "PLATFORM_SECRETS": ",".join(settings.PLATFORM_SECRETS),
            "REVIEWAPP_DATA": str(tmp_path),
        }
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "--quiet", "-A", "reviewapp", "worker",
             "--pool", "solo", "--loglevel", "ERROR"],
            cwd=PROJECT, env=environment,
        )  # fmt: skip
        try:
            app.send_task("cases.deliver_due")
            deadline = time.monotonic() + 30
            while (found := Enforcement.objects.get(pk=promised.pk)).state != "APPLIED":
                assert worker.poll() is None
                assert time.monotonic() < deadline, (found.state, list(found.attempts.values()))
                time.sleep(0.1)
        finally:
            worker.terminate()
            worker.wait(30)
