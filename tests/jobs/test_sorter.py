"""What arrives, from the inbox to jobs: in order, a few at a time, and whatever cannot be sorted is in nobody's way."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from bot.jobs.database import is_sqlite
from bot.jobs.model import DatabaseAway, Enqueues, Json, UnknownJob
from bot.jobs.sorter import _TRIES, Sorter
from bot.jobs.store import Store


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store without an engine: jobs stay as they are."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('jobs')}/jobs.sqlite"
    else:
        url = request.getfixturevalue("postgres").database()
    store = Store(url)
    store.create()
    yield store
    store.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/jobs.sqlite")
    store.create()
    yield store
    store.close()


def sorter(store: Store, handle: Callable[[Enqueues, Json], object]) -> Sorter:
    """Return one whose thread is not started."""

    def sort(jobs: Enqueues, payload: Json) -> Json:
        handle(jobs, payload)
        return {}

    return Sorter(store, "arrived", sort, queue_of=str)


def change(store: Store, statement: str, **values: object) -> None:
    """Change what the database holds; `{}` is where the tables are."""
    with store.engine.begin() as connection:
        connection.execute(sa.text(statement.format("" if is_sqlite(store.url) else "dbos.")), values)


def made(store: Store, name: str) -> list[str]:
    """Return the jobs that were made of the arrivals of a test, in the order in which they run."""
    table = "workflow_status" if is_sqlite(store.url) else "dbos.workflow_status"
    query = f"SELECT workflow_uuid FROM {table} WHERE workflow_uuid LIKE :name ORDER BY priority"
    with store.engine.connect() as connection:
        return list(connection.execute(sa.text(query), {"name": f"{name}%"}).scalars())


@contextmanager
def refusing(store: Store, *jobs: str) -> Iterator[None]:
    """Have the database refuse jobs by a constraint."""
    these = ", ".join(f"'{job}'" for job in jobs) or "''"
    if is_sqlite(store.url):
        when = f"BEFORE INSERT ON workflow_status WHEN NEW.workflow_uuid IN ({these})"
        change(store, f"CREATE TRIGGER refused {when} BEGIN SELECT RAISE(ABORT, 'refused'); END")
    else:
        change(store, f"ALTER TABLE {{}}workflow_status ADD CONSTRAINT refused CHECK (workflow_uuid NOT IN ({these}))")
    try:
        yield
    finally:
        drop = (
            "DROP TRIGGER refused" if is_sqlite(store.url) else "ALTER TABLE {}workflow_status DROP CONSTRAINT refused"
        )
        change(store, drop)


@dataclass(frozen=True)
class Poison:
    """How an arrival fails: by the job that it makes, what it brings itself, and the ids that the database refuses."""

    kind: str = "work"
    job: str = "2-job"
    key: str = "app"
    payload: Json | None = None
    sent: str = ""
    text: str = ""
    refused: tuple[str, ...] = ()
    tries: int = 1
    aside: bool = False
    only: str = ""


POISONS = {
    "it is not JSON": Poison(payload={"it": object()}),
    "it cannot be encoded, after half of the job is stored": Poison(payload={"it": "\ud800"}),
    "its id is that of a job of another kind": Poison(kind="other", job="0-job"),
    "the database refuses it": Poison(refused=("2-job",), tries=_TRIES),
    "the database refuses its key": Poison(key="\0", tries=_TRIES, only="postgresql"),
    "its key is too long for an index": Poison(key=os.urandom(9000).hex(), tries=_TRIES, only="postgresql"),
    "the database refuses it and the job that would fail": Poison(refused=("2-job", "2"), tries=_TRIES, aside=True),
    "what arrived cannot be encoded": Poison(payload={"it": "\ud800"}, sent="\ud800", aside=True),
    "what arrived is damaged": Poison(text="{", aside=True),
}


@pytest.mark.parametrize("name", POISONS)
def test_what_cannot_be_sorted_is_in_nobodys_way(store: Store, name: str, caplog: pytest.LogCaptureFixture) -> None:
    poison, prefix = POISONS[name], f"{sorted(POISONS).index(name)}-"
    if poison.only not in {"", store.url.get_backend_name()}:
        pytest.skip(f"{poison.only} alone refuses this")
    ids = [f"{prefix}{number}" for number in range(5)]
    bad, broken = ids[2], [True]

    def handle(jobs: Enqueues, payload: Json) -> None:
        arrival = payload["arrival"]
        jobs.enqueue("work", f"{arrival}-first", "app", {})
        if arrival == bad and broken[0]:
            jobs.enqueue(poison.kind, f"{prefix}{poison.job}", poison.key, poison.payload or {})
        else:
            jobs.enqueue("work", f"{arrival}-job", "app", {})

    for arrival in ids:
        payload = {"arrival": arrival, "sent": poison.sent if arrival == bad else ""}
        assert store.receive(arrival, "all", payload).result(20)
    if poison.text:
        change(store, "UPDATE {}kafka_access_inbox SET payload = :text WHERE job = :job", text=poison.text, job=bad)
    whole = [f"{arrival}-{which}" for arrival in ids for which in ("first", "job")]
    expected = [*whole[:4], *[bad] * (not poison.aside), *whole[6:]]
    rounds = sorter(store, handle)
    with refusing(store, *(f"{prefix}{job}" for job in poison.refused)), caplog.at_level(logging.WARNING):
        while rounds.sort():
            assert made(store, prefix) == expected[: len(made(store, prefix))], "nobody overtakes"
    assert made(store, prefix) == expected
    said = [record.message.removeprefix(f"{bad} ") for record in caplog.records]
    assert said == [
        *["cannot be sorted, and is tried again"] * (poison.tries - 1),
        "cannot be sorted, and becomes a job that fails",
        *["cannot even be that, and is set aside until it is retried"] * poison.aside,
    ]
    assert store.aside() == poison.aside
    assert not store.receive(bad, "all", {}).result(20), "its id is known"
    if not poison.aside:
        known = store.job(bad)
        assert (known.kind, known.queue, known.key, known.payload["arrival"]) == ("arrived", "arrived", "all", bad)
        return
    broken[0] = False
    mended = json.dumps({"arrival": bad})
    change(store, "UPDATE {}kafka_access_set_aside SET payload = :text WHERE job = :job", text=mended, job=bad)
    store.retry(bad)
    assert store.aside() == 0
    while rounds.sort():
        pass
    assert made(store, prefix) == [*expected, *whole[4:6]]
    with pytest.raises(UnknownJob):
        store.retry(bad)


@contextmanager
def outages(store: Store) -> Iterator[Callable[[], None]]:
    """Give what has the rest of a transaction fail, as it does where the disk is full or the server ends."""
    if not is_sqlite(store.url):

        def end() -> None:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            with psycopg.connect(store.url.set(drivername="postgresql").render_as_string(False)) as connection:
                connection.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")

        yield end
        return
    full = [False]

    @sa.event.listens_for(store.engine, "before_cursor_execute")
    def fill(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        full[0] &= not statement.startswith("BEGIN")
        cursor.execute(f"PRAGMA max_page_count={1 if full[0] else 2**30}")

    yield lambda: full.__setitem__(0, True)
    sa.event.remove(store.engine, "before_cursor_execute", fill)


def test_an_outage_in_the_middle_of_a_round_is_waited_out_in_order(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    ids = [f"outage-{number}" for number in range(5)]
    left = [2 * _TRIES]

    with outages(store) as fail:

        def handle(jobs: Enqueues, payload: Mapping[str, str]) -> None:
            jobs.enqueue("work", f"{payload['arrival']}-first", "app", {})
            if payload["arrival"] == ids[2] and left[0]:
                left[0] -= 1
                fail()
            jobs.enqueue("work", f"{payload['arrival']}-job", "app", {"long": "x" * 2**20})

        for arrival in ids:
            assert store.receive(arrival, "all", {"arrival": arrival}).result(20)
        expected = [f"{arrival}-{which}" for arrival in ids for which in ("first", "job")]
        rounds = sorter(store, handle)
        while left[0]:
            before = left[0]
            try:
                assert rounds.sort()
                assert left[0] == before
            except DatabaseAway:
                assert left[0] == before - 1
            assert made(store, "outage-") == expected[: len(made(store, "outage-"))]
            assert len(made(store, "outage-")) <= 4
        while rounds.sort():
            pass
    assert made(store, "outage-") == expected
    assert (store.aside(), caplog.messages) == (0, [])


def test_what_fails_leaves_nothing_and_shares_its_transaction_with_what_does_not(store: Store) -> None:
    for payload, error in (({"it": "\ud800"}, UnicodeEncodeError), ({"it": object()}, TypeError)):
        with pytest.raises(error):
            store.enqueue("work", "work", "half", "key", payload)
        with pytest.raises(UnknownJob):
            store.job("half")
    with pytest.raises(TypeError):
        store.receive("half", "key", {"it": object()})
    assert store.enqueue("work", "work", "half", "key", {})


def test_retention_forgets_sorted_arrivals_and_only_those(fresh: Store) -> None:
    seen: list[str] = []

    def handle(_jobs: Enqueues, payload: Json) -> None:
        seen.append(payload["job"])
        if payload["job"] == "aside":
            raise LookupError

    rounds = sorter(fresh, handle)
    for job in ("old", "aside"):
        assert fresh.receive(job, "key", {"job": job}).result(20)
    with refusing(fresh, "aside"):
        assert rounds.sort()
    assert fresh.receive("waits", "key", {"job": "waits"}).result(20)
    assert fresh.forget_arrivals(timedelta(days=30)) == 0
    assert not fresh.receive("old", "key", {}).result(20)
    assert (fresh.depth()[0], fresh.aside()) == (1, 1)
    assert fresh.forget_arrivals(timedelta(seconds=-2)) == 2
    assert (fresh.depth()[0], fresh.aside()) == (1, 0)
    assert not fresh.receive("waits", "key", {}).result(20)
    assert fresh.receive("old", "key", {"job": "old"}).result(20)
    while rounds.sort():
        pass
    assert seen == ["old", "aside", "waits", "old"]


def test_a_burst_is_sorted_a_few_at_a_time_so_that_others_can_write(fresh: Store) -> None:
    for number in range(200):
        fresh.receive(f"job-{number:03}", "key", {"number": number}).result(20)
    seen: list[int] = []
    rounds, count = sorter(fresh, lambda _jobs, payload: seen.append(payload["number"])), 0
    while rounds.sort():
        count += 1
    assert seen == list(range(200))
    assert count > 3


def test_a_server_that_may_only_be_read_is_an_outage(store: Store) -> None:
    if is_sqlite(store.url):
        pytest.skip("SQLite has no such state")

    def turn(state: str) -> None:
        address = store.url.set(drivername="postgresql").render_as_string(False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f'ALTER DATABASE "{store.url.database}" SET default_transaction_read_only = {state}')
        store.engine.dispose()

    turn("on")
    try:
        with pytest.raises(DatabaseAway):
            store.enqueue("work", "work", "read-only", "app", {})
    finally:
        turn("default")
    assert store.enqueue("work", "work", "read-only", "app", {})
