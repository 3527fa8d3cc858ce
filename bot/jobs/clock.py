"""What happens by time: ticks of schedules, the notice that a job has failed, the look for jobs that nobody does.

Schedules are jobs with the beginning of the interval in their id, so that all replicas together store each once. DBOS's
own are rows of the database that go on when the bot has long forgotten them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.errors import TryLater
from bot.jobs import failures
from bot.jobs.model import Json
from bot.jobs.orphans import Orphans
from bot.jobs.store import Store

_log = logging.getLogger(__name__)

_NOTICE = timedelta(days=1)
"""A failure that nobody noticed for so long is no news any more."""

_TOGETHER = 2
"""Seconds. Replicas that start within the same so many do once what is done at each start."""

FAILED = ":failed"
"""The kind of the job that tells of failures of a kind ends so."""


class Clock:
    """A thread that looks every `beat` seconds what is due."""

    def __init__(
        self,
        store: Store,
        enqueue: Callable[[str, str, str, Json], bool],
        *,
        intervals: Mapping[str, int],
        at_start: Collection[str],
        noticed: Sequence[str],
        orphans: Orphans,
        beat: float,
    ) -> None:
        self._store = store
        self._enqueue = enqueue
        self._intervals = intervals
        self._at_start = at_start
        self._noticed = noticed
        self._orphans = orphans
        self._beat = beat
        self._last: dict[str, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs-clock", daemon=True)

    def start(self) -> None:
        """Begin; the interval that is running now counts as due."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, after what is being stored."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                self._tick()
                self._notice()
                self._orphans.sweep()
            except TryLater as exc:
                _log.warning("%s", exc)
            except Exception:  # noqa: BLE001 - logged, and the next round may go well
                _log.exception("the clock goes on")
            if self._stop.wait(self._beat):
                return

    def _tick(self) -> None:
        for name, seconds in self._intervals.items():
            number = int(time.time() // seconds)
            if self._last.get(name) != number:
                due = datetime.fromtimestamp(number * seconds, UTC).isoformat()
                payload = {"due": due, "start": name not in self._last}
                new = self._enqueue(name, f"{name}:{due}", name, payload)
                if not new and payload["start"] and name in self._at_start:
                    self._enqueue(name, f"{name}:{due}:start:{time.time() // _TOGETHER:.0f}", name, payload)
                self._last[name] = number

    def _notice(self) -> None:
        """Found in the database, so that it also holds for jobs whose process died, and for ours dying here."""
        for id_, job in self._store.unnoticed_failures(self._noticed, _NOTICE) if self._noticed else ():
            failure = failures.to_json(job.failure) if job.failure else None
            self._enqueue(f"{job.kind}{FAILED}", id_, job.key, {"payload": job.payload, "failure": failure})
