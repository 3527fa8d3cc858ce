"""What holds for every engine: the real one on both databases, and the double that conversations are tested with."""

from __future__ import annotations

import itertools
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.errors import TryLater, UserError
from bot.jobs.engine import Engine
from bot.jobs.failures import StepFailed, Unreachable
from bot.jobs.model import (
    Cause,
    EndedAlready,
    Enqueues,
    Failure,
    Handler,
    Jobs,
    Json,
    NoSuchStep,
    Query,
    Status,
    Steps,
    StillActive,
    Succeeded,
    UnknownJob,
)
from tests.support.jobs import InlineEngine, until


class Missing(UserError):
    """An error that takes facts."""

    def __init__(self, name: str, places: int) -> None:
        super().__init__(f"no {name} in {places} places", "look elsewhere")
        self.name = name


@dataclass
class Bench:
    """An engine whose jobs do what the test of the moment says, by the name in their payload."""

    engine: Jobs
    deeds: dict[str, Handler] = field(default_factory=dict)
    told: list[tuple[str, Json, Failure]] = field(default_factory=list)
    due: list[str] = field(default_factory=list)
    starts: list[bool] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def new(self, what: str = "job") -> str:
        """Return an id that no test has used."""
        return f"{what}-{next(self.numbers)}"

    def run(self, deed: Handler, *, kind: str = "do", key: str = "", **payload: Any) -> str:
        """Store a job that does this, and return its id."""
        job = self.new()
        self.deeds[job] = deed
        assert self.engine.enqueue(kind, job, key or job, {"deed": job, **payload})
        return job

    def end(self, job: str) -> Status:
        """Wait for the end of a job."""
        until(lambda: self.engine.job(job).status in {Status.DONE, Status.FAILED, Status.CANCELLED, Status.ABANDONED})
        return self.engine.job(job).status

    def do(self, steps: Steps, payload: Json) -> Json:
        return self.deeds[payload["deed"]](steps, payload)

    def tell(self, steps: Steps, payload: Json, failure: Failure) -> None:
        steps("tell", lambda: self.told.append((steps.job, payload, failure)))

    def tick(self, steps: Steps, payload: Json) -> Json:
        steps("tick", lambda: self.due.append(payload["due"]))
        self.starts.append(payload["start"])
        return {}

    def receive(self, arrival: str, deed: Handler, **payload: Any) -> bool:
        """Keep an arrival that becomes a job which does this; its id is that of the arrival with `-job`."""
        self.deeds[f"{arrival}-job"] = deed
        return self.engine.receive(arrival, "all", {"arrival": arrival, **payload}).result(20)

    def sort(self, jobs: Enqueues, payload: Json) -> Json:
        if payload["arrival"] in self.broken:
            raise LookupError(payload["arrival"])
        job = f"{payload['arrival']}-job"
        jobs.enqueue("do", job, payload.get("key", job), {"deed": job, **payload})
        return {"into": job}

    def known(self, job: str) -> bool:
        """Whether there is such a job."""
        try:
            return self.engine.job(job).id == job
        except UnknownJob:
            return False


@pytest.fixture(scope="module", params=["inline", "sqlite", "postgres"])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    engine: Jobs
    options: dict[str, Any] = {"poll": 0.05, "clock": 0.1, "drain": 0.0, "pauses": (0.0,) * 4}
    if request.param == "inline":
        engine = InlineEngine()
    elif request.param == "sqlite":
        engine = Engine(f"sqlite:///{tmp_path_factory.mktemp('jobs')}/new/jobs.sqlite", **options)
    else:
        engine = Engine(request.getfixturevalue("postgres").database(), **options)
    bench = Bench(engine)
    engine.register("do", bench.do, queue="one", on_failure=bench.tell)
    engine.register("plain", bench.do, queue="one")
    engine.register("other", bench.do, queue="two")
    engine.every("tick", 3600, bench.tick)
    engine.sort("arrived", bench.sort, queue="three")
    engine.start()
    yield bench
    engine.stop()


@pytest.fixture
def parallel(bench: Bench) -> Bench:
    """An engine that does jobs in threads."""
    if isinstance(bench.engine, InlineEngine):
        pytest.skip("does each job at once")
    return bench


