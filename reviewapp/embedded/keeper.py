"""The process that keeps the embedded PostgreSQL up while anybody needs it, and then stops it.

# Note [Who keeps the server]

The server is shared by processes that come and go, so none of them can own it. The first that needs
it starts a keeper, in a session of its own, and the keeper starts the server. Three locks in the
state folder settle the rest:

- ``starting.lock``: held by whoever starts or stops a keeper, so that there is one;
- ``keeper.lock``: held by the keeper for as long as it lives, with its number inside;
- ``users.lock``: shared by every process that was given the URL, until it ends. The keeper stops
  the server only while it holds this lock alone, so a newcomer waits for the end of a stop instead
  of being handed a dying server.

A keeper that is killed leaves its server running. The next process that asks sees that nobody holds
``keeper.lock`` and starts another, which takes the running server over.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg

from reviewapp.embedded import cluster, locks, places

TICK_SECONDS = 0.5
# How long what a killed server left may take to notice, before it is ended.
ORPHAN_SECONDS = 3.0
FAILED_STARTS = 5

OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


class Keeper:
    """Keeps one cluster's server up, until it is told to stop or nobody has used it for a while."""

    def __init__(self, place: places.Place, *, lock: int, idle_seconds: float) -> None:
        self.place = place
        self.lock = lock
        self.users = locks.open_lock(place.state / "users.lock")
        self.idle_seconds = idle_seconds
        self.server: subprocess.Popen[bytes] | None = None
        self.stopping = False
        self.woken, self._waker = socket.socketpair()

    def run(self) -> None:
        """Keep the server, and return when it is stopped.

        Raises EmbeddedRefused when it does not start.
        """
        self._listen_for_signals()
        try:
            while not self._is_over():
                connection = self._reach()
                if connection is not None:
                    # Losing the connection is how we learn that the server went away.
                    with closing(connection), suppress(psycopg.OperationalError):
                        self._watch(connection)
                    if not self.stopping:
                        locks.give_back(self.users)
        finally:
            if self._is_abandoned():
                self._drop_server()
            else:
                self._stop_server()

    def _is_over(self) -> bool:
        return self.stopping or self._is_abandoned()

    def _is_abandoned(self) -> bool:
        """Whether the data folder was removed; there may already be another in its place."""
        return not locks.is_same_file(self.lock, self.place.state / "keeper.lock")

    def _listen_for_signals(self) -> None:
        def stop(signum: int, frame: object) -> None:
            self.stopping = True

        # The handler only sets a flag; the byte that Python writes here ends the waiting.
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno())
        for wanted in (signal.SIGTERM, signal.SIGINT):
            signal.signal(wanted, stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _reach(self) -> psycopg.Connection[Any] | None:
        """A connection to the server, which is started if there is none; None when told to stop."""
        began = time.monotonic()
        failed = 0
        while not self._is_over():
            connection = cluster.connect(self.place, name="reviewapp keeper")
            if connection is not None:
                return connection
            waited = time.monotonic() - began
            if waited > cluster.PATIENCE_SECONDS:
                raise places.EmbeddedRefused(f"PostgreSQL did not answer for {waited:.0f} s.")

            if self.server is not None and self.server.poll() is None:
                time.sleep(0.02)
                continue
            if self.server is not None:
                failed += self.server.returncode != 0
                self.server = None
            if failed >= FAILED_STARTS:
                raise places.EmbeddedRefused("PostgreSQL does not start.")
            self._start_or_wait(waited=waited)
        return None

    def _start_or_wait(self, *, waited: float) -> None:
        """Start a server, unless an earlier one is still there: to recover, or to end."""
        left = cluster.processes(self.place)
        if not left:
            cluster.clear_leftovers(self.place)
            self.server = cluster.start(self.place)
        elif waited > ORPHAN_SECONDS and not any(map(self._may_answer, left)):
            cluster.end(*left)
        else:
            time.sleep(0.1)

    def _may_answer(self, process: Any) -> bool:
        return cluster.is_postmaster(process) and self._socket_is_there()

    def _socket_is_there(self) -> bool:
        return (self.place.socket / places.SOCKET_NAME).exists()

    def _watch(self, connection: psycopg.Connection[Any]) -> None:
        """Stay while the server does; returns when it went away, or when it is time to stop it."""
        quiet_since: float | None = None
        events = [connection.fileno(), self.woken.fileno()]
        while not self._is_over():
            ready, _, _ = select.select(events, [], [], TICK_SECONDS)
            if connection.fileno() in ready:
                return  # It speaks unasked only to say that it is going.
            if not self._socket_is_there():
                if not self._is_abandoned():
                    # Somebody tidied /tmp: it runs, but no newcomer can reach it.
                    self._stop_server()
                return
            if not locks.try_to_take(self.users):
                quiet_since = None
                continue
            now = time.monotonic()
            if connection.execute(OTHERS).fetchone() != (0,):
                quiet_since = None
            elif quiet_since is None:
                quiet_since = now
            elif now - quiet_since >= self.idle_seconds:
                self.stopping = True  # And the users' lock stays ours until we end.
                return
            locks.give_back(self.users)

    def _stop_server(self) -> None:
        if cluster.processes(self.place):
            cluster.stop(self.place)
        self._drop_server()

    def _drop_server(self) -> None:
        # Only what we started, and by its number: at its path may be another cluster by now. A
        # server that we took over sees for itself within a minute that its files are gone.
        if self.server is not None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait()
            self.server = None


def main(data: str, idle_seconds: str) -> int:
    """Keep the server of the data folder `data`; returns the exit status."""
    state = places.claim_state(Path(data))
    lock = locks.open_lock(state / "keeper.lock")
    # Those who wait for us look whether it is taken by taking it for a moment.
    until = time.monotonic() + 5
    while not locks.try_to_take(lock):
        if time.monotonic() > until:
            return 0  # Another keeps it.
        time.sleep(0.01)
    os.write(lock, str(os.getpid()).encode())
    try:
        Keeper(places.find(state), lock=lock, idle_seconds=float(idle_seconds)).run()
    except places.EmbeddedRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
