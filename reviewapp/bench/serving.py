"""A web server as in production, for what is measured through the API."""

import os
import secrets
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from django.conf import settings

from reviewapp.kernel.refusals import Refused
from reviewapp.running import Instance, Supervisor, free_port

CLIENTS = 4
WEB_PROCESSES = 2


@contextmanager
def serving(secret: str) -> Iterator[httpx.Client]:
    """A client that presents `secret` to a web server of `WEB_PROCESSES` processes."""
    instance = Instance(
        environment=_quiet(),
        web_port=free_port(),
        platform_port=0,
        elsewhere="https://platform.invalid/",
    )
    with Supervisor() as supervisor:
        supervisor.start(instance.web(workers=WEB_PROCESSES))
        client = httpx.Client(
            base_url=instance.url,
            headers={"Authorization": f"Bearer {secret}", "X-Forwarded-Proto": "https"},
            timeout=120,
            trust_env=False,
        )
        _wait(client)
        yield client


def _quiet() -> dict[str, str]:
    """The environment of a web server as in production: DEBUG keeps every query in memory."""
    return {
        **os.environ,
        "DEBUG": "0",
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": ",".join(b64encode(key).decode() for key in settings.FIELD_KEYS),
        "SEAL_KEY": b64encode(settings.SEAL_KEY).decode(),
        "PLATFORM_SECRETS": ",".join(settings.PLATFORM_SECRETS),
        "CELERY_BROKER_URL": "memory://",
        "EMAIL_URL": "memory:",
        "PUBLIC_URL": "https://public.invalid/",
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXIES": "127.0.0.1/32",
        "LOG_LEVEL": "WARNING",
        "API_RATE": "1000000",
    }


def _wait(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise Refused("The web server did not answer within a minute.")
