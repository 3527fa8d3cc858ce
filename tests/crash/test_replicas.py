"""Two bots on PostgreSQL: one dies, and the other one ends what it has begun, without anybody starting anything."""

from __future__ import annotations

import time
from pathlib import Path

from tests.crash.world import Place, crash, differences
from tests.support.jobs import until
from tests.support.postgres import Postgres

CHOICE: list[Place] = [
    ("delivery", "enqueue thread", "before"),
    ("delivery", "enqueue thread", "after"),
    ("command", "plan", "before"),
    ("command", "commit", "middle"),
    ("command", "pull request", "middle"),
    ("command", "label", "after"),
    ("thread", "wait", "before"),
    ("thread", "reply", "middle"),
    ("thread", "react", "after"),
]


def test_the_other_one_takes_over(tmp_path: Path, postgres: Postgres) -> None:
    with crash(tmp_path, postgres.database(), beat=0.2, ttl=1.0) as world:
        world.spawn()
        first = world.ask()
        world.settle()
        expected = world.outcome(*first)
        for place in CHOICE:
            world.keep_alive(2)
            deaths = world.deaths
            world.kill_at(place)
            asked = world.ask()
            until(lambda: len(world.living()) == 1)
            died = time.monotonic()
            world.settle(1)
            print(f"{place}: taken over and done after {time.monotonic() - died:.1f} s")
            assert world.deaths == deaths + 1
            assert not differences(world.outcome(*asked), expected), place
        assert not list(tmp_path.glob("kill *"))
