"""The thread that sorts what has arrived into jobs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import sqlalchemy as sa
import structlog

from bot.errors import TryLater
from bot.jobs.inbox import Arrival
from bot.jobs.model import Json, Sort
from bot.jobs.store import Enqueue, Store

_log = logging.getLogger(__name__)

_REST = 0.05
"""Seconds between two transactions: GitHub waits for what arrives, and nobody sees when it is sorted within so many."""

_OUTAGE = 1.0
"""Seconds between two tries while the database is away."""


class Sorter:
    """Sorts in order of arrival; over all replicas one at a time, so that the order holds there too.

    It looks when it is woken and every `poll` seconds: for what other replicas have stored, and died. What `handle`
    fails with is a bug of its own and none of those who wait behind it: the arrival becomes a job of its `kind` under
    its id, which fails the same way where people look for failures, and can be retried there once the bug is mended.
    """

    def __init__(
        self, store: Store, kind: str, handle: Sort, *, queue_of: Callable[[str], str], poll: float = 1.0
    ) -> None:
        self._store = store
        self._kind = kind
        self._handle = handle
        self._queue_of = queue_of
        self._poll = poll
        self._woken = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs-sorter", daemon=True)

    def start(self) -> None:
        """Begin, with what was left."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after what is being sorted; the rest waits for the next start."""
        self._stop.set()
        self._woken.set()
        self._thread.join()

    def wake(self) -> None:
        """Say that something has arrived."""
        self._woken.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._woken.clear()
            try:
                more = self._store.sort(self._sort)
            except TryLater:
                _log.warning("what has arrived waits for the database")
                self._stop.wait(_OUTAGE)
            except Exception:  # noqa: BLE001 - logged, and the next round may go well
                _log.exception("the sorter goes on")
                self._stop.wait(_OUTAGE)
            else:
                self._stop.wait(_REST)
                if not more:
                    self._woken.wait(self._poll)

    def _sort(self, enqueue: Enqueue, arrival: Arrival) -> None:
        door = Door(arrival.job, enqueue, self._queue_of)
        with structlog.contextvars.bound_contextvars(job=arrival.job):
            try:
                self._handle(door, arrival.payload)
            except sa.exc.SQLAlchemyError:
                # The database's failure: the transaction is lost, and everything in it waits.
                raise
            except Exception:  # noqa: BLE001 - logged, and known to the job that it becomes
                _log.exception("%s cannot be sorted, and is now a job that fails", arrival.job)
                door.enqueue(self._kind, arrival.job, arrival.key, arrival.payload)


class Door:
    """What a handler may do while it sorts an arrival."""

    def __init__(self, arrival: str, enqueue: Enqueue, queue_of: Callable[[str], str]) -> None:
        self.arrival = arrival
        self._enqueue = enqueue
        self._queue_of = queue_of

    def enqueue(self, kind: str, job: str, key: str, payload: Json) -> None:
        """See `bot.jobs.model.Enqueues`."""
        self._enqueue(kind, self._queue_of(kind), job, key, payload)
