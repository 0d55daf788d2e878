"""Locks between processes. The kernel gives them up when their holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_lock(path: Path) -> int:
    """Open the lock file at `path`, made if missing; programs we run do not inherit it."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def take(lock: int, *, shared: bool = False) -> None:
    """Take an open lock, waiting for whoever holds it."""
    fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


def try_to_take(lock: int) -> bool:
    """Take an open lock for ourselves alone if nobody holds it; whether we have it now."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def give_back(lock: int) -> None:
    """Give up an open lock, which stays open."""
    fcntl.flock(lock, fcntl.LOCK_UN)


def is_same_file(lock: int, path: Path) -> bool:
    """Whether `path` still is the file that was opened, and not gone or another."""
    try:
        return os.path.samestat(os.fstat(lock), path.stat())
    except OSError:
        return False


@contextmanager
def held(path: Path) -> Iterator[int]:
    """Hold the lock at `path` for the length of a block."""
    lock = open_lock(path)
    try:
        take(lock)
        yield lock
    finally:
        os.close(lock)
