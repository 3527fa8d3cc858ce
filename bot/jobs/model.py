"""The words of this room: jobs, their steps, how they end, and what handlers and callers see of the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from bot.errors import TryLater, UserError

T = TypeVar("T")

Json = dict[str, Any]
"""Payloads and results: plain JSON. They are kept for weeks and shown to operators, so nothing secret goes in."""


class Status(StrEnum):
    """Where a job is in its life."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    """The process died with it again and again, so it is not tried any more."""


ENDED = frozenset({Status.DONE, Status.FAILED, Status.CANCELLED, Status.ABANDONED})


class Cause(StrEnum):
    """Why a job or a step failed: the three kinds of `bot.errors`, and the two ends that no handler sees."""

    REFUSED = "refused"
    SURROUNDINGS = "surroundings"
    BUG = "bug"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure as data: the name of the exception's class, its text and hint, and for a bug the traceback."""

    cause: Cause
    name: str
    text: str
    hint: str = ""
    traceback: str = ""

    @property
    def reason(self) -> str:
        """Why it failed; the text of a bug alone often says nothing (`'name'`)."""
        return f"{self.name}: {self.text}" if self.cause is Cause.BUG else self.text


@dataclass(frozen=True, slots=True)
class Ended:
    """What another job left: its result, or its failure."""

    result: Json | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A finished step of a job: its number from 1, its start and how long it took (seconds, retries included)."""

    number: int
    name: str
    started: datetime | None
    seconds: float
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the operator sees it; `steps` are only there where one job was asked for."""

    id: str
    kind: str
    status: Status
    queue: str
    key: str
    created: datetime
    started: datetime | None
    ended: datetime | None
    attempts: int
    payload: Json
    result: Json | None
    failure: Failure | None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """Which jobs are asked for, the newest first: `limit` of them, from the one at `offset` on.

    `under` are keys: only jobs under one of them, or under one that begins with it and a slash (`7/a` for `7`).
    """

    status: Collection[Status] = ()
    kind: str | None = None
    under: Collection[str] | None = None
    offset: int = 0
    limit: int = 100


class Enqueues(Protocol):
    """Whatever stores jobs."""

    def enqueue(self, kind: str, job: str, key: str, payload: Json) -> None:
        """Enqueue a job, once by its id."""


class Steps(Enqueues, Protocol):
    """What a handler gets. Outside of steps its code has to be deterministic: it runs again after a crash."""

    @property
    def job(self) -> str:
        """The job's id."""

    def __call__(self, name: str, do: Callable[[], T]) -> T:
        """Run `do` and keep what it returns (JSON), so that it is not run again once it has ended.

        A process that dies in the middle runs it again, so its effects have to be looked up before they are made.
        TryLater, ConnectionError and TimeoutError are tried 5 times, after 1, 2, 4 and 8 seconds. A UserError or
        TryLater comes out with its class, text and hint, but without further attributes, because it is remembered
        as data; a ConnectionError or TimeoutError as Unreachable, everything else as StepFailed.
        """

    def result(self, job: str) -> Ended:
        """Wait for the end of a job in another queue: waiting for one's own queue could wait for ever."""


Handler = Callable[[Steps, Json], Json]
Sort = Callable[[Enqueues, Json], Json]
"""Makes jobs of what has arrived, and nothing else: it waits for nothing, and may be called again for the same.

So their ids have to follow from the payload alone. What it returns is kept where it is done as a job.
"""

OnFailure = Callable[[Steps, Json, Failure], None]
"""Called with the payload of the job that failed, as a job of its own, at least once for each failure."""


class Jobs(Protocol):
    """The engine as its callers see it; `bot.jobs.engine.Engine` says what holds."""

    def register(self, kind: str, handler: Handler, *, queue: str, on_failure: OnFailure | None = None) -> None:
        """Say how jobs of a kind are done."""

    def every(self, name: str, seconds: int, handler: Handler) -> None:
        """Have something done once per interval."""

    def again_at_start(self, name: str) -> None:
        """Have something of `every` also done when the process starts."""

    def sort(self, kind: str, handler: Sort, *, queue: str) -> None:
        """Say how what arrives becomes jobs."""

    def start(self) -> None:
        """Begin to work."""

    def stop(self) -> None:
        """Let running jobs end, then stop."""

    def enqueue(self, kind: str, job: str, key: str, payload: Json) -> bool:
        """Store a job; False where its id is known."""

    def receive(self, job: str, key: str, payload: Json) -> Future[bool]:
        """Keep what arrives until it is sorted; False where its id is known."""

    def depth(self) -> tuple[int, float]:
        """How many jobs wait or run, and the age of the oldest in seconds."""

    def reachable(self) -> bool:
        """Whether jobs can be stored now."""

    def jobs(self, query: Query) -> list[Job]:
        """The jobs that are asked for, the newest first, without their steps."""

    def job(self, job: str) -> Job:
        """One job with its steps."""

    def retry(self, job: str, *, step: int = 1) -> None:
        """Do a job again that failed."""

    def cancel(self, job: str) -> None:
        """Cancel a job that has not ended."""


class DatabaseAway(TryLater):
    """The database of jobs did not answer in time, or not at all."""

    def __init__(self) -> None:
        super().__init__(
            "the database of jobs cannot be reached",
            "see whether the server runs, or for SQLite whether its folder exists, is writable and has room",
        )


class UnknownDatabase(UserError):
    """The URL is not one of the two databases."""

    def __init__(self) -> None:
        super().__init__(
            "the database URL is neither SQLite nor PostgreSQL",
            "write sqlite:////absolute/path/jobs.sqlite or postgresql://user@host/database",
        )


class NoJobsHere(TryLater):
    """The database is there, but no bot has ever used it (or the file is not there at all)."""

    def __init__(self) -> None:
        super().__init__("there are no jobs in this database: no bot has run on it", "give its URL with --database")


class UnknownJob(UserError):
    """No job has this id (any more)."""

    def __init__(self, job: str) -> None:
        super().__init__(f"there is no job {job}", "`kafka-access jobs list` shows the ids; they are kept for 30 days")


class StillActive(UserError):
    """Only a job that has ended can be done again."""

    def __init__(self, job: str, status: Status) -> None:
        super().__init__(f"job {job} is {status}, it cannot be retried", "wait for its end, or cancel it first")


class Succeeded(UserError):
    """A job that is done needs no retry."""

    def __init__(self, job: str) -> None:
        super().__init__(f"job {job} is done, there is nothing to retry")


class NoSuchStep(UserError):
    """A retry can start at a step that the job has got to, not beyond."""

    def __init__(self, job: str, step: int, last: int) -> None:
        super().__init__(f"job {job} has no step {step}", f"its steps are 1 to {last}" if last else "it has none yet")


class EndedAlready(UserError):
    """What has ended cannot be cancelled."""

    def __init__(self, job: str, status: Status) -> None:
        super().__init__(f"job {job} has ended already: {status}")
