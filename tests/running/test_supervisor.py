import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from reviewapp.running import Program, Supervisor

LIVES = "import time; time.sleep(600)"


def program(code: str, *, name: str = "sleeper") -> Program:
    return Program(name, [sys.executable, "-c", code], dict(os.environ))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class TestSupervising:
    """A program that would run for ten minutes."""

    def test_starts_again_what_was_killed(self):
        with Supervisor() as supervisor:
            supervisor.start(program(LIVES))
            first = supervisor.pids()["sleeper"]

            os.kill(first, signal.SIGKILL)

            until(lambda: supervisor.pids().get("sleeper", first) != first)
            assert supervisor.restarts() == {"sleeper": 1}

    def test_takes_everything_down_at_the_end(self):
        with Supervisor() as supervisor:
            supervisor.start(program(LIVES))
            # It leaves a child of its own behind.
            deaf = (
                "import signal, subprocess, sys, time;"
                "signal.signal(signal.SIGTERM, lambda *a: sys.exit(0));"
                f"subprocess.Popen([sys.executable, '-c', {LIVES!r}]); time.sleep(600)"
            )
            supervisor.start(program(deaf, name="parent"))
            parent = psutil.Process(supervisor.pids()["parent"])
            until(lambda: bool(parent.children()))
            family = [psutil.Process(supervisor.pids()["sleeper"]), parent, *parent.children()]

        # A killed process is gone when the kernel gets round to it.
        until(
            lambda: (
                not any(
                    process.is_running() and process.status() != psutil.STATUS_ZOMBIE
                    for process in family
                )
            )
        )

    def test_does_not_start_again_what_it_stops(self):
        supervisor = Supervisor()
        with supervisor:
            supervisor.start(program(LIVES))

        time.sleep(1)
        assert supervisor.pids() == {}

    @pytest.mark.skipif(sys.platform != "linux", reason="prctl(2) is Linux's")
    def test_takes_its_programs_along_when_it_is_killed_itself(self):
        code = (
            "import sys; from reviewapp.running import *; s = Supervisor().__enter__();"
            f"s.start(Program('x', [sys.executable, '-c', {LIVES!r}], dict()));"
            "print(s.pids()['x'], flush=True); import time; time.sleep(600)"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
        ) as supervising:
            assert supervising.stdout is not None
            child = psutil.Process(int(supervising.stdout.readline()))

            supervising.kill()

        until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
