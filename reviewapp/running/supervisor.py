"""Keeping a handful of processes up, and taking all of them down."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

GRACE_SECONDS = 10
LONGEST_PAUSE = 10.0
# Up for so long, a process has shown that it can start: its next death is a new one.
SETTLED_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """What to run, and under which name to speak of it."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]


@dataclass
class _Kept:
    program: Program
    process: subprocess.Popen[bytes]
    started: float
    deaths: int = 0
    restart_at: float | None = None
    restarts: int = field(default=0)


class Supervisor:
    """Starts programs, starts again what dies, with growing pauses, and stops all at the end.

    Each program runs in a session of its own, so that Ctrl-C reaches this process alone and the
    programs are stopped in order, the last started first; killed itself, it takes them along.
    """

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, program: Program) -> None:
        with self._lock:
            self._kept.append(_Kept(program, _run(program), time.monotonic()))

    def pids(self) -> dict[str, int]:
        """The processes that run now, by name."""
        with self._lock:
            return {
                kept.program.name: kept.process.pid
                for kept in self._kept
                if kept.process.poll() is None
            }

    def restarts(self) -> dict[str, int]:
        with self._lock:
            return {kept.program.name: kept.restarts for kept in self._kept}

    def stop(self) -> None:
        """Ask every process to end, wait, and end what has not."""
        self._stopping.set()
        with self._lock:
            for kept in reversed(self._kept):
                _end(kept.process)
            self._kept.clear()

    def _watch(self) -> None:
        while not self._stopping.wait(0.2):
            with self._lock:
                for kept in self._kept:
                    if not self._stopping.is_set():
                        self._look_after(kept)

    def _look_after(self, kept: _Kept) -> None:
        now = time.monotonic()
        status = kept.process.poll()
        if status is None:
            return
        if kept.restart_at is None:
            kept.deaths = 1 if now - kept.started > SETTLED_SECONDS else kept.deaths + 1
            pause = min(0.5 * 2 ** (kept.deaths - 1), LONGEST_PAUSE)
            kept.restart_at = now + pause
            print(  # noqa: T201 - the supervisor speaks to whoever started it
                f"{kept.program.name} ended ({status}); starting it again in {pause:g} s.",
                file=sys.stderr,
            )
        elif now >= kept.restart_at:
            kept.process = _run(kept.program)
            kept.started, kept.restart_at = now, None
            kept.restarts += 1


def _run(program: Program) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        list(program.arguments),
        env=dict(program.environment),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )


def _end_with_parent() -> None:
    """Have the kernel stop this child when the supervisor is killed outright (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop the process and whatever it started: they share its session's process group."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
