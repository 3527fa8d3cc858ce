"""The engine: takes jobs from the database and does them in threads, however often the process dies in between."""

from __future__ import annotations

import logging
import socket
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from math import ceil

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from bot.jobs import failures, retention
from bot.jobs.clock import FAILED, Clock
from bot.jobs.database import bounded, for_work, is_sqlite
from bot.jobs.model import Cause, Failure, Handler, Job, Json, OnFailure, Query, Sort, Steps
from bot.jobs.orphans import Orphans
from bot.jobs.reaper import Reaper
from bot.jobs.records import Failed
from bot.jobs.sorter import Sorter
from bot.jobs.steps import PAUSES, DurableSteps, Stopping
from bot.jobs.store import APPLICATION, VERSION, Store

_RECOVERIES = 5
"""A job that the process has died with so often, and once more, is given up."""

_SCHEDULES = "schedules"
"""The queue of what `every` does; each schedule is a key of its own."""


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    handler: Handler
    queue: str
    on_failure: OnFailure | None = None


class Engine:
    """Jobs on one database; there can be one engine in a process.

    Each queue has `workers` threads, in each replica, and for each of its keys does one job at a time, in order of
    arrival, over all replicas. `poll` is how often a queue looks for jobs, `drain` how long `stop` waits for running
    ones (both in seconds, the latter at least as long as the longest step). On PostgreSQL a replica beats every `beat`
    seconds and is held for dead after `ttl`. `clock` is how often the engine looks for what is due and for failures to
    tell of, `patience` how long a job may be without a thread, `pauses` lie between the attempts of a step.
    SQLite is for one process alone.
    """

    def __init__(
        self,
        url: str,
        *,
        workers: int = 8,
        poll: float = 0.2,
        drain: float = 60.0,
        beat: float = 10.0,
        ttl: float = 45.0,
        clock: float = 2.0,
        patience: float = 10.0,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        """Raises UnknownDatabase; connects to nothing."""
        self._store = Store(url)
        self._workers = workers
        self._poll = poll
        self._drain = drain
        self._pauses = pauses
        self._kinds: dict[str, _Kind] = {}
        self._intervals: dict[str, int] = {}
        self._at_start: set[str] = set()
        self._sorter: Sorter | None = None
        self._stopping = Stopping()
        self._sqlite = is_sqlite(self._store.url)
        # DBOS recovers at its start what a process of the same id has left: on SQLite that is always this one, while on
        # PostgreSQL a replica that starts must not take the jobs of one that lives.
        self._executor = "local" if self._sqlite else f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
        self._reaper = None if self._sqlite else Reaper(self._store, self._executor, beat=beat, ttl=ttl)
        self._clock_beat = clock
        self._patience = patience
        self._clock: Clock | None = None
        self._work: sa.Engine | None = None
        self._active: Callable[[], list[str]] = list
        self.every(retention.NAME, retention.DAILY, retention.handler(self._store, self._intervals.keys()))

    def register(self, kind: str, handler: Handler, *, queue: str, on_failure: OnFailure | None = None) -> None:
        """Say how jobs of a kind are done, and in which queue; before `start`.

        `on_failure` is called once for each job of the kind that fails, as a job of its own, so that it can tell
        people: at the latest when the bot runs again.
        """
        self._kinds[kind] = _Kind(kind, handler, queue, on_failure)
        if on_failure is not None:
            notice = f"{kind}{FAILED}"
            self._kinds[notice] = _Kind(notice, _notifier(on_failure), queue)

    def every(self, name: str, seconds: int, handler: Handler) -> None:
        """Do something once per interval over all replicas, at the start too if nobody has in this interval.

        `handler` gets {"due": ISO time of the interval's beginning, "start": whether a process is new}. One that
        takes longer delays its next.
        """
        self.register(name, handler, queue=_SCHEDULES)
        self._intervals[name] = seconds

    def again_at_start(self, name: str) -> None:
        """Have what `every` does also done when a process starts in an interval in which it was done already.

        Processes that start within the same two seconds have it done once.
        """
        self._at_start.add(name)

    def sort(self, kind: str, handler: Sort, *, queue: str) -> None:
        """Say how what `receive` keeps becomes jobs; before `start`.

        Where `handler` fails, nothing that it stored is kept, and the arrival becomes a job of this kind under its id,
        in this queue: it fails the same way and can be retried.
        """
        self.register(kind, handler, queue=queue)
        self._sorter = Sorter(self._store, kind, handler, queue_of=lambda name: self._kinds[name].queue)

    def start(self) -> None:
        """Make or migrate the tables, take up what was left, and work; raises DatabaseAway."""
        _let_logs_through()
        # Before the launch, because what was left behind is taken up with it, and needs our tables and our beat.
        self._store.create()
        if self._reaper is not None:
            self._reaper.pulse()
        with bounded():
            self._launch()
        if self._reaper is not None:
            self._reaper.start()
        noticed = [kind.name for kind in self._kinds.values() if kind.on_failure]
        orphans = Orphans(self._store, self._executor, active=self._active, patience=self._patience)
        self._clock = Clock(
            self._store,
            self.enqueue,
            intervals=self._intervals,
            at_start=self._at_start,
            noticed=noticed,
            orphans=orphans,
            beat=self._clock_beat,
        )
        self._clock.start()
        if self._sorter is not None:
            self._sorter.start()

    def stop(self) -> None:
        """Take no more jobs, let running ones end, and leave the rest as it is: it goes on after the next start.

        Jobs that wait for others or for their next attempt leave at once, all others after `drain` seconds, before
        their next step.
        """
        if self._clock is not None:
            self._clock.stop()
            if self._sorter is not None:
                self._sorter.stop()
        self._stopping.soon.set()
        patience = threading.Timer(self._drain, self._stopping.now.set)
        patience.start()
        # A second more, also where there is no patience: DBOS takes the database away from whoever is still writing.
        DBOS.destroy(workflow_completion_timeout_sec=ceil(self._drain) + 1, destroy_registry=True)
        patience.cancel()
        self._stopping.now.set()
        if self._reaper is not None:
            # It goes on beating until here, or the others would take over jobs that are about to end.
            self._reaper.stop()
        if self._work is not None:
            self._work.dispose()
        self._store.close()

    def enqueue(self, kind: str, job: str, key: str, payload: Json) -> bool:
        """Store a job under its id; False where the id is known, also when that job has ended (for 30 days).

        From asyncio only by `asyncio.to_thread`. Raises DatabaseAway within seconds where the database does not answer,
        KeyError for a kind that is not registered, and ValueError for the id of a job of another kind.
        """
        return self._store.enqueue(kind, self._kinds[kind].queue, job, key, payload)

    def receive(self, job: str, key: str, payload: Json) -> Future[bool]:
        """Keep what has arrived under its id, and sort it as soon as can be, in order of arrival.

        Does not block. The future has True when it is on disk, False where the id is known (for 30 days), or raises
        DatabaseAway. That may take as long as the database hangs: who cancels the future in time has nothing kept.
        """
        sorter = self._sorter
        if sorter is None:
            message = "nobody has said how to sort it"
            raise RuntimeError(message)
        kept = self._store.receive(job, key, payload)
        kept.add_done_callback(lambda _: sorter.wake())
        return kept

    def depth(self) -> tuple[int, float]:
        """Return how many arrivals and jobs wait or run, and the age of the oldest in seconds; raises DatabaseAway."""
        return self._store.depth()

    def aside(self) -> int:
        """Return how many arrivals are set aside, because they could not even become a job that fails."""
        return self._store.aside()

    def reachable(self) -> bool:
        """Whether the database answers, within seconds."""
        return self._store.reachable()

    def jobs(self, query: Query) -> list[Job]:
        """Return the jobs that are asked for, the newest first, without their steps; raises DatabaseAway."""
        return self._store.jobs(query)

    def job(self, job: str) -> Job:
        """Return a job with its steps; raises UnknownJob."""
        return self._store.job(job)

    def retry(self, job: str, *, step: int = 1) -> None:
        """Do a job again that failed; see `Store.retry`."""
        self._store.retry(job, step=step)

    def cancel(self, job: str) -> None:
        """Cancel a job that has not ended; see `Store.cancel`."""
        self._store.cancel(job)

    def _launch(self) -> None:
        self._work = for_work(self._store.url)
        dbos = DBOS(config=self._config(self._work))
        # Not public: the jobs that have a thread here, until their outcome is written.
        self._active = dbos._active_workflows_set.activeList  # noqa: SLF001
        try:
            for kind in self._kinds.values():
                DBOS.workflow(name=kind.name, max_recovery_attempts=_RECOVERIES)(self._workflow(kind))
            DBOS.launch()
            for queue in self._queues():
                DBOS.register_queue(
                    queue,
                    worker_concurrency=self._workers,
                    partition_concurrency=1,
                    polling_interval_sec=self._poll,
                    on_conflict="always_update",
                )
        except BaseException:
            DBOS.destroy(destroy_registry=True)
            raise

    def _config(self, work: sa.Engine) -> DBOSConfig:
        return {
            "name": APPLICATION,
            "system_database_engine": work,
            "system_database_url": self._store.url.render_as_string(hide_password=False),
            "application_version": VERSION,
            "executor_id": self._executor,
            # A thread for whatever the queues let run, so that jobs that wait never keep others from starting.
            "max_executor_threads": self._workers * len(self._queues()) + 8,
            "log_level": "WARNING",
            # The default is pickle: whoever can write to the database could run code here.
            "serializer": DBOSPortableJSONSerializer(),
        }

    def _queues(self) -> list[str]:
        return sorted({kind.queue for kind in self._kinds.values()})

    def _workflow(self, kind: _Kind) -> Callable[[str, Json], Json]:
        def run(_key: str, payload: Json) -> Json:
            steps = DurableSteps(
                str(DBOS.workflow_id),
                enqueue=self.enqueue,
                ended=self._store.ended,
                may_wait_for=lambda job: self._refuse_own_queue(kind.queue, job),
                stopping=self._stopping,
                pauses=self._pauses,
            )
            try:
                return kind.handler(steps, payload)
            except Exception as exc:
                raise Failed(failures.describe(exc)) from exc

        return run

    def _refuse_own_queue(self, queue: str, job: str) -> None:
        if self._store.queue(job) == queue:
            message = f"a job of the queue {queue} must not wait for another one of it: all threads could wait"
            raise RuntimeError(message)


def _notifier(on_failure: OnFailure) -> Handler:
    def tell(steps: Steps, payload: Json) -> Json:
        failure = failures.from_json(payload["failure"]) or Failure(Cause.BUG, "Unknown", "no error was recorded")
        on_failure(steps, payload["payload"], failure)
        return {}

    return tell


def _let_logs_through() -> None:
    """DBOS prints to standard error unless its logger has a handler; then its records go the way of all others."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
