"""What is particular to the real engine: settings, what it relies on in DBOS, retention, a database that is away."""

from __future__ import annotations

import inspect
import sqlite3
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest
import sqlalchemy as sa
from dbos import DBOS
from dbos._core import ActiveWorkflowById
from dbos._sys_db import SystemDatabase
from dbos._utils import retriable_postgres_exception

from bot.jobs import retention
from bot.jobs.clock import Clock
from bot.jobs.database import for_work, is_sqlite, parse, teach_subseconds
from bot.jobs.engine import Engine
from bot.jobs.model import DatabaseAway, Ended, Query, Status, Steps, UnknownDatabase, UnknownJob
from bot.jobs.orphans import Orphans
from bot.jobs.reaper import Reaper
from bot.jobs.steps import DurableSteps, Leaving, Stopping
from bot.jobs.store import Store
from tests.support.jobs import InlineEngine, until
from tests.support.postgres import Postgres


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store without an engine: jobs stay as they are."""
    store = Store(f"sqlite:///{tmp_path}/jobs.sqlite")
    store.create()
    yield store
    store.close()


def test_what_the_reaper_calls_is_there() -> None:
    # Not public in DBOS: without it, nobody takes over the jobs of a replica that dies.
    assert list(inspect.signature(DBOS._recover_pending_workflows).parameters) == ["executor_ids"]


def test_what_finds_jobs_without_a_thread_is_there() -> None:
    parameters = list(inspect.signature(SystemDatabase.reenqueue_for_recovery).parameters)
    assert parameters == ["self", "workflow_id", "executor_ids", "recovery_queue_name"]
    assert callable(ActiveWorkflowById.activeList)


@pytest.mark.parametrize("where", ["?host=/nonexistent", "nonexistent.invalid/x", "255.255.255.255/x", "127.0.0.1:1/x"])
def test_whatever_keeps_a_connection_from_coming_about_is_what_dbos_waits_for(where: str) -> None:
    engine = for_work(parse(f"postgresql://bot@{where}" if "/x" in where else f"postgresql://bot@/x{where}"))
    with pytest.raises(sa.exc.OperationalError) as lost:
        engine.connect()
    assert retriable_postgres_exception(lost.value)


def test_a_job_that_no_thread_does_goes_back_to_its_queue(tmp_path: Path) -> None:
    engine = Engine(f"sqlite:///{tmp_path}/jobs.sqlite", poll=0.05, clock=0.05, patience=0.2, drain=0)
    ran: list[str] = []
    engine.register("work", lambda steps, payload: {"ran": steps("run", lambda: ran.append(steps.job))}, queue="work")
    engine.start()
    try:
        # As if the answer to a claim had been lost: the queue knows the job as taken, and nobody does it.
        with engine._store.engine.begin() as connection:
            engine._store._client.enqueue_in_transaction(
                connection,
                {"workflow_name": "work", "queue_name": "work", "workflow_id": "lost", "queue_partition_key": "key"},
                "key",
                {},
            )
            connection.execute(
                sa.text("UPDATE workflow_status SET status = 'PENDING', executor_id = 'local' WHERE name = 'work'")
            )
        engine.enqueue("work", "next", "key", {})
        until(lambda: engine.job("next").status is Status.DONE)
        assert ran == ["lost", "next"]
    finally:
        engine.stop()


@pytest.mark.parametrize(
    ("url", "sqlite"),
    [
        ("sqlite:////var/lib/bot/jobs.sqlite", True),
        ("postgresql://bot@host/jobs", False),
        ("postgresql+psycopg://bot@host/jobs", False),
    ],
)
def test_urls(url: str, sqlite: bool) -> None:
    assert is_sqlite(parse(url)) is sqlite


@pytest.mark.parametrize("url", ["", "jobs.sqlite", "sqlite://", "sqlite:///:memory:", "mysql://bot:hunter2@host/jobs"])
def test_other_urls_are_refused_without_showing_them(url: str) -> None:
    with pytest.raises(UnknownDatabase) as refused:
        Store(url)
    assert "hunter2" not in str(refused.value)


def test_old_sqlite_learns_what_dbos_asks_of_it_from_python_3_12_on() -> None:
    connection = sqlite3.connect(":memory:")
    teach_subseconds(connection)
    (seconds,) = connection.execute("SELECT unixepoch('subsec')").fetchone()
    connection.close()
    assert abs(seconds - time.time()) < 5


def test_stored_jobs_are_on_disk_before_the_caller_goes_on(store: Store) -> None:
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar_one() == 2  # FULL


def test_retention_forgets_ended_jobs_and_only_those(store: Store) -> None:
    for job in ("waits", "cancelled", "tick"):
        store.enqueue("tick" if job == "tick" else "work", "work", job, "key", {})
    store.cancel("cancelled")
    store.cancel("tick")
    assert store.forget(timedelta(days=30)) == 0
    # A second ahead, because that is the resolution of SQLite's times.
    assert store.forget(timedelta(seconds=-2), ["tick"]) == 1
    assert store.forget(timedelta(seconds=-2)) == 1
    for job in ("cancelled", "tick"):
        with pytest.raises(UnknownJob):
            store.job(job)
    assert [job.id for job in store.jobs(Query())] == ["waits"]
    assert store.enqueue("work", "work", "cancelled", "key", {})
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM workflow_input")).scalar_one() == 2


def test_retention_is_about_jobs_ticks_and_arrivals(store: Store) -> None:
    engine = InlineEngine()
    engine.register("retention", retention.handler(store, ["tick"]), queue="schedules")
    engine.start()
    engine.enqueue("retention", "today", "retention", {})
    assert engine.job("today").result == {"jobs": 0, "ticks": 0, "arrivals": 0}


def test_replicas_that_start_together_do_once_what_is_done_at_each_start(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(moment: float) -> None:
        monkeypatch.setattr("bot.jobs.clock.time", SimpleNamespace(time=lambda: moment))
        Clock(
            store,
            lambda kind, job, key, payload: store.enqueue(kind, "schedules", job, key, payload),
            intervals={"ask": 300, "clean": 300},
            at_start=["ask"],
            noticed=[],
            orphans=Orphans(store, "local", active=list, patience=1),
            beat=1,
        )._tick()

    for moment in (3000.0, 3010.0, 3010.4, 3011.0, 3030.0):
        begin(moment)
    jobs = store.jobs(Query())
    assert [one.kind for one in jobs].count("clean") == 1
    asked = [one for one in jobs if one.kind == "ask"]
    assert len(asked) == 3, "the interval's, and two starts in it"
    assert all(one.payload["start"] for one in asked)
    assert {one.key for one in asked} == {"ask"}, "one after the other"


def test_what_is_retried_waits_in_its_queue_under_its_key_at_its_place(store: Store) -> None:
    for job in ("first", "second"):
        store.enqueue("work", "work", job, "key", {})
    query = sa.text("SELECT status, queue_name, queue_partition_key, priority FROM workflow_status ORDER BY priority")
    with store.engine.connect() as connection:
        before = connection.execute(query).all()
    assert before == [("ENQUEUED", "work", "key", 1), ("ENQUEUED", "work", "key", 2)]
    # DBOS forgets the queue of what is cancelled.
    store.cancel("first")
    store.retry("first")
    with store.engine.connect() as connection:
        assert connection.execute(query).all() == before


def test_a_database_that_is_locked_fails_the_caller_in_time_and_works_again(store: Store, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "jobs.sqlite") as locker:
        locker.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(DatabaseAway):
            store.enqueue("work", "work", "late", "key", {})
        with pytest.raises(DatabaseAway):
            store.receive("late", "key", {}).result(8)
        assert time.monotonic() - started < 16
        locker.rollback()
    locker.close()
    assert store.enqueue("work", "work", "late", "key", {})
    assert store.receive("late", "key", {}).result(8)


def test_a_server_that_is_away_at_the_start_is_said(tmp_path: Path) -> None:
    engine = Engine(f"postgresql://bot:hunter2@/jobs?host={tmp_path}")
    with pytest.raises(DatabaseAway) as away:
        engine.start()
    assert "hunter2" not in str(away.value)


def test_a_job_that_asks_waits_for_the_database(caplog: pytest.LogCaptureFixture) -> None:
    answers = iter([None, DatabaseAway(), DatabaseAway(), Ended(result={"it": 1})])

    def ended(_job: str) -> Ended | None:
        answer = next(answers)
        if isinstance(answer, DatabaseAway):
            raise answer
        return answer

    stopping = Stopping()
    steps = DurableSteps("job", enqueue=_never, ended=ended, may_wait_for=_never, stopping=stopping, outage=0.01)
    assert steps._wait("other") == Ended(result={"it": 1})
    assert caplog.messages == ["job job waits for the database"] * 2
    stopping.soon.set()
    answers = iter([DatabaseAway()])
    with pytest.raises(Leaving):
        steps._wait("other")


def _never(*_: object) -> NoReturn:
    raise AssertionError


def test_nothing_listens_and_nothing_is_connected(tmp_path: Path) -> None:
    engine = Engine(f"sqlite:///{tmp_path}/jobs.sqlite", poll=0.05, drain=0)
    engine.register("work", lambda steps, payload: {}, queue="work")
    engine.start()
    try:
        engine.enqueue("work", "job", "key", {})
        until(lambda: engine.job("job").status is Status.DONE)
        targets = {str(fd.readlink()) for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()}
        inodes = {target.removeprefix("socket:[").rstrip("]") for target in targets if target.startswith("socket:")}
        tables = [Path(f"/proc/self/net/{name}") for name in ("tcp", "tcp6", "udp", "udp6")]
        lines = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
        assert not [line for line in lines if line[9] in inodes]
    finally:
        engine.stop()


def test_a_replica_is_dead_without_a_beat_and_alive_with_one(postgres: Postgres) -> None:
    store = Store(postgres.database())
    one = Reaper(store, "one", beat=1, ttl=60)
    store.create()
    store.enqueue("work", "work", "job", "key", {})
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = 'one'"))
    assert one.dead() == ["one"]
    one.pulse()
    assert one.dead() == []
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE dbos.kafka_access_beats SET seen = seen - interval '61 seconds'"))
    assert one.dead() == ["one"]
    store.close()


def test_two_engines_see_each_others_jobs_and_do_each_once(tmp_path: Path) -> None:
    ran: list[str] = []

    def work(steps: Steps, payload: dict[str, object]) -> dict[str, object]:
        steps("run", lambda: ran.append(steps.job))
        return payload

    for job in ("first", "second"):
        engine = Engine(f"sqlite:///{tmp_path}/jobs.sqlite", poll=0.05, drain=0)
        engine.register("work", work, queue="work")
        engine.start()
        assert engine.enqueue("work", job, "key", {"n": job})
        assert engine.enqueue("work", "first", "key", {}) is False
        until(lambda engine=engine, job=job: engine.job(job).result == {"n": job})  # type: ignore[misc]
        engine.stop()
    assert ran == ["first", "second"]
