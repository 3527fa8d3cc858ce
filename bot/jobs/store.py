"""What any process can do with the database of jobs, whether or not it runs jobs: the bot, and the command line."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from dbos import error as dbos_error

from bot.jobs import records
from bot.jobs.database import SCHEMA, bounded, for_callers, is_sqlite, parse
from bot.jobs.inbox import Arrival, Inbox
from bot.jobs.listing import jobs_table, newest
from bot.jobs.model import (
    ENDED,
    Ended,
    EndedAlready,
    Job,
    Json,
    NoJobsHere,
    NoSuchStep,
    Query,
    Status,
    StillActive,
    Succeeded,
    UnknownJob,
)
from bot.jobs.numbers import Numbers
from bot.jobs.transactions import Transactions, Write

APPLICATION = "kafka-access"

VERSION = "jobs-1"
"""DBOS gives jobs only to processes of the version that stored them, and by default that is the hash of the source.

So it is a constant, and changed handlers have to read what older ones have checkpointed.
"""

_CREATING, _SORTING = 5108423001, 5108423002
"""Locks of PostgreSQL, each held by one replica at a time; the numbers are just ours."""

_AT_ONCE = 500
"""Jobs that are read with one query: databases take so and so many parameters."""

_ACTIVE = ("ENQUEUED", "DELAYED", "PENDING")


class Store:
    """The jobs in a database. All methods block for a bounded time, and raise DatabaseAway where it does not answer."""

    def __init__(self, url: str) -> None:
        """Raises UnknownDatabase for a URL of something else; connects when first asked."""
        self.url = parse(url)
        self.engine = for_callers(self.url)
        self._client = DBOSClient(
            system_database_engine=self.engine,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            lazy=True,
            # By default DBOS tries for ever.
            retry_connection_errors=False,
        )
        self.tables = sa.MetaData(schema=None if is_sqlite(self.url) else SCHEMA)
        self._numbers = Numbers(self.tables)
        self.inbox = Inbox(self.tables)
        self._transactions = Transactions(self.engine, self.inbox)
        self.jobs_table = jobs_table(self.tables.schema)

    def close(self) -> None:
        """Close all connections."""
        self._transactions.close()
        self.engine.dispose()

    def check(self) -> None:
        """Raise NoJobsHere where no bot has run on this database; creates nothing."""
        if is_sqlite(self.url) and not Path(str(self.url.database)).is_file():
            raise NoJobsHere
        with bounded():
            if not sa.inspect(self.engine).has_table("workflow_status", schema=self.tables.schema):
                raise NoJobsHere

    def create(self) -> None:
        """Create or migrate the tables of DBOS and our own, and for SQLite the folder; raises DatabaseAway."""
        if is_sqlite(self.url):
            Path(str(self.url.database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with bounded(), self.engine.connect() as connection:
                # Kept in the file. Readers no longer block the writer: nine times the jobs in the same time.
                connection.execute(sa.text("PRAGMA journal_mode=WAL"))
        with bounded():
            DBOS.migrate(self.url.render_as_string(hide_password=False))
        with bounded(), self.engine.begin() as connection:
            if not is_sqlite(self.url):
                # Two replicas that start together would both find the table missing.
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATING)))
            self.tables.create_all(connection)

    def enqueue(self, kind: str, queue: str, job: str, key: str, payload: Json) -> bool:
        """Store a job; False where its id is known. Raises ValueError where it is the id of a job of another kind."""
        write = partial(self.add, kind=kind, queue=queue, job=job, key=key, payload=payload)
        return self._transactions(write)

    def receive(self, job: str, key: str, payload: Json) -> Future[bool]:
        """Keep what has arrived; the future has False where its id is known, and DatabaseAway where nothing is kept.

        It takes as long as the database: whoever cannot wait that long cancels it. Raises TypeError where the payload
        is no JSON.
        """
        return self._transactions.receive(Arrival(job, key, json.dumps(payload)))

    def sort(self, some: Write) -> bool:
        """Return what `some` returns, which sorts what has arrived: over all replicas one at a time."""
        return self._transactions(some, lock=_SORTING)

    def add(self, connection: sa.Connection, kind: str, queue: str, job: str, key: str, payload: Json) -> bool:
        """Store a job within a transaction; see `enqueue`."""
        options: EnqueueOptions = {
            "workflow_name": kind,
            "queue_name": queue,
            "workflow_id": job,
            "workflow_id_reuse_policy": "reject",
            "app_version": VERSION,
            "queue_partition_key": key,
            "priority": self._numbers.next(connection),
            # DBOS forgets the queue of what was cancelled or given up.
            "attributes": {"queue": queue},
        }
        try:
            # Raises before it has changed anything, so the transaction goes on.
            self._client.enqueue_in_transaction(connection, options, key, payload)
        except dbos_error.DBOSWorkflowIDInUseError as exc:
            if exc.workflow_name != kind:
                message = f"the job id {job} is taken by a job of kind {exc.workflow_name}, not {kind}"
                raise ValueError(message) from None
            return False
        return True

    def depth(self) -> tuple[int, float]:
        """Return how many arrivals and jobs wait or run, and the age of the oldest in seconds."""
        table = self.jobs_table
        jobs = sa.select(sa.func.count(), sa.func.min(table.c.created_at)).where(table.c.status.in_(_ACTIVE)).subquery()
        # In one look: what is sorted in between would be in neither of two.
        with bounded(), self.engine.connect() as connection:
            count, oldest, waiting, since = connection.execute(
                sa.select(*jobs.c).add_columns(*self.inbox.waiting())
            ).one()
        ages = [time.time() - moment for moment in (oldest and oldest / 1000, since) if moment]
        return int(count + waiting), max(0.0, *ages) if ages else 0.0

    def aside(self) -> int:
        """Return how many arrivals could be made neither into jobs nor into one that fails."""
        with bounded(), self.engine.connect() as connection:
            return self.inbox.aside(connection)

    def reachable(self) -> bool:
        """Whether the database answers."""
        try:
            with self.engine.connect() as connection:
                connection.execute(sa.select(1))
        except sa.exc.SQLAlchemyError:
            return False
        return True

    def jobs(self, query: Query) -> list[Job]:
        """Return the jobs that are asked for, the newest first, without their steps."""
        with bounded(), self.engine.connect() as connection:
            ids = [str(one) for one in connection.scalars(newest(self.jobs_table, query))]
        found = {}
        with bounded():
            for start in range(0, len(ids), _AT_ONCE):
                some = self._client.list_workflows(workflow_ids=ids[start : start + _AT_ONCE])
                found.update({one.workflow_id: records.job(one) for one in some})
        return [found[one] for one in ids if one in found]

    def job(self, job: str) -> Job:
        """Return a job with its steps; raises UnknownJob."""
        with bounded():
            found = self._client.list_workflows(workflow_ids=[job])
            if not found:
                raise UnknownJob(job)
            steps = self._client.list_workflow_steps(job)
        return replace(records.job(found[0]), steps=tuple(map(records.step, steps)))

    def ended(self, job: str) -> Ended | None:
        """Return what a job left, or None while it waits or runs; raises UnknownJob."""
        with bounded():
            found = self._client.list_workflows(workflow_ids=[job], load_input=False)
        if not found:
            raise UnknownJob(job)
        return records.ended(records.job(found[0]))

    def queue(self, job: str) -> str:
        """Return the queue a job was stored in; raises UnknownJob."""
        with bounded():
            found = self._client.list_workflows(workflow_ids=[job], load_input=False, load_output=False)
        if not found:
            raise UnknownJob(job)
        return records.queue(found[0])

    def retry(self, job: str, *, step: int = 1) -> None:
        """Do a job again that failed, was cancelled or given up: from a step on, in its queue, under its key and id.

        What the steps before that one returned is kept. An arrival that became no job is sorted again.
        Raises UnknownJob, StillActive, Succeeded or NoSuchStep.
        """
        try:
            known = self.job(job)
        except UnknownJob:
            if self._transactions(partial(self.inbox.take_up, job=job)):
                return
            raise
        if known.status is Status.DONE:
            raise Succeeded(job)
        if known.status not in ENDED:
            raise StillActive(job, known.status)
        if step != 1 and not 1 <= step <= len(known.steps):
            raise NoSuchStep(job, step, len(known.steps))
        with bounded():
            # Without the queue DBOS would run it beside the other jobs of its key.
            self._client.rewind_workflow(
                job, start_step=step, queue_name=known.queue, queue_partition_key=known.key, application_version=VERSION
            )

    def cancel(self, job: str) -> None:
        """Cancel a job: at once where it waits, before its next step where it runs. Raises UnknownJob, EndedAlready."""
        known = self.job(job)
        if known.status in ENDED:
            raise EndedAlready(job, known.status)
        with bounded():
            self._client.cancel_workflow(job)

    def running(self, executor: str) -> list[tuple[str, int | None]]:
        """Return the jobs that a process has taken, with the time of that (milliseconds since 1970)."""
        table = self.jobs_table
        query = sa.select(table.c.workflow_uuid, table.c.started_at_epoch_ms).where(
            table.c.status == "PENDING", table.c.executor_id == executor
        )
        with bounded(), self.engine.connect() as connection:
            return [(str(job), started) for job, started in connection.execute(query)]

    def give_back(self, job: str, executor: str) -> None:
        """Let a job wait again that a process has taken, at its place, unless it has ended or somebody else took it."""
        with bounded():
            # Not public. The public way asks neither for the status nor for the process.
            self._client._sys_db.reenqueue_for_recovery(job, [executor], self.queue(job))  # noqa: SLF001

    def unnoticed_failures(self, kinds: Sequence[str], since: timedelta) -> list[tuple[str, Job]]:
        """Return the failed jobs of these kinds for whose failure there is no job yet, each with that job's id."""
        table, notice = self.jobs_table, self.jobs_table.alias("notice")
        told = table.c.workflow_uuid + ":failed:" + sa.cast(table.c.completed_at, sa.Text)
        query = sa.select(table.c.workflow_uuid, told).where(
            table.c.status.in_(("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")),
            table.c.name.in_(kinds),
            table.c.completed_at > (time.time() - since.total_seconds()) * 1000,
            ~sa.exists().where(notice.c.workflow_uuid == told),
        )
        with bounded(), self.engine.connect() as connection:
            found = {str(job): str(id_) for job, id_ in connection.execute(query)}
        return [(id_, self.job(job)) for job, id_ in found.items()]

    def forget(self, age: timedelta, kinds: Sequence[str] = ()) -> int:
        """Delete jobs that ended longer ago than `age`, of all or some kinds; return how many."""
        before, count = (datetime.now(UTC) - age).isoformat(), 0
        while True:
            with bounded():
                old = self._client.list_workflows(
                    completed_before=before, name=list(kinds) or None, limit=500, load_input=False, load_output=False
                )
                self._client.delete_workflows([one.workflow_id for one in old])
            count += len(old)
            if not old:
                return count

    def forget_arrivals(self, age: timedelta) -> int:
        """Delete arrivals that were sorted longer ago than `age`, and so their ids; return how many."""
        with bounded(), self.engine.begin() as connection:
            return self.inbox.forget(connection, age)
