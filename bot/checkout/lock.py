"""Locks between threads, processes and what they leave behind: flock, which dies with its last holder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.checkout.failures import Busy

_PAUSE = 0.02
"""Seconds between two tries; flock itself knows no time limit."""


@contextmanager
def locked(path: Path, patience: float) -> Iterator[int]:
    """Hold the lock that the file stands for; yields its handle. Raises Busy after `patience` seconds.

    A child process that inherits the handle holds the lock too: what outlives a killed bot is still waited for.
    """
    handle = acquire(path, patience)
    if handle is None:
        raise Busy(path.stem, patience)
    try:
        yield handle
    finally:
        os.close(handle)


def acquire(path: Path, patience: float = 0) -> int | None:
    """Return the handle of the locked file, to be closed; None where somebody held it for `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            if time.monotonic() >= deadline:
                return None
            time.sleep(_PAUSE)
            continue
        if _names(path, handle):
            return handle
        os.close(handle)


def _names(path: Path, handle: int) -> bool:
    """Whether the path still means this file: the one who had the lock before may have removed it."""
    try:
        return path.stat().st_ino == os.fstat(handle).st_ino
    except FileNotFoundError:
        return False
