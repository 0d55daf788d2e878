import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest

from reviewapp.embedded import (
    EmbeddedRefused,
    cluster,
    places,
    postgres_url,
    remove_postgres,
    stop_postgres,
)

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]

# What another process of the project does: it asks for the database, and tells which server it got.
OTHER_PROCESS = """
import sys
from pathlib import Path
import psycopg
from reviewapp.embedded import postgres_url
with psycopg.connect(postgres_url(data=Path(sys.argv[1]), idle_seconds=0.5)) as connection:
    print(connection.execute("SELECT pg_postmaster_start_time()").fetchone()[0], flush=True)
sys.stdin.read()
"""


def other_process(
    data: Path, *, python: str = sys.executable, **options: Any
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, "-c", OTHER_PROCESS, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        **{"env": {**os.environ, "PYTHONPATH": str(PROJECT)}} | options,
    )


def one(data: Path, query: str) -> Any:
    with psycopg.connect(postgres_url(data=data), autocommit=True) as connection:
        cursor = connection.execute(query)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def started_at(data: Path) -> str:
    return str(one(data, "SELECT pg_postmaster_start_time()"))


def place_of(data: Path) -> places.Place:
    return places.find(places.claim_state(data))


def servers(data: Path) -> list[psutil.Process]:
    return cluster.processes(place_of(data))


def postmaster(data: Path) -> psutil.Process:
    [process] = filter(cluster.is_postmaster, servers(data))
    return process


