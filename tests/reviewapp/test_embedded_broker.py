import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from celery import Celery
from kombu.connection import Connection
from kombu.entity import Queue

from reviewapp.embedded import EmbeddedRefused, broker_settings

PROJECT = Path(__file__).resolve().parents[2]

READER = """
import sys
from pathlib import Path
from kombu import Connection, Consumer, Queue
from reviewapp.embedded import broker_settings

settings = broker_settings(data=Path(sys.argv[1]))
with Connection(
    settings["broker_url"], transport_options=settings["broker_transport_options"]
) as connection:
    def read(body, message):
        print(body, flush=True)
        message.ack()
    print("ready", flush=True)
    with Consumer(connection, [Queue("busy")], callbacks=[read], prefetch_count=4):
        while True:
            try:
                connection.drain_events(timeout=2)
            except TimeoutError:
                break
"""

TASKS = """
import os
from pathlib import Path
from celery import Celery
from celery.signals import worker_ready
from reviewapp.embedded import broker_settings

app = Celery("probe", fixups=[])
app.add_defaults(broker_settings(data=Path(__file__).parent))
done = Path(__file__).with_name("done")

@worker_ready.connect
def say_so(**_):
    done.with_name(f"ready-{os.getpid()}").touch()

@app.task(name="probe.note")
def note(number):
    # One small write to a file opened for appending is whole, whoever else writes.
    with done.open("ab", buffering=0) as file:
        file.write(f"{number} {os.getpid()}\\n".encode())
"""


def connect(data: Path) -> Any:
    settings = broker_settings(data=data)
    return Connection(  # type: ignore[no-untyped-call]
        settings["broker_url"], transport_options=settings["broker_transport_options"]
    )


def open_queue(name: str, *, channel: Any) -> Any:
    return Queue(name, channel=channel)  # type: ignore[no-untyped-call]


def run(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )


def comes_true(question: Callable[[], bool], *, within: float = 30) -> bool:
    until = time.monotonic() + within
    while not question():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Any]:
    with connect(tmp_path) as connection:
        yield connection


class Mailbox:
    """One queue, as a sender and a reader see it."""

    def __init__(self, connection: Any, name: str = "nudges") -> None:
        self.channel = connection.channel()
        self.queue = open_queue(name, channel=self.channel)
        self.queue.declare()
        self.name = name
        self.producer = connection.Producer(self.channel)

    def send(self, body: object, **options: Any) -> None:
        self.producer.publish(body, routing_key=self.name, serializer="json", **options)

    def read(self) -> object:
        message = self.queue.get(no_ack=True)
        if message is None:
            raise Empty
        return message.payload


@pytest.fixture
def mailbox(connection: Any) -> Mailbox:
    return Mailbox(connection)


