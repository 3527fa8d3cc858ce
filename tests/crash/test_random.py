"""Bots that die at places that nobody foresees: nothing is lost, nothing done twice, and the order is kept."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from bot.jobs.model import Query
from tests.crash.world import TOPIC, Crash, crash
from tests.support.jobs import until

APPLICATIONS = ("myapp", "wide", "reader", "publisher")
ISSUES, EACH, KILLS = 10, 7, 20
"""Each comment is a thread and a command, so that there are 140 jobs and more."""


def in_order(lines: list[list[str]]) -> dict[str, list[str]]:
    """Return the commands of each application as they began; none may begin or go on when the next one has."""
    begun: dict[str, list[str]] = {}
    for line in lines:
        if len(line) == 4 and line[1].startswith("command-"):
            job = line[1]
            order = begun.setdefault(job.rpartition("-")[2], [])
            if job not in order:
                order.append(job)
            assert order[-1] == job, f"{job} ran when {order[-1]} had begun"
    return begun


def comments(world: Crash, chance: random.Random) -> list[tuple[int, int]]:
    issues = [world.home.open_issue("alice", "Kafka", "Please.") for _ in range(ISSUES)]
    said = []
    for turn in range(ISSUES * EACH):
        issue, application = issues[turn % ISSUES], chance.choice(APPLICATIONS)
        said.append(world.ask(f"/kafka-access plan {application} topic={TOPIC}:read", issue))
    return said


@pytest.mark.parametrize("seed", [random.randrange(2**32)], ids=["any seed"])
def test_random_kills(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with crash(tmp_path, recoveries=100) as world:
        world.spawn()
        said = comments(world, chance)
        for _ in range(KILLS):
            goal = len(world.said()) + chance.randrange(1, 80)
            until(lambda goal=goal: len(world.said()) >= goal or world.is_settled(), within=60)  # type: ignore[misc]
            # Nobody waits for anything here: where it dies is left to chance.
            time.sleep(chance.random() / 10)
            world.kill(world.running[0])
            world.spawn()
        world.settle(within=600)
        assert world.deaths == KILLS
        jobs = world.store.jobs(Query(limit=10_000))
        for issue, comment in said:
            markers = [one for one in world.replies(issue) if f"kafka-access:comment-{comment} " in one]
            assert len(markers) == 1, f"seed {seed}: {len(markers)} replies to {comment}"
            reply = next(one for one in world.replies(issue) if f"kafka-access:comment-{comment} " in one)
            assert sorted(world.reacted(comment)) == ["eyes", "rocket"], f"seed {seed}: {reply}"
        for application, begun in in_order(world.said()).items():
            expected = sorted(begun)
            assert begun == expected, f"seed {seed}: {application}"
        own = [one for one in jobs if one.kind in {"thread", "command"}]
        assert len(own) >= 2 * len(said)
        print(f"seed {seed}: {len(own)} jobs, {world.deaths} kills")