def keeper(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postgres" / "keeper.lock").read_text()))


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a child of ours that ended is still listed until we ask for its status."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def kill(*processes: psutil.Process) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=10)


def comes_true(question: Any, *, within: float = 20) -> bool:
    until = time.monotonic() + within
    while not question():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a server and a row in it; each test leaves it so that it can be used."""
    folder = tmp_path_factory.mktemp("embedded") / "data"
    one(folder, "CREATE TABLE kept AS SELECT 42 AS answer")
    yield folder
    remove_postgres(data=folder)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    remove_postgres(data=tmp_path / "data")


class TestTheEmbeddedPostgres:
    """One server for a data folder, started by whoever needs it first."""

    def test_is_a_real_postgresql_18_that_any_locale_will_do_for(self, data: Path) -> None:
        assert one(data, "SHOW server_version_num") >= "180000"
        assert one(data, "SHOW server_encoding") == "UTF8"
        assert one(data, "SHOW timezone") == "UTC"
        assert one(data, "SELECT upper('é')") == "É"

    def test_has_the_extensions_that_searching_needs(self, data: Path) -> None:
        names = "SELECT string_agg(name, ' ' ORDER BY name) FROM pg_available_extensions"

        assert {"pg_trgm", "btree_gin"} <= set(one(data, names).split())

    def test_keeps_what_it_committed(self, data: Path) -> None:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert one(data, f"SHOW {setting}") == "on"

    def test_is_reached_through_a_private_socket_with_a_password_only(self, data: Path) -> None:
        url = postgres_url(data=data)
        password = (data / "postgres" / "password").read_text()

        assert one(data, "SHOW listen_addresses") == ""
        assert place_of(data).socket.stat().st_mode & 0o077 == 0
        assert (data / "postgres" / "password").stat().st_mode & 0o777 == 0o600
        assert (data / "postgres").stat().st_mode & 0o777 == 0o700
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url.replace(password, "guessed"))

    def test_creates_the_database_asked_for_and_leaves_one_that_is_there(self, data: Path) -> None:
        for _ in range(2):
            url = postgres_url(data=data, database="odd name%/")
            with psycopg.connect(url) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS visits (at timestamptz)")
                connection.execute("INSERT INTO visits VALUES (now())")

        with psycopg.connect(url) as connection:
            assert connection.info.dbname == "odd name%/"
            assert connection.execute("SELECT count(*) FROM visits").fetchone() == (2,)

    def test_lets_a_test_run_create_databases_of_its_own(self, data: Path) -> None:
        assert one(data, "SELECT usesuper FROM pg_user WHERE usename = current_user") is True

    def test_loosens_nobodys_folders(self, tmp_path: Path) -> None:
        parent = tmp_path / "private" / "project"
        parent.mkdir(parents=True)
        folders = [parent, parent.parent, tmp_path, *PROJECT.parents]
        parent.chmod(0o700)
        parent.parent.chmod(0o711)
        before = [folder.stat().st_mode for folder in folders]

        postgres_url(data=parent / "data")
        remove_postgres(data=parent / "data")

        assert [folder.stat().st_mode for folder in folders] == before

    def test_works_under_a_path_too_long_for_a_socket(self, tmp_path: Path) -> None:
        data = tmp_path / ("long" * 20) / ("longer" * 20) / "an odd, name" / "data"
        assert len(str(data)) > 200

        url = postgres_url(data=data)
        assert stop_postgres(data=data)

        assert postgres_url(data=data) == url
        assert one(data, "SELECT 1") == 1
        socket = place_of(data).socket
        remove_postgres(data=data)
        assert not socket.exists()


class TestProcessesThatShareIt:
    """The server belongs to none of them, and goes after the last."""

    def test_get_the_same_server_when_they_come_at_once(self, fresh: Path) -> None:
        processes = [other_process(fresh) for _ in range(4)]

        answers = [process.communicate()[0].strip() for process in processes]

        assert answers[0]
        assert set(answers) == {answers[0]}
        assert started_at(fresh) == answers[0]

    def test_find_it_running_after_the_one_that_started_it(self, data: Path) -> None:
        assert stop_postgres(data=data)
        first = other_process(data)
        assert first.stdout is not None
        answer = first.stdout.readline().strip()
        url = postgres_url(data=data)

        first.kill()
        first.communicate()

        # Longer than it asked the server to wait for others; we have the URL, and no connection.
        time.sleep(1.5)
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT pg_postmaster_start_time()").fetchone()
        assert str(row and row[0]) == answer

    def test_leave_nothing_running_behind_them(self, data: Path) -> None:
        assert stop_postgres(data=data)
        (data / "postgres" / "log").write_text("")
        process = other_process(data)
        assert process.stdout is not None
        process.stdout.readline()
        left = [keeper(data), *servers(data)]
        assert len(left) > 2

        process.communicate()

        assert comes_true(lambda: not any(map(is_alive, left)))
        assert "database system is shut down" in (data / "postgres" / "log").read_text()

    def test_keep_it_when_one_of_them_would_stop_it(self, data: Path) -> None:
        other = other_process(data)
        assert other.stdout is not None
        answer = other.stdout.readline().strip()

        assert stop_postgres(data=data, unless_used=True) is False
        assert started_at(data) == answer

        other.communicate()
        assert stop_postgres(data=data, unless_used=True) is True
        assert servers(data) == []


class TestRecovering:
    """Whatever is killed, the next one who asks gets the same database under the same URL."""

    def test_from_a_clean_stop(self, data: Path) -> None:
        url = postgres_url(data=data)
        kept_by = keeper(data)

        assert stop_postgres(data=data)

        assert servers(data) == []
        assert comes_true(lambda: not is_alive(kept_by))
        assert postgres_url(data=data) == url
        assert one(data, "SELECT answer FROM kept") == 42

    def test_from_a_killed_server_without_being_asked(self, data: Path) -> None:
        url = postgres_url(data=data)
        before = started_at(data)

        kill(postmaster(data))

        def answers_again() -> bool:
            try:
                with psycopg.connect(url) as connection:
                    row = connection.execute("SELECT pg_postmaster_start_time()").fetchone()
                    return row is not None and str(row[0]) != before
            except psycopg.OperationalError:
                return False

        assert comes_true(answers_again)
        assert one(data, "SELECT answer FROM kept") == 42

    def test_from_a_killed_server_whose_client_is_too_busy_to_notice(self, data: Path) -> None:
        ended = []

        def count_for_ever() -> None:
            with pytest.raises(psycopg.OperationalError):
                one(data, "SELECT count(*) FROM generate_series(1, 1e12)")
            ended.append(True)

        busy = threading.Thread(target=count_for_ever)
        busy.start()
        counting = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%1e12)'"
        assert comes_true(lambda: one(data, counting) == 1)

        kill(postmaster(data))

        assert one(data, "SELECT answer FROM kept") == 42
        busy.join()
        assert ended

    def test_from_everything_killed_at_once(self, data: Path) -> None:
        url = postgres_url(data=data)
        one(data, "INSERT INTO kept VALUES (43)")

        kill(keeper(data), *servers(data))

        assert postgres_url(data=data) == url
        assert one(data, "SELECT max(answer) FROM kept") == 43

    def test_from_a_killed_keeper_by_taking_the_running_server_over(self, data: Path) -> None:
        before = started_at(data)
        kill(keeper(data))

        assert started_at(data) == before

        assert stop_postgres(data=data)
        assert servers(data) == []

    def test_from_a_killed_keeper_when_nobody_asks_before_the_stop(self, data: Path) -> None:
        postgres_url(data=data)
        kill(keeper(data))

        assert stop_postgres(data=data)

        assert servers(data) == []

    def test_when_its_number_now_belongs_to_another_process(self, data: Path) -> None:
        postgres_url(data=data)
        place = place_of(data)
        lock_files = [place.pgdata / "postmaster.pid", place.socket / ".s.PGSQL.5432.lock"]
        kill(keeper(data), *servers(data))
        # As the server's user has it after the machine restarted and numbers began anew.
        stranger = subprocess.Popen(["sleep", "60"], user=place.uid, group=place.gid)
        for path in lock_files:
            _, *rest = path.read_text().splitlines(keepends=True)
            path.write_text("".join([f"{stranger.pid}\n", *rest]))

        try:
            assert one(data, "SELECT 1") == 1
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait()

    def test_when_initialising_was_killed_half_way(self, fresh: Path) -> None:
        place = place_of(fresh)
        (place.home / "pgdata.unfinished").mkdir()
        (place.home / "pgdata.unfinished" / "PG_VERSION").write_text("18\n")

        assert one(fresh, "SELECT 1") == 1

    def test_when_its_socket_was_tidied_away(self, data: Path) -> None:
        postgres_url(data=data)
        shutil.rmtree(place_of(data).socket)

        assert one(data, "SELECT answer FROM kept") == 42

    def test_from_a_removed_data_folder_with_an_empty_one(self, fresh: Path) -> None:
        one(fresh, "CREATE TABLE gone (id int)")
        left = [keeper(fresh), *servers(fresh)]
        shutil.rmtree(fresh)

        assert one(fresh, "SELECT to_regclass('gone')") is None
        assert comes_true(lambda: not any(map(is_alive, left)))
        assert one(fresh, "SELECT to_regclass('gone')") is None


class TestRefusing:
    """What cannot work says why, and what to do instead."""

    def test_a_data_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()

        with pytest.raises(EmbeddedRefused, match=r"cannot use the data folder .*DATABASE_URL"):
            postgres_url(data=tmp_path / "file" / "data")

    def test_a_cluster_of_another_major_version(self, data: Path) -> None:
        assert stop_postgres(data=data)
        version = place_of(data).pgdata / "PG_VERSION"
        version.write_text("17\n")

        try:
            with pytest.raises(EmbeddedRefused, match="was made by PostgreSQL 17"):
                postgres_url(data=data)
        finally:
            version.write_text("18\n")

    def test_a_lost_password(self, data: Path) -> None:
        postgres_url(data=data)
        password = data / "postgres" / "password"
        password.rename(data / "lost")

        try:
            with pytest.raises(EmbeddedRefused, match="password is gone"):
                postgres_url(data=data)
        finally:
            (data / "lost").rename(password)

    def test_a_server_that_does_not_start_with_what_it_said(self, data: Path) -> None:
        assert stop_postgres(data=data)
        settings = place_of(data).pgdata / "postgresql.conf"
        before = settings.read_text()
        settings.write_text("nonsense = yes\n")

        try:
            with pytest.raises(EmbeddedRefused, match=r'unrecognized .* "nonsense"'):
                postgres_url(data=data)
        finally:
            settings.write_text(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other users")
class TestUnderRoot:
    """PostgreSQL does not run as root, so as root it runs as somebody else, elsewhere."""

    def test_the_server_runs_as_an_unprivileged_user(self, data: Path) -> None:
        postgres_url(data=data)

        assert {process.username() for process in servers(data)} == {"nobody"}

    def test_a_copied_data_folder_does_not_run_its_originals_database(
        self, data: Path, tmp_path: Path
    ) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(data, copy)

        with pytest.raises(EmbeddedRefused, match="is a copy of"):
            postgres_url(data=copy)

    def test_a_moved_data_folder_keeps_its_database(self, fresh: Path, tmp_path: Path) -> None:
        one(tmp_path / "before", "CREATE TABLE moved AS SELECT 7 AS answer")
        stop_postgres(data=tmp_path / "before")
        (tmp_path / "before").rename(fresh)

        assert one(fresh, "SELECT answer FROM moved") == 7

    def test_a_data_folder_first_used_by_another_user_is_refused(self, tmp_path: Path) -> None:
        nobody = pwd.getpwnam("nobody")
        (tmp_path / "postgres").mkdir()
        os.chown(tmp_path / "postgres", nobody.pw_uid, nobody.pw_gid)

        with pytest.raises(EmbeddedRefused, match=r"first used by nobody.*this is root"):
            postgres_url(data=tmp_path)

    def test_an_ordinary_users_folder_is_refused_even_when_given_to_root(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "postgres" / "pgdata").mkdir(parents=True)

        with pytest.raises(EmbeddedRefused, match="first used by an ordinary user"):
            postgres_url(data=tmp_path)

    def test_an_ordinary_user_gets_a_server_of_their_own(self, theirs: Path) -> None:
        process = other_process(theirs, **as_nobody())
        said, complaint = process.communicate()
        assert said, complaint

        assert (theirs / "postgres" / "pgdata").owner() == "nobody"
        assert (theirs / "postgres" / "password").stat().st_mode & 0o777 == 0o600
        [kept] = (theirs / "postgres").glob("keeper.lock")
        number = int(kept.read_text())
        assert comes_true(lambda: not psutil.pid_exists(number))

    def test_an_ordinary_user_is_refused_a_folder_that_root_used(self, theirs: Path) -> None:
        postgres_url(data=theirs)

        _, complaint = other_process(theirs, **as_nobody()).communicate()

        assert "was first used by root, and its database stays theirs; this is nobody." in complaint
        remove_postgres(data=theirs)


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A folder that the user nobody can reach and write, unlike those that pytest makes."""
    nobody = pwd.getpwnam("nobody")
    folder = Path(tempfile.mkdtemp(prefix="reviewapp-test-", dir="/tmp"))
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    yield folder / "data"
    shutil.rmtree(folder)


def as_nobody() -> dict[str, Any]:
    """How to run a process as an ordinary user, with an interpreter that this user can reach."""
    nobody = pwd.getpwnam("nobody")
    options: dict[str, Any] = {
        "user": nobody.pw_uid,
        "group": nobody.pw_gid,
        "extra_groups": [],
        "env": {"PYTHONPATH": os.pathsep.join([str(PROJECT), *filter(None, sys.path)])},
    }
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        try:
            reached = subprocess.run(
                [python, "-c", "import reviewapp.embedded"], cwd="/", capture_output=True, **options
            )
        except OSError:
            continue
        if reached.returncode == 0:
            return {"python": python, **options}
    pytest.skip("no interpreter, with the packages, that the user nobody can reach")