def test_a_job_runs_its_steps_and_leaves_its_result(bench: Bench) -> None:
    def deed(steps: Steps, payload: Json) -> Json:
        number = steps("double", lambda: payload["number"] * 2)
        return {"job": steps.job, "number": number, "nothing": steps("nothing", lambda: None)}

    job = bench.run(deed, number=21, key="some/key")
    assert bench.end(job) is Status.DONE
    known = bench.engine.job(job)
    assert known.result == {"job": job, "number": 42, "nothing": None}
    assert (known.kind, known.queue, known.key, known.attempts) == ("do", "one", "some/key", 1)
    assert known.payload["number"] == 21
    assert [(step.number, step.name, step.failure) for step in known.steps] == [
        (1, "double", None),
        (2, "nothing", None),
    ]
    assert known.started is not None
    assert known.ended is not None


def test_jobs_of_a_key_run_in_order_of_arrival(bench: Bench) -> None:
    ran: list[int] = []
    # Ids whose order is not the order of arrival: databases fall back on it.
    ids = [f"{9 - number % 10}-{bench.new('order')}" for number in range(30)]
    for number, job in enumerate(ids):
        bench.deeds[job] = lambda steps, payload: {"ran": steps("run", lambda: ran.append(payload["number"]))}
        bench.engine.enqueue("do", job, "order", {"deed": job, "number": number})
    bench.end(ids[-1])
    assert ran == list(range(30))


def test_keys_run_beside_each_other_and_the_jobs_of_one_do_not(parallel: Bench) -> None:
    lock, now, most = threading.Lock(), Counter[str](), defaultdict[str, int](int)
    both = threading.Barrier(2)

    def deed(steps: Steps, payload: Json) -> Json:
        with lock:
            now[payload["at"]] += 1
            most[payload["at"]] = max(most[payload["at"]], now[payload["at"]])
        if payload["meet"]:
            steps("meet", lambda: both.wait(20) * 0)
        with lock:
            now[payload["at"]] -= 1
        return {}

    jobs = [parallel.run(deed, key=key, at=key, meet=number == 0) for key in ("a", "b") for number in range(5)]
    assert {parallel.end(job) for job in jobs} == {Status.DONE}
    assert most == {"a": 1, "b": 1}


def test_an_id_is_taken_once_by_fifty_at_once_and_for_good(bench: Bench) -> None:
    ran: list[int] = []
    job = bench.new()
    bench.deeds[job] = lambda steps, payload: {"ran": steps("run", lambda: ran.append(1))}

    def store(_: int) -> bool:
        return bench.engine.enqueue("do", job, "same", {"deed": job})

    with ThreadPoolExecutor(50) as callers:
        assert sum(callers.map(store, range(50))) == 1
    bench.end(job)
    assert not store(0)
    with pytest.raises(ValueError, match="taken"):
        bench.engine.enqueue("other", job, "same", {"deed": job})
    with pytest.raises(KeyError):
        bench.engine.enqueue("unheard-of", "x", "same", {})
    assert ran == [1]


def raiser(*errors: Exception) -> tuple[list[int], Callable[[], str]]:
    """Return what raises these errors in turn, and then returns; and its attempts."""
    attempts: list[int] = []

    def do() -> str:
        attempts.append(1)
        if len(attempts) <= len(errors):
            raise errors[len(attempts) - 1]
        return "done"

    return attempts, do


@pytest.mark.parametrize(
    ("errors", "attempts", "expected"),
    [
        pytest.param([Missing("chart", 3)] * 9, 1, Missing("chart", 3), id="refused"),
        pytest.param([TryLater("no Helm", "install it")] * 9, 5, TryLater("no Helm", "install it"), id="later"),
        pytest.param([TryLater("no Helm")] * 4, 5, None, id="later, then not"),
        pytest.param([ConnectionResetError("reset")] * 9, 5, Unreachable("reset"), id="connection"),
        pytest.param([TimeoutError()] * 2, 3, None, id="timeout, then not"),
        pytest.param([KeyError("x")] * 9, 1, StepFailed(Failure(Cause.BUG, "KeyError", "'x'")), id="bug"),
        pytest.param(
            [TryLater("no Helm"), KeyError("x")], 2, StepFailed(Failure(Cause.BUG, "KeyError", "'x'")), id="both"
        ),
    ],
)
def test_what_a_step_raises(bench: Bench, errors: list[Exception], attempts: int, expected: Exception | None) -> None:
    made, do = raiser(*errors)
    caught: list[Exception] = []

    def deed(steps: Steps, _payload: Json) -> Json:
        try:
            return {"it": steps("try", do)}
        except Exception as exc:  # noqa: BLE001 - it is what is looked at
            caught.append(exc)
            return {"it": "caught"}

    job = bench.run(deed)
    assert bench.end(job) is Status.DONE
    assert len(made) == attempts
    if expected is None:
        assert bench.engine.job(job).result == {"it": "done"}
        return
    assert [(type(exc), str(exc)) for exc in caught] == [(type(expected), str(expected))]
    assert getattr(caught[0], "hint", "") == getattr(expected, "hint", "")
    step = bench.engine.job(job).steps[0].failure
    assert step is not None
    assert ("Traceback" in step.traceback) == (step.cause is Cause.BUG)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param((1, ("a", None)), [1, ["a", None]], id="tuples become lists at once, not after a crash"),
        pytest.param({"a": [True, 1.5]}, {"a": [True, 1.5]}, id="JSON stays"),
        pytest.param({1, 2}, None, id="a set is not JSON"),
    ],
)
def test_what_a_step_returns_is_json(bench: Bench, value: object, expected: object) -> None:
    seen: list[object] = []

    def deed(steps: Steps, _payload: Json) -> Json:
        seen.append(steps("give", lambda: value))
        return {}

    job = bench.run(deed)
    assert bench.end(job) is (Status.FAILED if expected is None else Status.DONE)
    assert seen == ([] if expected is None else [expected])


