from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from bot.github.comments import Target
from bot.github.errors import Limited
from bot.github.repository import Repository
from bot.github.traffic import Traffic
from bot.sandbox.faults import Fault, primary_limit, secondary_limit
from tests.github.conftest import Stage, make_app


def react(repository: Repository) -> None:
    repository.comments.react(Target(1), "eyes")


def look(repository: Repository) -> str | None:
    return repository.branches.head("main")


@pytest.mark.parametrize("do", [react, look])
@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (lambda: secondary_limit(30, path="/repos/.*"), 30),
        (lambda: secondary_limit(30, path="/repos/.*", status=429), 30),
        (lambda: secondary_limit(None, path="/repos/.*"), 60),
        (lambda: secondary_limit(None, path="/repos/.*", status=429), 60),
        (lambda: primary_limit(int(time.time()) + 500, path="/repos/.*"), 500),
        (lambda: primary_limit(int(time.time()) + 500, path="/repos/.*", status=429), 500),
        (lambda: primary_limit(int(time.time()) + 10**9, path="/repos/.*"), 3700),
    ],
    ids=[
        "403",
        "429",
        "403 without a time",
        "429 without a time",
        "primary 403",
        "primary 429",
        "a clock that is wrong",
    ],
)
def test_a_long_limit_goes_to_the_queue_with_its_seconds(
    stage: Stage, repository: Repository, do: Callable[[Repository], object], fault: Callable[[], Fault], wait: float
) -> None:
    again = stage.sandbox.faults.add(fault())
    with pytest.raises(Limited) as limited:
        do(repository)
    assert limited.value.wait == pytest.approx(wait, rel=0.2), "not waited for"
    assert again.met == 1


def test_one_that_is_short_is_waited_out(stage: Stage, repository: Repository) -> None:
    stage.sandbox.faults.add(secondary_limit(1, path="/repos/.*", method="POST"))
    began = time.monotonic()
    react(repository)
    assert time.monotonic() - began >= 1
    assert stage.home.reactions(1) == [("kafka-access[bot]", "eyes")]


def test_what_one_job_ran_into_keeps_the_others_from_writing(stage: Stage, repository: Repository) -> None:
    stage.sandbox.faults.add(secondary_limit(30, path="/repos/.*", method="POST"))
    with pytest.raises(Limited):
        react(repository)
    before = len(stage.sandbox.requests)
    with stage.open() as other, pytest.raises(Limited):
        react(other)
    assert [(one.method, one.path) for one in stage.sandbox.requests][before:] == []


def test_writes_of_an_installation_keep_their_distance() -> None:
    traffic = Traffic(between_writes=0.2)
    began = time.monotonic()
    for _ in range(3):
        traffic.turn(1)
    assert time.monotonic() - began >= 0.4


def test_writes_of_another_installation_do_not_count() -> None:
    traffic = Traffic(between_writes=1000)
    traffic.turn(1)
    traffic.turn(2)
    with pytest.raises(Limited):
        traffic.turn(1)


def test_reads_are_not_held_back(stage: Stage) -> None:
    app = make_app(stage.sandbox, stage.registered, between_writes=1000.0)
    with app.repository(stage.registered.installation_id, stage.home.id, stage.home.full_name) as repository:
        react(repository)
        assert look(repository) == stage.home.head("main")
        with pytest.raises(Limited):
            react(repository)


def test_what_is_left_is_known(stage: Stage, repository: Repository) -> None:
    stage.sandbox.set_rate_limit(77)
    look(repository)
    left = stage.app.traffic.limits[stage.registered.installation_id]
    assert left.limit == 77
    assert 0 < left.remaining < 77
