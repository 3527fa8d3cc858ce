"""Nobody listens, or nothing can be stored: GitHub's log of deliveries has what was missed."""

from __future__ import annotations

import time
from pathlib import Path

from bot.jobs.model import Query, Status
from tests.crash.world import TOPIC, crash
from tests.support.jobs import until
from tests.support.postgres import Postgres

COUNT = 10
PLAN = f"/kafka-access plan myapp topic={TOPIC}:read"


def test_ten_comments_while_the_bot_is_down(tmp_path: Path) -> None:
    with crash(tmp_path) as world:
        world.kill(world.spawn())
        asked = [world.ask(PLAN) for _ in range(COUNT)]
        until(lambda: all(one.done for one in world.sandbox.deliveries))
        assert {one.status_code for one in world.sandbox.deliveries} == {0}
        began = time.monotonic()
        world.spawn()
        world.settle()
        print(f"all done {time.monotonic() - began:.1f} s after the start began")
        for issue, comment in asked:
            assert len(world.replies(issue)) == 1
            assert sorted(world.reacted(comment)) == ["eyes", "rocket"]
        began_in = [line[1] for line in world.said() if line[:1] == ["before"] and line[2] == "permission"]
        assert began_in == sorted(began_in), "redelivered in order"
        assert len(began_in) == COUNT


def test_a_restart_asks_at_once_for_what_was_missed_meanwhile(tmp_path: Path) -> None:
    with crash(tmp_path, settings={"REDELIVER_EVERY": "86400"}) as world:
        bot = world.spawn()
        until(lambda: world.store.jobs(Query(kind="redelivery", status=[Status.DONE])))
        world.kill(bot)
        issue = world.home.open_issue("alice", "Kafka", "Please.")
        comment = world.home.comment(issue, "alice", PLAN)
        until(lambda: all(one.done for one in world.sandbox.deliveries))
        assert world.sandbox.deliveries[-1].status_code == 0
        world.spawn()
        until(lambda: world.is_settled() and world.replies(issue), within=60)
        assert sorted(world.reacted(comment)) == ["eyes", "rocket"]
        assert len(world.replies(issue)) == 1


def test_the_database_is_away(tmp_path: Path, postgres: Postgres) -> None:
    with crash(tmp_path, postgres.database(), beat=0.2, ttl=1.0) as world:
        world.spawn()
        world.settle()
        postgres.stop()
        try:
            asked = [world.ask(PLAN) for _ in range(2)]
            until(lambda: all(one.done for one in world.sandbox.deliveries), within=60)
            tried = world.sandbox.deliveries
        finally:
            postgres.start()
        assert {one.status_code for one in tried} == {503}
        slowest = max(one.duration for one in tried)
        assert slowest < 10, "GitHub waits no longer"
        world.settle()
        print(f"503 after at most {slowest:.1f} s")
        for issue, comment in asked:
            assert len(world.replies(issue)) == 1
            assert sorted(world.reacted(comment)) == ["eyes", "rocket"]
        assert world.deaths == 0