def test_a_job_that_fails_keeps_the_traceback_and_is_told_of_once(bench: Bench) -> None:
    def deed(steps: Steps, payload: Json) -> Json:
        steps("first", lambda: 1)
        return {"it": payload["missing"]}

    job = bench.run(deed, why="told")
    assert bench.end(job) is Status.FAILED
    failure = bench.engine.job(job).failure
    assert failure is not None
    assert (failure.cause, failure.name, failure.text) == (Cause.BUG, "KeyError", "'missing'")
    assert 'payload["missing"]' in failure.traceback

    def told() -> list[tuple[Json, Failure]]:
        return [(payload, failure) for _, payload, failure in bench.told if payload["deed"] == job]

    until(told)
    until(lambda: bench.engine.jobs(Query(kind="do:failed", status=[Status.DONE])))
    assert told() == [({"deed": job, "why": "told"}, failure)]


def test_a_refusal_that_gets_out_ends_the_job_as_that(bench: Bench) -> None:
    def deed(steps: Steps, payload: Json) -> Json:
        raise Missing("chart", 2)

    job = bench.run(deed, kind="plain")
    assert bench.end(job) is Status.FAILED
    name = f"{Missing.__module__}.Missing"
    assert bench.engine.job(job).failure == Failure(Cause.REFUSED, name, "no chart in 2 places", "look elsewhere")


def test_a_job_assembles_what_others_leave(bench: Bench) -> None:
    good, bad = bench.new("good"), bench.new("bad")
    bench.deeds[good] = lambda steps, payload: {"number": payload["number"]}

    def fail(steps: Steps, payload: Json) -> Json:
        steps("fail", raiser(Missing("chart", 1))[1])
        raise AssertionError

    bench.deeds[bad] = fail

    def deed(steps: Steps, _payload: Json) -> Json:
        steps.enqueue("other", good, "same", {"deed": good, "number": 7})
        steps.enqueue("other", bad, "same", {"deed": bad})
        first, second = steps.result(good), steps.result(bad)
        assert second.failure is not None
        return {"first": first.result, "second": second.failure.text}

    job = bench.run(deed)
    assert bench.end(job) is Status.DONE
    assert bench.engine.job(job).result == {"first": {"number": 7}, "second": "no chart in 1 places"}
    assert [step.name for step in bench.engine.job(job).steps] == ["enqueue other", "enqueue other", "wait", "wait"]


def test_waiting_for_ones_own_queue_is_a_bug_and_not_a_deadlock(bench: Bench) -> None:
    other = bench.new()
    bench.deeds[other] = lambda steps, payload: {}

    def deed(steps: Steps, _payload: Json) -> Json:
        steps.enqueue("do", other, steps.job, {"deed": other})
        return {"it": steps.result(other).result}

    job = bench.run(deed, kind="plain")
    assert bench.end(job) is Status.FAILED
    failure = bench.engine.job(job).failure
    assert failure is not None
    assert failure.name == "RuntimeError"


def test_more_jobs_wait_than_there_are_threads_of_those_they_wait_for(parallel: Bench) -> None:
    def deed(steps: Steps, payload: Json) -> Json:
        inner = f"{steps.job}-inner"
        steps.enqueue("other", inner, inner, {"deed": "inner"})
        return {"it": steps.result(inner).result}

    parallel.deeds["inner"] = lambda steps, payload: {"inner": steps.job}
    jobs = [parallel.run(deed) for _ in range(20)]
    assert {parallel.end(job) for job in jobs} == {Status.DONE}


