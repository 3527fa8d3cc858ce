"""The thread that sorts what has arrived into jobs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

import sqlalchemy as sa
import structlog

from bot.errors import TryLater
from bot.jobs.inbox import Arrival
from bot.jobs.model import Json, Sort
from bot.jobs.store import Store
from bot.jobs.transactions import outcome_of

_log = logging.getLogger(__name__)

_MOMENT = 0.02
"""Seconds of one transaction after which no further arrival is begun: on SQLite, what arrives waits for its end."""

_REST = 0.05
"""Seconds between two transactions: GitHub waits for what arrives, and nobody sees when it is sorted within so many."""

_PAUSE = 1.0
"""Seconds between two tries while the database is away, or refuses an arrival."""

_POLL = 1.0
"""Seconds after which it looks without being woken: for what other replicas have stored, and died."""

_TRIES = 3
"""Rounds in which the database refuses an arrival until that is its last word: a migration under way is over sooner."""


class Sorter:
    """Sorts in order of arrival; over all replicas one at a time, so that the order holds there too.

    While the database is away everything waits. What fails otherwise is the fault of one arrival and none of those who
    wait behind it: it becomes a job of `kind` under its id, which fails the same way where people look for failures,
    and can be retried there once the bug is mended. Where not even that can be stored, it is set aside until it is
    retried.
    """

    def __init__(self, store: Store, kind: str, handle: Sort, *, queue_of: Callable[[str], str]) -> None:
        self._store = store
        self._kind = kind
        self._handle = handle
        self._queue_of = queue_of
        self._refused = 0
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

    def sort(self) -> bool:
        """Sort some of what waits; returns whether there may be more. Raises DatabaseAway, and then all of it waits."""
        return self._store.sort(self._some)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._woken.clear()
            try:
                more = self.sort()
            except TryLater:
                _log.warning("what has arrived waits for the database")
                self._stop.wait(_PAUSE)
            except Exception:  # noqa: BLE001 - logged, and the next round may go well
                _log.exception("the sorter goes on")
                self._stop.wait(_PAUSE)
            else:
                self._stop.wait(_PAUSE if self._refused else _REST)
                if not more:
                    self._woken.wait(_POLL)

    def _some(self, connection: sa.Connection) -> bool:
        waiting, settled = self._store.inbox.oldest(connection), []
        end = time.monotonic() + _MOMENT
        for arrival in waiting:
            with structlog.contextvars.bound_contextvars(job=arrival.job):
                if not self._settle(connection, arrival):
                    break
            settled.append(arrival.job)
            if time.monotonic() > end:
                break
        self._store.inbox.mark_sorted(connection, settled)
        return bool(waiting)

    def _settle(self, connection: sa.Connection, arrival: Arrival) -> bool:
        """Do with an arrival what can be done; False where it and all behind it wait for another try."""
        outcome = outcome_of(connection, partial(self._handled, arrival=arrival))
        if isinstance(outcome, sa.exc.SQLAlchemyError) and self._refused < _TRIES - 1:
            _log.warning("%s cannot be sorted, and is tried again", arrival.job, exc_info=outcome)
            self._refused += 1
            return False
        self._refused = 0
        if isinstance(outcome, Exception):
            _log.error("%s cannot be sorted, and becomes a job that fails", arrival.job, exc_info=outcome)
            outcome = outcome_of(connection, partial(self._kept_as_job, arrival=arrival))
        if isinstance(outcome, Exception):
            _log.error("%s cannot even be that, and is set aside until it is retried", arrival.job, exc_info=outcome)
            self._store.inbox.set_aside(connection, arrival.job)
        return True

    def _handled(self, connection: sa.Connection, arrival: Arrival) -> bool:
        self._handle(self._door(connection, arrival), arrival.payload)
        return True

    def _kept_as_job(self, connection: sa.Connection, arrival: Arrival) -> bool:
        self._door(connection, arrival).enqueue(self._kind, arrival.job, arrival.key, arrival.payload)
        return True

    def _door(self, connection: sa.Connection, arrival: Arrival) -> Door:
        def enqueue(kind: str, job: str, key: str, payload: Json) -> None:
            self._store.add(connection, kind, self._queue_of(kind), job, key, payload)

        return Door(arrival.job, enqueue)


class Door:
    """What a handler may do while it sorts an arrival."""

    def __init__(self, arrival: str, enqueue: Callable[[str, str, str, Json], None]) -> None:
        self.arrival = arrival
        self._enqueue = enqueue

    def enqueue(self, kind: str, job: str, key: str, payload: Json) -> None:
        """See `bot.jobs.model.Enqueues`."""
        self._enqueue(kind, job, key, payload)
