"""A message broker made of files, for workers and web processes of one machine.

# Note [Files as messages]

A queue is a folder, a message a file in it whose name begins with the time it was sent. A message
is written under a hidden name and renamed, so a reader never sees half of one; it is taken by
renaming it again, which succeeds for exactly one of any number of readers. Folders come into being
with the first message and may be removed at any time, with what is in them.

A message that was taken is gone when its reader is killed before acknowledging it. That is enough
here: the broker only nudges, and what is due stands in the database.
"""

import json
import logging
import os
import shutil
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from kombu.transport import TRANSPORT_ALIASES, virtual

from reviewapp.embedded.places import EmbeddedRefused

SCHEME = "files"
POLLING_SECONDS = 0.1
# What a killed process left half written or half taken is of no use to anybody after this.
STALE_SECONDS = 3600

log = logging.getLogger(__name__)


def broker_settings(*, data: Path) -> dict[str, Any]:
    """Return Celery's settings, by their lower-case names, for a broker in the folder `data`.

    Raises EmbeddedRefused when the folder cannot be written.
    """
    folder = data.resolve() / "broker"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise EmbeddedRefused(
            f"The embedded broker cannot be in {folder}: {problem.strerror}. Choose a data folder"
            " that this user can write, or set CELERY_BROKER_URL."
        ) from problem
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise EmbeddedRefused(
            f"The embedded broker's folder {folder} belongs to another user. Choose another data"
            " folder, or set CELERY_BROKER_URL."
        )
    # The name in a URL has to be one that kombu knows; it refuses to import what a URL says.
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
    return {
        "broker_url": f"{SCHEME}://localhost",
        "broker_transport_options": {"folder": str(folder), "polling_interval": POLLING_SECONDS},
        # Needs messages to all at once, which these files do not carry.
        "worker_enable_remote_control": False,
    }


class Channel(virtual.Channel):
    """What kombu asks of a transport's channel, done with files: Note [Files as messages]."""

    @cached_property
    def _folder(self) -> Path:
        return Path(self.connection.client.transport_options["folder"])

    @cached_property
    def _listed(self) -> defaultdict[str, deque[str]]:
        """Listed once and then worked off: listing a long queue for each message would be slow."""
        return defaultdict(deque)

    def _put(self, queue: str, message: dict[str, Any], **_: Any) -> None:
        folder = self._queue_folder(queue)
        name = f"{time.time_ns():020d}-{uuid4().hex}.json"
        draft = folder / f".{name}"
        body = json.dumps(message)
        while True:
            try:
                draft.write_text(body)
                draft.rename(folder / name)
                return
            except FileNotFoundError:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        folder = self._queue_folder(queue)
        listed = self._listed[queue]
        if not listed:
            listed.extend(_waiting(folder))
        while listed:
            taken = folder / f".{listed[0]}.taken"
            try:
                (folder / listed.popleft()).rename(taken)
                body = taken.read_bytes()
                taken.unlink()
            except FileNotFoundError:
                continue  # Another reader was quicker, or the folder was removed.
            message = _understood(body)
            if message is None:
                log.warning("A file in %s was no message; it is dropped.", folder)
            elif not _is_expired(message):
                return message
        raise Empty

    def _size(self, queue: str) -> int:
        return len(_waiting(self._queue_folder(queue)))

    def _purge(self, queue: str) -> int:
        folder = self._queue_folder(queue)
        purged = 0
        for name in _waiting(folder):
            try:
                (folder / name).unlink()
            except FileNotFoundError:
                continue
            purged += 1
        return purged

    def _delete(self, queue: str, *args: Any, **options: Any) -> None:
        shutil.rmtree(self._queue_folder(queue), ignore_errors=True)

    def _has_queue(self, queue: str, **_: Any) -> bool:
        return self._queue_folder(queue).is_dir()

    def _new_queue(self, queue: str, **_: Any) -> None:
        folder = self._queue_folder(queue)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in _stale(folder):
            path.unlink(missing_ok=True)

    def _queue_folder(self, queue: str) -> Path:
        # A queue's name may hold anything, a path's may not; the ending disarms "." and "..".
        return self._folder / f"{quote(queue, safe='@')}.queue"


class Transport(virtual.Transport):
    """A kombu transport over one folder, given by the transport option ``folder``."""

    Channel = Channel
    driver_type = "filesystem"
    driver_name = SCHEME
    # A full disk or a folder that was locked away is met like a broker that is away.
    connection_errors = (  # type: ignore[assignment]
        *virtual.Transport.connection_errors,
        OSError,
    )

    def driver_version(self) -> str:
        return "1"


def _waiting(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return []


def _stale(folder: Path) -> Iterator[Path]:
    for path in folder.glob(".*"):
        try:
            if time.time() - path.stat().st_ctime > STALE_SECONDS:
                yield path
        except FileNotFoundError:
            continue


def _understood(body: bytes) -> dict[str, Any] | None:
    """The message in a file, or None: a power cut or a stranger may have left anything there."""
    try:
        message = json.loads(body)
        message["properties"]["delivery_tag"]
        message["properties"]["delivery_info"]
    except (ValueError, LookupError, TypeError):
        return None
    return dict(message)


def _is_expired(message: dict[str, Any]) -> bool:
    """Whether it is past its use; a queue that nobody has read for a while is full of these."""
    try:
        expires = datetime.fromisoformat(message["headers"]["expires"])
    except (LookupError, TypeError, ValueError):
        return False
    return expires.tzinfo is not None and expires < datetime.now(UTC)