def test_retry_does_the_job_again_in_its_place(bench: Bench) -> None:
    ran: list[str] = []
    broken = [True]

    def deed(steps: Steps, _payload: Json) -> Json:
        steps("first", lambda: ran.append("first"))
        steps("second", lambda: ran.append("second"))
        if broken[0]:
            raise LookupError
        return {"it": "mended"}

    whole, part = bench.run(deed, key="retry"), bench.run(deed, key="retry")
    assert bench.end(whole) is bench.end(part) is Status.FAILED
    with pytest.raises(NoSuchStep):
        bench.engine.retry(part, step=3)
    broken[0] = False
    ran.clear()
    bench.engine.retry(whole)
    assert bench.end(whole) is Status.DONE
    assert ran == ["first", "second"]
    bench.engine.retry(part, step=2)
    assert bench.end(part) is Status.DONE
    assert ran == ["first", "second", "second"]
    again = bench.engine.job(part)
    assert (again.queue, again.key, again.result) == ("one", "retry", {"it": "mended"})
    with pytest.raises(Succeeded):
        bench.engine.retry(part)
    with pytest.raises(EndedAlready):
        bench.engine.cancel(part)
    for refuse in (bench.engine.job, bench.engine.retry, bench.engine.cancel):
        with pytest.raises(UnknownJob):
            refuse("nobody")


def test_cancel_ends_what_waits_at_once_and_what_runs_before_its_next_step(parallel: Bench) -> None:
    begun, go = threading.Event(), threading.Event()
    ran: list[str] = []

    def deed(steps: Steps, payload: Json) -> Json:
        if payload["first"]:
            begun.set()
            steps("block", lambda: go.wait(20))
        steps("after", lambda: ran.append(steps.job))
        return {}

    running, waiting = (parallel.run(deed, key="cancel", first=first) for first in (True, False))
    assert begun.wait(20)
    with pytest.raises(StillActive):
        parallel.engine.retry(running)
    for job in (waiting, running):
        parallel.engine.cancel(job)
        assert parallel.engine.job(job).status is Status.CANCELLED
    go.set()
    # A cancelled job keeps its place, so it can be done after all.
    parallel.engine.retry(waiting)
    assert parallel.end(waiting) is Status.DONE
    assert ran == [waiting]
    assert parallel.engine.job(waiting).queue == "one"


def test_depth_counts_what_waits_and_runs(parallel: Bench) -> None:
    until(lambda: parallel.engine.depth() == (0, 0.0))
    go = threading.Event()
    deed: Handler = lambda steps, payload: {"it": steps("block", lambda: go.wait(20))}  # noqa: E731
    jobs = [parallel.run(deed, key="depth") for _ in range(3)]
    until(lambda: parallel.engine.depth()[1] > 0)
    count, age = parallel.engine.depth()
    assert count == 3
    assert age < 20
    go.set()
    for job in jobs:
        parallel.end(job)
    until(lambda: parallel.engine.depth() == (0, 0.0))


def test_the_newest_jobs_are_listed_by_kind_and_status(bench: Bench) -> None:
    assert bench.engine.reachable()
    done = [bench.run(lambda steps, payload: {}, kind="plain") for _ in range(2)]
    failed = bench.run(lambda steps, payload: {"it": payload["missing"]}, kind="plain")
    for job in (*done, failed):
        bench.end(job)
    listed = bench.engine.jobs(Query(kind="plain", status=[Status.DONE], limit=2))
    assert {job.id for job in listed} == set(done)
    assert [job.id for job in bench.engine.jobs(Query(kind="plain", status=[Status.FAILED], limit=1))] == [failed]
    assert bench.engine.jobs(Query(kind="nothing")) == []


def test_a_list_is_turned_page_by_page_and_kept_to_some_keys(bench: Bench) -> None:
    keys = ("71", "71/a", "711/a", "72/a", "7", "71/b")
    made = [bench.run(lambda steps, payload: {}, kind="other", key=key) for key in keys]
    for job in made:
        bench.end(job)
    listed = [one.key for one in bench.engine.jobs(Query(kind="other", limit=len(keys)))]
    assert listed == [*reversed(keys)]
    queries = [Query(kind="other", offset=start, limit=2) for start in range(0, 6, 2)]
    pages = [one.key for query in queries for one in bench.engine.jobs(query)]
    assert pages == listed
    assert [one.key for one in bench.engine.jobs(Query(under=["71"]))] == ["71/b", "71/a", "71"]
    assert [one.key for one in bench.engine.jobs(Query(under=["71", "72"], offset=1, limit=2))] == ["72/a", "71/a"]
    assert bench.engine.jobs(Query(under=["7_", "%"])) == bench.engine.jobs(Query(under=[])) == []


