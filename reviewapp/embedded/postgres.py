"""The embedded PostgreSQL, as the rest of the project asks for it: Note [Who keeps the server]."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock
from typing import Any

import psycopg
from psycopg import sql

from reviewapp.embedded import cluster, locks
from reviewapp.embedded.places import EmbeddedRefused, Place, claim_state, find

PROJECT = Path(__file__).resolve().parent.parent.parent
LOG_BYTES = 10_000_000

# The users' locks that this process holds, by state folder: they are what keeps the servers up.
_used: dict[Path, int] = {}
_using = Lock()
# Keepers that this process started; kept so that they can be reaped.
_keepers: list[subprocess.Popen[bytes]] = []


def postgres_url(*, data: Path, database: str = "reviewapp", idle_seconds: float = 15) -> str:
    """Return the postgresql:// URL of `database` in the PostgreSQL of the folder `data`.

    The cluster is made, its server started and the database created where missing. The server then
    stays up for as long as this process lives, and is stopped `idle_seconds` after its last user is
    gone (whoever starts it says how long). The role in the URL is a superuser. The URL stays the
    same for ever.

    Raises EmbeddedRefused when that cannot be had here, with what to do instead.
    """
    state = claim_state(data)
    with _using:
        _use(state)
        with locks.held(state / "starting.lock"):
            place = find(state)
            cluster.initialise(place)
            with _reach(place, idle_seconds=idle_seconds) as connection:
                _create_database(connection, database)
    return cluster.url(place, database)


def stop_postgres(*, data: Path, unless_used: bool = False) -> bool:
    """Stop the server of `data` cleanly, and return whether none runs now.

    With `unless_used` a server that another process uses is left alone, to be stopped after its
    last user. This process no longer counts as a user; it may ask for the URL again.
    """
    if not (data.resolve() / "postgres" / "password").exists():
        return True
    state = claim_state(data)
    with _using, locks.held(state / "starting.lock"):
        _release(state)
        users = locks.open_lock(state / "users.lock")
        try:
            if unless_used and not locks.try_to_take(users):
                return False
            _stop(find(state))
        finally:
            os.close(users)
    return True


def remove_postgres(*, data: Path) -> None:
    """Stop the server of `data`, whoever uses it, and remove the cluster with all its databases."""
    stop_postgres(data=data)
    if not (data.resolve() / "postgres").exists():
        return
    state = claim_state(data)
    with locks.held(state / "starting.lock"):
        shutil.rmtree(find(state).home)
        if state.exists():
            shutil.rmtree(state)


def _use(state: Path) -> None:
    """Count this process among the users of the server; waits while it is being stopped."""
    path = state / "users.lock"
    if state in _used and not locks.is_same_file(_used[state], path):
        _release(state)  # The data folder was removed and made anew.
    if state not in _used:
        lock = locks.open_lock(path)
        locks.take(lock, shared=True)
        _used[state] = lock


def _release(state: Path) -> None:
    # Closed, not unlocked: a forked process shares the lock and goes on using the server.
    if state in _used:
        os.close(_used.pop(state))


def _reach(place: Place, *, idle_seconds: float) -> psycopg.Connection[Any]:
    """A connection to the server, and with a keeper behind it."""
    deadline = time.monotonic() + cluster.PATIENCE_SECONDS
    keeper: subprocess.Popen[bytes] | None = None
    while time.monotonic() < deadline:
        if _is_kept(place):
            connection = cluster.connect(place)
            if connection is not None:
                return connection
        elif keeper is None:
            keeper = _start_keeper(place, idle_seconds=idle_seconds)
        elif keeper.poll() is not None:
            break
        time.sleep(0.02)
    said = place.log.read_text(errors="replace")[-2000:]
    raise EmbeddedRefused(f"The embedded PostgreSQL in {place.home} does not start. {said}")


def _is_kept(place: Place) -> bool:
    lock = locks.open_lock(place.state / "keeper.lock")
    try:
        return not locks.try_to_take(lock)
    finally:
        os.close(lock)


def _start_keeper(place: Place, *, idle_seconds: float) -> subprocess.Popen[bytes]:
    if place.log.exists() and place.log.stat().st_size > LOG_BYTES:
        place.log.rename(place.log.with_name("log.1"))
    # Empty until the new keeper writes its own number: the last one's may be anybody's by now.
    (place.state / "keeper.lock").write_bytes(b"")
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    with place.log.open("ab") as log:
        keeper = subprocess.Popen(
            [
                *(sys.executable, "-m", "reviewapp.embedded.keeper"),
                *(str(place.state.parent), str(idle_seconds)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=os.environ | {"PYTHONPATH": path},
            # Ctrl-C in the terminal of the process that happened to come first is not meant for it.
            start_new_session=True,
        )
    _keepers[:] = [other for other in _keepers if other.poll() is None] + [keeper]
    return keeper


def _create_database(connection: psycopg.Connection[Any], database: str) -> None:
    there = "SELECT 1 FROM pg_database WHERE datname = %s"
    if connection.execute(there, [database]).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def _stop(place: Place) -> None:
    """Have the keeper stop the server, and wait for both; without one, stop it ourselves."""
    path = place.state / "keeper.lock"
    lock = locks.open_lock(path)
    try:
        while not locks.try_to_take(lock):
            if number := path.read_text():
                os.kill(int(number), signal.SIGTERM)
                locks.take(lock)
                break
            time.sleep(0.02)  # It has only just begun.
        # A keeper that was killed just now may have left one, too.
        if cluster.processes(place):
            cluster.stop(place)
    finally:
        os.close(lock)
    _keepers[:] = [keeper for keeper in _keepers if keeper.poll() is None]
