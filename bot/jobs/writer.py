"""One thread that writes for all callers: what they ask for while it is at it shares its next transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

_TOGETHER = 64
"""The most in one transaction: nobody waits for longer than that many take."""


class Writer(Generic[T]):
    """Calls `store` with what several callers want stored, in order of arrival; it returns what became of each.

    Waiting for the disk is most of the price of a transaction, and SQLite lets only one write at a time: neither its
    lock nor a pool of connections serves who came first, while a queue does.
    """

    def __init__(self, store: Callable[[Sequence[T]], Sequence[bool | Exception]]) -> None:
        self._store = store
        self._asked: SimpleQueue[tuple[T, Future[bool]]] = SimpleQueue()
        self._thread = ThreadPoolExecutor(1, "jobs-writer")

    @property
    def waiting(self) -> int:
        """How many wait for the next transaction."""
        return self._asked.qsize()

    def close(self) -> None:
        """Store what was asked for, and end."""
        self._thread.shutdown()

    def __call__(self, one: T, timeout: float) -> bool:
        """Return what became of it; raises what `store` raised or returned for it, and TimeoutError after seconds."""
        future: Future[bool] = Future()
        self._asked.put((one, future))
        self._thread.submit(self._write)
        try:
            return future.result(timeout)
        except TimeoutError:
            future.cancel()
            raise

    def _write(self) -> None:
        """Store all that wait; of as many calls as there were callers, most find nothing."""
        taken: list[tuple[T, Future[bool]]] = []
        try:
            while len(taken) < _TOGETHER:
                one, future = self._asked.get_nowait()
                if future.set_running_or_notify_cancel():
                    taken.append((one, future))
        except Empty:
            pass
        if not taken:
            return
        try:
            results = self._store([one for one, _ in taken])
        except Exception as exc:  # noqa: BLE001 - it is the callers'
            results = [exc] * len(taken)
        for (_, future), result in zip(taken, results, strict=True):
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