def test_a_schedule_is_due_once_per_interval_and_at_the_start(bench: Bench) -> None:
    until(lambda: bench.due)
    # The clock has looked again and again since: there is one job for the hour (two, when the hour is full just now).
    assert len(bench.due) == len(set(bench.due)) <= 2
    assert all(job.key == "tick" for job in bench.engine.jobs(Query(kind="tick")))
    assert bench.starts[0] is True


def test_what_arrives_becomes_jobs_in_order_of_arrival(bench: Bench) -> None:
    ran: list[int] = []
    ids = [f"{9 - number % 10}-{bench.new('arrival')}" for number in range(30)]
    for number, arrival in enumerate(ids):
        deed: Handler = lambda steps, payload: {"ran": steps("run", lambda: ran.append(payload["number"]))}  # noqa: E731
        assert bench.receive(arrival, deed, number=number, key="arrivals")
    until(lambda: bench.known(f"{ids[-1]}-job"))
    bench.end(f"{ids[-1]}-job")
    assert ran == list(range(30))
    until(lambda: bench.engine.depth()[0] == 0)


def test_the_same_arrival_fifty_times_at_once_is_one_and_known_for_good(bench: Bench) -> None:
    ran: list[int] = []
    arrival = bench.new("arrival")

    def receive(_: int) -> bool:
        return bench.receive(arrival, lambda steps, payload: {"ran": steps("run", lambda: ran.append(1))})

    with ThreadPoolExecutor(50) as callers:
        assert sum(callers.map(receive, range(50))) == 1
    until(lambda: bench.known(f"{arrival}-job"))
    assert bench.end(f"{arrival}-job") is Status.DONE
    assert not receive(0)
    until(lambda: bench.engine.depth()[0] == 0)
    assert ran == [1]


def test_what_cannot_be_sorted_is_a_failed_job_that_can_be_retried_and_in_nobodys_way(bench: Bench) -> None:
    bad, good = bench.new("arrival"), bench.new("arrival")
    bench.broken.add(bad)
    for arrival in (bad, good):
        assert bench.receive(arrival, lambda steps, payload: {"it": "done"}, key="same")
    until(lambda: bench.known(f"{good}-job") and bench.known(bad))
    assert bench.end(f"{good}-job") is Status.DONE
    assert bench.end(bad) is Status.FAILED
    (shown,) = [one for one in bench.engine.jobs(Query(kind="arrived", status=[Status.FAILED])) if one.id == bad]
    assert (shown.key, shown.queue, shown.payload["arrival"]) == ("all", "three", bad)
    assert shown.failure is not None
    assert (shown.failure.cause, shown.failure.name, shown.failure.text) == (Cause.BUG, "LookupError", bad)
    assert not bench.known(f"{bad}-job")
    bench.broken.clear()
    bench.engine.retry(bad)
    assert bench.end(bad) is Status.DONE
    assert bench.engine.job(bad).result == {"into": f"{bad}-job"}
    assert bench.end(f"{bad}-job") is Status.DONE


def test_a_job_of_the_time_before_there_was_an_inbox_is_done(bench: Bench) -> None:
    arrival = bench.new("arrival")
    bench.deeds[f"{arrival}-job"] = lambda steps, payload: {"it": "done"}
    assert bench.engine.enqueue("arrived", arrival, "all", {"arrival": arrival})
    assert bench.end(arrival) is Status.DONE
    assert bench.end(f"{arrival}-job") is Status.DONE
    assert [step.name for step in bench.engine.job(arrival).steps] == ["enqueue do"]


def test_whoever_does_not_wait_has_nothing_kept(parallel: Bench) -> None:
    go, sorting = threading.Event(), threading.Event()
    slow, late = parallel.new("arrival"), parallel.new("arrival")
    store = parallel.engine._store  # type: ignore[attr-defined]

    def hold(_connection: object) -> bool:
        sorting.set()
        return go.wait(20)

    held = store._transactions._writer.submit(hold)
    assert sorting.wait(20)
    kept = [parallel.engine.receive(one, "all", {"arrival": one}) for one in (slow, late)]
    assert kept[1].cancel()
    parallel.deeds[f"{slow}-job"] = lambda steps, payload: {}
    go.set()
    assert held.result(20)
    assert kept[0].result(20)
    until(lambda: parallel.known(f"{slow}-job"))
    assert not parallel.known(f"{late}-job")
    assert parallel.receive(late, lambda steps, payload: {})
