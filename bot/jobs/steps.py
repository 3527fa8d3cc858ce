"""Durable steps over DBOS: checkpoints, retries, other jobs, and the way out when the process has to stop."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import sqlalchemy as sa
from dbos import DBOS

from bot.errors import TryLater
from bot.jobs import failures, records
from bot.jobs.model import DatabaseAway, Ended, Json

T = TypeVar("T")

_log = logging.getLogger(__name__)

PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between the attempts of a step."""

_LONGEST_LOOK = 0.2
"""Seconds between two looks for the end of another job: a person waits for what comes after it."""

_OUTAGE = 1.0
"""Seconds between two tries while the database is away."""


class Leaving(BaseException):
    """This job is left as it is, because the process stops or the database fails: it goes on from its last checkpoint.

    Not an Exception: neither handlers nor DBOS take it for the job's end.
    """


class Stopping:
    """Two signals to the threads of jobs: begin nothing that may take long, and leave before the next step."""

    def __init__(self) -> None:
        self.soon = threading.Event()
        self.now = threading.Event()


class DurableSteps:
    """The `Steps` of one running job."""

    def __init__(
        self,
        job: str,
        *,
        enqueue: Callable[[str, str, str, Json], bool],
        ended: Callable[[str], Ended | None],
        may_wait_for: Callable[[str], None],
        stopping: Stopping,
        pauses: Sequence[float] = PAUSES,
        outage: float = _OUTAGE,
    ) -> None:
        self._job = job
        self._enqueue = enqueue
        self._ended = ended
        self._may_wait_for = may_wait_for
        self._stopping = stopping
        self._pauses = pauses
        self._outage = outage

    @property
    def job(self) -> str:
        """The job's id."""
        return self._job

    def __call__(self, name: str, do: Callable[[], T]) -> T:
        """See `Steps`."""
        if self._stopping.now.is_set():
            raise Leaving

        def run() -> Json:
            outcome = attempt(do, self._pauses, self._pause)
            if self._stopping.now.is_set():
                # Nobody is there any more to keep it.
                raise Leaving
            return outcome

        try:
            checkpoint = DBOS.run_step({"name": name}, run)
        except sa.exc.SQLAlchemyError as exc:
            # What `do` raises is in the checkpoint, so this is the database's failure and not the job's.
            _log.warning("job %s cannot keep its step, and waits again", self._job)
            raise Leaving from exc
        return cast("T", records.opened(checkpoint))

    def enqueue(self, kind: str, job: str, key: str, payload: Json) -> None:
        """See `Steps`."""
        self(f"enqueue {kind}", lambda: self._insist(lambda: self._enqueue(kind, job, key, payload)))

    def result(self, job: str) -> Ended:
        """See `Steps`."""

        def wait() -> Json:
            self._insist(lambda: self._may_wait_for(job))
            return records.ended_to_json(self._wait(job))

        return records.ended_from_json(self("wait", wait))

    def _wait(self, job: str) -> Ended:
        poll = 0.05
        while (ended := self._insist(lambda: self._ended(job))) is None:
            self._pause(poll)
            poll = min(poll * 2, _LONGEST_LOOK)
        return ended

    def _insist(self, ask: Callable[[], T]) -> T:
        """Ask until the database answers, as DBOS does for its checkpoints: an outage delays jobs and fails none."""
        while True:
            try:
                return ask()
            except DatabaseAway:
                _log.warning("job %s waits for the database", self._job)
                self._pause(self._outage)

    def _pause(self, seconds: float) -> None:
        if self._stopping.soon.wait(seconds):
            raise Leaving


def attempt(do: Callable[[], object], pauses: Sequence[float], pause: Callable[[float], None]) -> Json:
    """Return the tagged outcome of a step after as many attempts as it takes, one more than there are pauses.

    `pause` waits: it is not DBOS that does because a process that stops must not wait for it.
    """
    for seconds in (*pauses, None):
        try:
            # What is not JSON fails now, and what JSON changes (a tuple) is changed now, not after the first crash.
            return {records.VALUE: json.loads(json.dumps(do()))}
        except (TryLater, ConnectionError, TimeoutError) as exc:
            if seconds is None:
                return _failed(exc)
        except Exception as exc:  # noqa: BLE001 - kept as data, and raised again from there
            return _failed(exc)
        pause(seconds)
    raise AssertionError


def _failed(error: Exception) -> Json:
    return {records.FAILURE: failures.to_json(failures.describe(error))}
