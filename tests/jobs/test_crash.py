"""Whatever happens to process or database: no job is lost, no finished step runs again, no key gets mixed up."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.model import Cause, DatabaseAway, Status, UnknownJob
from bot.jobs.store import Store
from tests.jobs import victim
from tests.jobs.victim import STEPS
from tests.support.jobs import until
from tests.support.postgres import Postgres

# Each bot is forked from a process that has imported all there is: importing takes longer than most of these tests.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.jobs.victim"])

PHASES = ("before", "middle", "after")


class Bots:
    """Processes of `victim.py` on one database, and what they say."""

    def __init__(self, folder: Path, url: str, **options: Any) -> None:
        self.folder = folder
        self.store = Store(url)
        self._arguments = (folder, url, options)
        self.running: list[ForkServerProcess] = []

    def spawn(self) -> ForkServerProcess:
        """Start one more, without waiting for it."""
        bot = FORKS.Process(target=victim.main, args=self._arguments)
        bot.start()
        self.running.append(bot)
        return bot

    def start(self) -> ForkServerProcess:
        """Start one more, and wait until it works."""
        bot = self.spawn()
        until(lambda: f"up {bot.pid}" in self.said())
        return bot

    def keep_alive(self) -> None:
        """Replace those that have died."""
        for bot in [bot for bot in self.running if not bot.is_alive()]:
            assert bot.exitcode == -signal.SIGKILL, (self.folder / "stderr").read_text()[-4000:]
            self.running.remove(bot)
            self.spawn()

    def finish(self, *jobs: str, within: float = 40) -> None:
        """Wait until these are done, whatever dies on the way."""

        def done() -> bool:
            self.keep_alive()
            return all(job.status is Status.DONE for job in map(self.store.job, jobs))

        try:
            until(done, within=within)
        except AssertionError:
            left = [job for job in map(self.store.job, jobs) if job.status is not Status.DONE]
            lines = "\n".join(f"{job.id} {job.status} attempts={job.attempts} {job.steps}" for job in left)
            message = f"not done:\n{lines}\n{(self.folder / 'stderr').read_text()[-6000:]}"
            raise AssertionError(message) from None

    def said(self) -> list[str]:
        """Return what was logged, line by line."""
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []

    def listen(self, lines: int) -> None:
        """Wait until so many more lines are said, or there is nothing more to do."""
        goal = len(self.said()) + lines
        until(lambda: len(self.said()) >= goal or self.store.depth()[0] == 0)

    def kill_at(self, *place: str) -> None:
        """Have whoever gets there die."""
        (self.folder / " ".join(("kill", *place))).touch()

    def store_work(self, count: int, keys: int = 1) -> list[str]:
        """Store jobs of so many keys in turn, and return their ids."""
        jobs = [f"job-{number:02}" for number in range(count)]
        for number, job in enumerate(jobs):
            self.store.enqueue("work", "work", job, f"key-{number % keys}", {"key": f"key-{number % keys}"})
        return jobs

    def receive_work(self, count: int, keys: int = 1, door: Store | None = None, start: int = 0) -> list[str]:
        """Keep arrivals, one after the other, that become jobs of so many keys in turn; return the ids of these."""
        jobs = [f"job-{number:02}" for number in range(start, start + count)]
        for number, job in enumerate(jobs, start):
            payload = {"job": job, "key": f"key-{number % keys}"}
            assert (door or self.store).receive(f"arrived-{job}", "all", payload).result(20)
        return jobs

    def sort(self, jobs: list[str]) -> None:
        """Wait until arrivals are jobs, whatever dies on the way."""

        def known() -> bool:
            self.keep_alive()
            try:
                return bool([self.store.job(job) for job in jobs])
            except UnknownJob:
                return False

        until(known, within=40)

    def close(self) -> None:
        for bot in self.running:
            bot.kill()
            bot.join()
            bot.close()
        self.store.close()


@contextmanager
def bots(folder: Path, url: str, **options: Any) -> Iterator[Bots]:
    crowd = Bots(folder, url, **options)
    try:
        yield crowd
    finally:
        crowd.close()


def check(lines: list[str], jobs: list[str], keys: int = 1) -> None:
    """Read the log as a judge: nothing again that was kept, one job of a key at a time, in order, all of them whole."""
    kept: set[tuple[str, str]] = set()
    begun: dict[str, list[str]] = {}
    for line in lines:
        what, job, *rest = line.split()
        if what == "begin":
            assert (job, rest[0]) not in kept, f"{job} {rest[0]} ran again after it was kept"
            order = begun.setdefault(f"key-{jobs.index(job) % keys}", [])
            if job not in order:
                order.append(job)
            assert order[-1] == job, f"{job} ran when {order[-1]} had begun"
        elif what == "kept":
            kept.add((job, rest[0]))
    assert kept == {(job, step) for job in jobs for step in STEPS}
    for number in range(keys):
        assert begun[f"key-{number}"] == jobs[number::keys]


def sqlite(folder: Path) -> str:
    return ready(f"sqlite:///{folder}/jobs.sqlite")


def ready(url: str) -> str:
    """Return the URL of a database when its tables exist, as those who store before the bot runs need it."""
    store = Store(url)
    store.create()
    store.close()
    return url


def test_killed_before_in_and_after_every_step(tmp_path: Path) -> None:
    with bots(tmp_path, sqlite(tmp_path)) as crowd:
        jobs = crowd.store_work(len(STEPS))
        places = [(job, step, phase) for job, phase in zip(jobs, PHASES, strict=True) for step in STEPS]
        for place in places:
            crowd.kill_at(*place)
        crowd.kill_at(jobs[-1], "end", "after")
        crowd.spawn()
        crowd.finish(*jobs)
        said = crowd.said()
    assert not list(tmp_path.glob("kill *"))
    check(said, jobs)
    began = Counter(tuple(line.split()[1:3]) for line in said if line.startswith("begin"))
    # Only what was in the middle ran twice.
    assert began == {(job, step): 1 + (job == jobs[1]) for job in jobs for step in STEPS}


def test_killed_before_and_after_what_has_arrived_becomes_a_job(tmp_path: Path) -> None:
    with bots(tmp_path, sqlite(tmp_path)) as crowd:
        jobs = crowd.receive_work(6)
        for job in jobs[::2]:
            crowd.kill_at("sort", job, "before")
            # The job is stored, and that its arrival is sorted is not: neither of the two is committed.
            crowd.kill_at("sort", job, "after")
        crowd.spawn()
        crowd.sort(jobs)
        crowd.finish(*jobs)
        assert not list(tmp_path.glob("kill *"))
        check(crowd.said(), jobs)
        assert crowd.store.depth()[0] == 0
        # What was done with it is forgotten with the process, and that it was is not.
        assert not crowd.store.receive(f"arrived-{jobs[0]}", "all", {}).result(20)


def test_two_replicas_sort_in_order_of_arrival_although_they_die(tmp_path: Path, postgres: Postgres) -> None:
    url = ready(postgres.database())
    with bots(tmp_path, url, beat=0.2, ttl=1.0) as crowd, closing(Store(url)) as other:
        crowd.start()
        crowd.start()
        jobs = [f"job-{number:02}" for number in range(60)]
        for job in jobs[10::20]:
            crowd.kill_at("sort", job, "after")
        for number in range(0, 60, 2):
            crowd.receive_work(1, keys=6, start=number)
            crowd.receive_work(1, keys=6, start=number + 1, door=other)
            crowd.keep_alive()
        crowd.sort(jobs)
        crowd.finish(*jobs)
        said = crowd.said()
        assert not list(tmp_path.glob("kill *"))
        check(said, jobs, keys=6)
    begun = [line.split()[1:] for line in said if line.startswith("sorted")]
    # Nobody begins at one before the others are done, and only what was not committed is done again.
    assert list(dict.fromkeys(job for job, _ in begun)) == jobs
    assert len({process for _, process in begun}) > 1


def test_what_arrives_waits_for_the_database(tmp_path: Path, postgres: Postgres) -> None:
    with bots(tmp_path, ready(postgres.database()), beat=0.2, ttl=2.0) as crowd:
        crowd.start()
        postgres.stop()
        try:
            with pytest.raises(DatabaseAway):
                crowd.store.receive("lost", "all", {}).result(20)
            until(lambda: "what has arrived waits for the database" in (tmp_path / "stderr").read_text())
        finally:
            postgres.start()
        jobs = crowd.receive_work(3)
        crowd.sort(jobs)
        crowd.finish(*jobs)
        check(crowd.said(), jobs)


def test_a_replica_takes_over_from_one_that_dies(tmp_path: Path, postgres: Postgres) -> None:
    with bots(tmp_path, ready(postgres.database()), beat=0.2, ttl=1.0) as crowd:
        crowd.start()
        crowd.start()
        for phase, job in zip(PHASES, ("job-00", "job-02", "job-04"), strict=True):
            crowd.kill_at(job, "two", phase)
        jobs = crowd.store_work(6, keys=2)
        crowd.finish(*jobs)
        said = crowd.said()
    check(said, jobs, keys=2)
    assert not list(tmp_path.glob("kill *"))


def test_the_survivor_needs_no_restart_of_the_dead(tmp_path: Path, postgres: Postgres) -> None:
    with bots(tmp_path, ready(postgres.database()), beat=0.2, ttl=1.0) as crowd:
        crowd.start()
        crowd.start()
        crowd.kill_at("job-00", "two", "middle")
        jobs = crowd.store_work(2)
        until(lambda: all(crowd.store.job(job).status is Status.DONE for job in jobs))
        assert sorted(bot.is_alive() for bot in crowd.running) == [False, True]
        check(crowd.said(), jobs)


@pytest.mark.parametrize("where", ["sqlite", "postgres"])
def test_random_kills(tmp_path: Path, where: str, request: pytest.FixtureRequest) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    url = sqlite(tmp_path) if where == "sqlite" else ready(request.getfixturevalue("postgres").database())
    with bots(tmp_path, url, beat=0.2, ttl=1.0, recoveries=50) as crowd:
        for _ in range(1 if where == "sqlite" else 2):
            crowd.start()
        jobs = crowd.store_work(40, keys=8)
        for _ in range(5):
            # At a place that nobody foresees: as soon as so many more lines are said.
            crowd.listen(chance.randrange(1, 60))
            chance.choice(crowd.running).kill()
            until(lambda: not all(bot.is_alive() for bot in crowd.running))
            crowd.keep_alive()
        crowd.finish(*jobs)
        check(crowd.said(), jobs, keys=8)
        assert crowd.store.depth()[0] == 0, f"seed {seed}"


def test_a_job_that_always_kills_is_given_up_told_of_and_no_longer_in_the_way(tmp_path: Path) -> None:
    with bots(tmp_path, sqlite(tmp_path), recoveries=1) as crowd:
        poison, good = crowd.store_work(2)
        crowd.spawn()

        def end() -> bool:
            crowd.keep_alive()
            if crowd.store.job(poison).status is not Status.ABANDONED:
                crowd.kill_at(poison, "one", "middle")
            return crowd.store.job(good).status is Status.DONE

        until(end, within=30)
        until(lambda: [line for line in crowd.said() if line.startswith(f"told {poison}:failed:")])
        failure = crowd.store.job(poison).failure
        assert failure is not None
        assert failure.cause is Cause.ABANDONED
        assert sum(line.startswith(f"begin {poison}") for line in crowd.said()) == 2


def test_sigterm_lets_the_running_job_end_and_leaves_the_rest(tmp_path: Path) -> None:
    with bots(tmp_path, sqlite(tmp_path)) as crowd:
        crowd.store.enqueue("work", "work", "runs", "key", {"steps": ["hold", "after"]})
        crowd.store.enqueue("work", "work", "waits", "key", {"steps": ["one"]})
        crowd.store.enqueue("wait", "wait", "asks", "asks", {"for": "waits"})
        bot = crowd.start()
        until(lambda: {"begin runs hold", "waits asks"} <= {line.rpartition(" ")[0] for line in crowd.said()})
        bot.terminate()
        # It stays for the job that runs, and lets the one go that only waits.
        bot.join(1.5)
        assert bot.is_alive()
        (tmp_path / "go").touch()
        bot.join(20)
        assert bot.exitcode == 0, (tmp_path / "stderr").read_text()
        crowd.running.remove(bot)
        states = {job: crowd.store.job(job).status for job in ("runs", "waits", "asks")}
        assert states == {"runs": Status.DONE, "waits": Status.WAITING, "asks": Status.RUNNING}
        crowd.start()
        crowd.finish("waits", "asks")
        assert [line.rpartition(" ")[0] for line in crowd.said() if line.startswith("begin")] == [
            "begin runs hold",
            "begin runs after",
            "begin waits one",
        ]


def test_a_drain_that_is_over_leaves_before_the_next_step(tmp_path: Path) -> None:
    with bots(tmp_path, sqlite(tmp_path), drain=0.2) as crowd:
        crowd.store.enqueue("work", "work", "runs", "key", {"steps": ["one", "hold", "after"]})
        bot = crowd.start()
        until(lambda: any(line.startswith("begin runs hold") for line in crowd.said()))
        bot.terminate()
        until(lambda: any(line.startswith("down") for line in crowd.said()))
        (tmp_path / "go").touch()
        bot.join(20)
        assert bot.exitcode == 0
        crowd.running.remove(bot)
        assert crowd.store.job("runs").status is Status.RUNNING
        assert not any("after" in line for line in crowd.said())
        crowd.start()
        crowd.finish("runs")
        began = Counter(line.split()[2] for line in crowd.said() if line.startswith("begin"))
        assert began == {"one": 1, "hold": 2, "after": 1}
    assert "Traceback" not in (tmp_path / "stderr").read_text()


def test_a_job_of_many_steps_leaves_between_two(tmp_path: Path) -> None:
    with bots(tmp_path, sqlite(tmp_path), drain=0.2) as crowd:
        crowd.store.enqueue("work", "work", "long", "key", {"steps": [str(number) for number in range(20_000)]})
        bot = crowd.start()
        crowd.listen(20)
        bot.terminate()
        bot.join(20)
        assert bot.exitcode == 0
        crowd.running.remove(bot)
        assert crowd.store.job("long").status is Status.RUNNING
    assert "Traceback" not in (tmp_path / "stderr").read_text()


def test_a_replica_that_starts_takes_nothing_from_one_that_lives(tmp_path: Path, postgres: Postgres) -> None:
    with bots(tmp_path, ready(postgres.database()), beat=0.2, ttl=1.0) as crowd:
        crowd.store.enqueue("work", "work", "mine", "mine", {"steps": ["hold"]})
        crowd.start()
        until(lambda: any(line.startswith("begin mine") for line in crowd.said()))
        crowd.start()
        jobs = crowd.store_work(16, keys=16)
        crowd.finish(*jobs)
        (tmp_path / "go").touch()
        crowd.finish("mine")
        assert sum(line.startswith("begin mine") for line in crowd.said()) == 1


def test_postgres_crashes_in_the_middle(tmp_path: Path, postgres: Postgres) -> None:
    # A single attempt, so that a step that only asks the database has to be patient in another way.
    with bots(tmp_path, ready(postgres.database()), beat=0.2, ttl=2.0, pauses=[]) as crowd:
        crowd.start()
        crowd.start()
        jobs = crowd.store_work(30, keys=6)
        crowd.store.enqueue("wait", "wait", "asks", "asks", {"for": jobs[-1]})
        until(lambda: len(crowd.said()) > 30 and any(line.startswith("waits asks") for line in crowd.said()))
        postgres.stop()
        try:
            started = time.monotonic()
            with pytest.raises(DatabaseAway):
                crowd.store.enqueue("work", "work", "lost", "key", {})
            with pytest.raises(DatabaseAway):
                crowd.store.depth()
            assert not crowd.store.reachable()
            assert time.monotonic() - started < 8
        finally:
            postgres.start()
        assert crowd.store.reachable()
        crowd.finish("asks", *jobs)
        said = [line for line in crowd.said() if "asks" not in line]
    check(said, jobs, keys=6)
