"""An engine that does each job at once, in the thread that stores it, and holds to the contract of the real one."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar, cast

from bot.jobs import failures, records
from bot.jobs.model import (
    ENDED,
    Cause,
    Ended,
    EndedAlready,
    Failure,
    Handler,
    Job,
    Json,
    NoSuchStep,
    OnFailure,
    Query,
    Sort,
    Status,
    Step,
    Steps,
    StillActive,
    Succeeded,
    UnknownJob,
)
from bot.jobs.steps import PAUSES, attempt

T = TypeVar("T")


def until(condition: Callable[[], object], *, within: float = 20.0) -> None:
    """Wait until a condition holds, and fail where it does not within so many seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} seconds"
        time.sleep(0.02)


@dataclass
class _Entry:
    job: Job
    checkpoints: list[tuple[Step, Json]] = field(default_factory=list)


class InlineEngine:
    """The interface of `bot.jobs.engine.Engine` over a dictionary. Nothing is durable, and attempts have no pauses."""

    def __init__(self) -> None:
        self._kinds: dict[str, tuple[Handler, str, OnFailure | None]] = {}
        self._schedules: list[str] = []
        self._sort: tuple[str, Sort] | None = None
        self._arrived: set[str] = set()
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.RLock()
        self._busy: set[tuple[str, str]] = set()
        self._started = False

    def register(self, kind: str, handler: Handler, *, queue: str, on_failure: OnFailure | None = None) -> None:
        self._kinds[kind] = (handler, queue, on_failure)

    def every(self, name: str, seconds: int, handler: Handler) -> None:
        self.register(name, handler, queue="schedules")
        self._schedules.append(name)

    def again_at_start(self, name: str) -> None:
        """There is no interval in which it was done already."""

    def sort(self, kind: str, handler: Sort, *, queue: str) -> None:
        self.register(kind, handler, queue=queue)
        self._sort = kind, handler

    def receive(self, job: str, key: str, payload: Json) -> Future[bool]:
        """Sort it at once."""
        assert self._sort is not None
        kind, handle = self._sort
        kept: Future[bool] = Future()
        with self._lock:
            new = job not in self._arrived
            self._arrived.add(job)
            if new:
                payload = json.loads(json.dumps(payload))
                try:
                    handle(_Door(self), payload)
                except Exception:  # noqa: BLE001 - as the real engine does
                    self.enqueue(kind, job, key, payload)
        kept.set_result(new)
        return kept

    def start(self) -> None:
        self._started = True
        for name in self._schedules:
            self.tick(name, start=True)
        self._work()

    def stop(self) -> None:
        self._started = False

    def tick(self, name: str, *, start: bool = False) -> None:
        """Let the next interval of a schedule begin."""
        count = sum(entry.job.kind == name for entry in self._entries.values())
        self.enqueue(name, f"{name}:{count}", name, {"due": datetime.now(UTC).isoformat(), "start": start})

    def enqueue(self, kind: str, job: str, key: str, payload: Json) -> bool:
        queue = self._kinds[kind][1]
        with self._lock:
            if job in self._entries:
                if self._entries[job].job.kind != kind:
                    message = f"the job id {job} is taken"
                    raise ValueError(message)
                return False
            payload = json.loads(json.dumps(payload))
            now = datetime.now(UTC)
            new = Job(job, kind, Status.WAITING, queue, key, now, None, None, 0, payload, None, None)
            self._entries[job] = _Entry(new)
            self._work()
        return True

    def depth(self) -> tuple[int, float]:
        active = [entry.job for entry in self._entries.values() if entry.job.status not in ENDED]
        oldest = min((job.created for job in active), default=None)
        return len(active), (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0

    def reachable(self) -> bool:
        return True

    def jobs(self, query: Query) -> list[Job]:
        found = [entry.job for entry in reversed(self._entries.values())]
        chosen = [job for job in found if query.kind in {None, job.kind}]
        if query.status:
            chosen = [job for job in chosen if job.status in query.status]
        if query.under is not None:
            chosen = [job for job in chosen if any(f"{job.key}/".startswith(f"{one}/") for one in query.under)]
        return chosen[query.offset : query.offset + query.limit]

    def job(self, job: str) -> Job:
        entry = self._entry(job)
        return replace(entry.job, steps=tuple(step for step, _ in entry.checkpoints))

    def retry(self, job: str, *, step: int = 1) -> None:
        with self._lock:
            entry = self._entry(job)
            if entry.job.status is Status.DONE:
                raise Succeeded(job)
            if entry.job.status not in ENDED:
                raise StillActive(job, entry.job.status)
            if step != 1 and not 1 <= step <= len(entry.checkpoints):
                raise NoSuchStep(job, step, len(entry.checkpoints))
            del entry.checkpoints[step - 1 :]
            entry.job = replace(entry.job, status=Status.WAITING, failure=None, ended=None)
            self._work()

    def cancel(self, job: str) -> None:
        with self._lock:
            entry = self._entry(job)
            if entry.job.status in ENDED:
                raise EndedAlready(job, entry.job.status)
            self._end(entry, Status.CANCELLED, failure=Failure(Cause.CANCELLED, "Cancelled", "the job was cancelled"))

    def _entry(self, job: str) -> _Entry:
        if job not in self._entries:
            raise UnknownJob(job)
        return self._entries[job]

    def _work(self) -> None:
        """Do what waits, in order, but for keys that are at work further up in this thread."""
        while self._started and (entry := next(filter(self._free, self._entries.values()), None)):
            place = (entry.job.queue, entry.job.key)
            self._busy.add(place)
            try:
                self._do(entry)
            finally:
                self._busy.remove(place)

    def _free(self, entry: _Entry) -> bool:
        return entry.job.status is Status.WAITING and (entry.job.queue, entry.job.key) not in self._busy

    def _do(self, entry: _Entry) -> None:
        handler, _, on_failure = self._kinds[entry.job.kind]
        entry.job = replace(
            entry.job, status=Status.RUNNING, started=datetime.now(UTC), attempts=entry.job.attempts + 1
        )
        try:
            result = json.loads(json.dumps(handler(_InlineSteps(self, entry), entry.job.payload)))
        except _CancelledHere:
            return
        except Exception as exc:  # noqa: BLE001 - as the real engine does
            failure = failures.describe(exc)
            self._end(entry, Status.FAILED, failure=failure)
            if on_failure is not None:
                self._tell(entry.job, on_failure, failure)
        else:
            self._end(entry, Status.DONE, result=result)

    def _tell(self, job: Job, on_failure: OnFailure, failure: Failure) -> None:
        def tell(steps: Steps, payload: Json) -> Json:
            on_failure(steps, payload, failure)
            return {}

        self.register(f"{job.kind}:failed", tell, queue=job.queue)
        self.enqueue(f"{job.kind}:failed", f"{job.id}:failed:{job.attempts}", job.key, job.payload)

    def _end(
        self, entry: _Entry, status: Status, *, result: Json | None = None, failure: Failure | None = None
    ) -> None:
        entry.job = replace(entry.job, status=status, result=result, failure=failure, ended=datetime.now(UTC))


class _Door:
    def __init__(self, engine: InlineEngine) -> None:
        self._engine = engine

    def enqueue(self, kind: str, job: str, key: str, payload: Json) -> None:
        self._engine.enqueue(kind, job, key, payload)


class _CancelledHere(BaseException):
    """The job was cancelled while it ran."""


class _InlineSteps:
    def __init__(self, engine: InlineEngine, entry: _Entry) -> None:
        self._engine = engine
        self._entry = entry
        self._next = 0

    @property
    def job(self) -> str:
        return self._entry.job.id

    def __call__(self, name: str, do: Callable[[], T]) -> T:
        if self._entry.job.status is Status.CANCELLED:
            raise _CancelledHere
        self._next += 1
        if self._next > len(self._entry.checkpoints):
            started = time.time()
            outcome = attempt(do, PAUSES, lambda _seconds: None)
            failure = failures.from_json(outcome.get(records.FAILURE))
            moment = datetime.fromtimestamp(started, UTC)
            step = Step(self._next, name, moment, time.time() - started, failure)
            self._entry.checkpoints.append((step, outcome))
        return cast("T", records.opened(self._entry.checkpoints[self._next - 1][1]))

    def enqueue(self, kind: str, job: str, key: str, payload: Json) -> None:
        self(f"enqueue {kind}", lambda: self._engine.enqueue(kind, job, key, payload))

    def result(self, job: str) -> Ended:
        def wait() -> Json:
            other = self._engine.job(job)
            if other.queue == self._entry.job.queue:
                message = "a job must not wait for another one of its queue"
                raise RuntimeError(message)
            ended = records.ended(other)
            assert ended is not None, f"{job} waits for a key that is at work"
            return records.ended_to_json(ended)

        return records.ended_from_json(self("wait", wait))