class TestTheFileBroker:
    """Several processes of one machine, one folder, no server."""

    def test_gives_each_message_to_exactly_one_of_several_busy_readers(
        self, tmp_path: Path
    ) -> None:
        readers = [run("-c", READER, str(tmp_path), cwd=PROJECT) for _ in range(2)]
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"

        with connect(tmp_path) as connection:
            mailbox = Mailbox(connection, "busy")
            for number in range(1_500):
                mailbox.send(number)

        read = [reader.communicate()[0].split() for reader in readers]
        assert Counter(read[0] + read[1]) == Counter(map(str, range(1_500)))
        assert all(len(numbers) > 100 for numbers in read)

    def test_delivers_in_the_order_of_sending(self, mailbox: Mailbox) -> None:
        for number in range(20):
            mailbox.send(number)

        assert [mailbox.read() for _ in range(20)] == list(range(20))
        with pytest.raises(Empty):
            mailbox.read()

    def test_keeps_queues_apart_whatever_their_names(self, connection: Any) -> None:
        names = ["..", "a/b", "a", "celery@host.pidbox", "ä b", "../a"]
        mailboxes = [Mailbox(connection, name) for name in names]

        for mailbox in mailboxes:
            mailbox.send(mailbox.name)

        assert [mailbox.read() for mailbox in mailboxes] == names

    def test_returns_what_a_reader_took_and_did_not_acknowledge(self, tmp_path: Path) -> None:
        with connect(tmp_path) as connection:
            mailbox = Mailbox(connection)
            mailbox.send("look")
            assert mailbox.queue.get() is not None

        with connect(tmp_path) as connection:
            assert Mailbox(connection).read() == "look"

    def test_drops_what_its_sender_said_has_expired(self, mailbox: Mailbox) -> None:
        now = datetime.now(UTC)
        for seconds in (-1, 60):
            expires = now + timedelta(seconds=seconds)
            mailbox.send(seconds, headers={"expires": expires.isoformat()})

        assert mailbox.read() == 60
        assert mailbox.channel.queue_purge("nudges") == 0

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"properties": 1}', b"{}"]
    )
    def test_drops_a_file_that_is_no_message_and_reads_on(
        self, mailbox: Mailbox, tmp_path: Path, body: bytes
    ) -> None:
        (tmp_path / "broker" / "nudges.queue" / "0-before.json").write_bytes(body)
        mailbox.send("after")

        assert mailbox.read() == "after"
        assert list((tmp_path / "broker" / "nudges.queue").iterdir()) == []

    def test_clears_away_what_a_killed_process_left_half_done(
        self, connection: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        queue = tmp_path / "broker" / "nudges.queue"
        queue.mkdir(parents=True)
        (queue / ".1-half.json").write_text('{"bo')
        Mailbox(connection).send("waiting")
        assert (queue / ".1-half.json").exists()

        monkeypatch.setattr("reviewapp.embedded.broker.STALE_SECONDS", -1)
        assert Mailbox(connection).read() == "waiting"

        assert list(queue.iterdir()) == []

    def test_counts_and_purges(self, mailbox: Mailbox) -> None:
        for number in range(3):
            mailbox.send(number)

        assert mailbox.queue.queue_declare().message_count == 3
        assert mailbox.queue.purge() == 3
        with pytest.raises(Empty):
            mailbox.read()

    def test_survives_its_folder_being_removed(self, mailbox: Mailbox, tmp_path: Path) -> None:
        for number in range(3):
            mailbox.send(number)
        assert mailbox.read() == 0
        shutil.rmtree(tmp_path / "broker")

        with pytest.raises(Empty):
            mailbox.read()
        mailbox.send("after")

        assert mailbox.read() == "after"

    def test_is_for_its_owner_alone(self, mailbox: Mailbox, tmp_path: Path) -> None:
        mailbox.send("secret")

        assert (tmp_path / "broker").stat().st_mode & 0o077 == 0

    def test_refuses_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()

        with pytest.raises(EmbeddedRefused, match=r"Not a directory.*CELERY_BROKER_URL"):
            broker_settings(data=tmp_path / "file")

    def test_says_all_of_it_in_settings_that_a_file_could_hold(self, tmp_path: Path) -> None:
        settings = broker_settings(data=tmp_path)

        assert json.loads(json.dumps(settings)) == settings
        assert {"broker_url", "broker_transport_options"} <= set(settings)


class TestCelery:
    """Workers over the file broker."""

    @pytest.mark.slow
    def test_workers_do_each_task_once_even_when_the_folder_goes_meanwhile(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Celery prefers it to what it is configured with.
        monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
        (tmp_path / "probe.py").write_text(TASKS)
        worker = ("-m", "celery", "-A", "probe", "worker", "--concurrency=2", "--loglevel=INFO")
        workers = [run(*worker, "-n", f"{name}@probe", cwd=tmp_path) for name in ("one", "two")]
        done = tmp_path / "done"
        sender = Celery("probe", fixups=[], set_as_current=False)
        sender.add_defaults(broker_settings(data=tmp_path))

        def is_done(count: int) -> bool:
            return done.exists() and len(done.read_text().splitlines()) >= count

        try:
            for number in range(40):
                sender.send_task("probe.note", [number], expires=60)
            assert comes_true(lambda: is_done(40)), [process.poll() for process in workers]

            shutil.rmtree(tmp_path / "broker")
            for number in range(40, 60):
                sender.send_task("probe.note", [number], expires=60)
            assert comes_true(lambda: is_done(60))
            # One may have done it all while the other was starting, deaf to SIGTERM so far.
            assert comes_true(lambda: len(list(tmp_path.glob("ready-*"))) == 2)
        finally:
            sender.close()
            for process in workers:
                process.terminate()
            said = [process.communicate()[0] for process in workers]

        lines = [line.split() for line in done.read_text().splitlines()]
        assert Counter(number for number, _ in lines) == Counter(map(str, range(60)))
        assert [process.returncode for process in workers] == [0, 0], said
        assert not any("Traceback" in each for each in said), said

    def test_the_products_application_takes_its_settings_from_django(self) -> None:
        script = (
            "from django.conf import settings\n"
            "settings.configure(CELERY_BROKER_URL='memory://', CELERY_TASK_TIME_LIMIT=9)\n"
            "from celery import current_app\n"
            "import reviewapp\n"
            "conf = current_app.conf\n"
            "print(current_app.main, conf.broker_url, conf.task_time_limit, "
            "conf.worker_prefetch_multiplier, conf.task_serializer)\n"
        )

        said, _ = run("-c", script, cwd=PROJECT).communicate()

        assert said.split() == ["reviewapp", "memory://", "9", "1", "json"]
