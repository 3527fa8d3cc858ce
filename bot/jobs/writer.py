"""One thread that writes for all callers: what they ask for while it is at it shares its next transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
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
        self._asked: SimpleQueue[tuple[T, Future[bool]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="jobs-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many wait for the next transaction."""
        return self._asked.qsize()

    def close(self) -> None:
        """Store what was asked for, and end."""
        self._asked.put(None)
        self._thread.join()

    def submit(self, one: T) -> Future[bool]:
        """Return at once what will say what became of it; who cancels that in time has nothing stored."""
        future: Future[bool] = Future()
        self._asked.put((one, future))
        return future

    def __call__(self, one: T, timeout: float) -> bool:
        """Return what became of it; raises what `store` raised or returned for it, and TimeoutError after seconds."""
        future = self.submit(one)
        try:
            return future.result(timeout)
        except TimeoutError:
            future.cancel()
            raise

    def _run(self) -> None:
        """Store all that waits, again and again, until None comes."""
        while (first := self._asked.get()) is not None:
            taken, goes_on = [first], True
            try:
                while len(taken) < _TOGETHER and goes_on:
                    if (one := self._asked.get_nowait()) is None:
                        goes_on = False
                    else:
                        taken.append(one)
            except Empty:
                pass
            self._write([(one, future) for one, future in taken if future.set_running_or_notify_cancel()])
            if not goes_on:
                return

    def _write(self, taken: Sequence[tuple[T, Future[bool]]]) -> None:
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
