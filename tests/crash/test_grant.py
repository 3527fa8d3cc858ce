"""The bot dies at every place of a grant, is started again, and nobody can tell from what it has done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.world import Crash, Outcome, Place, Write, crash, differences, in_phase, places

STEPS = {"permission", "plan", "commit", "pull request", "label", "heard", "wait", "reply", "react", "ended", "store"}
STEPS |= {"compare", "conclude"}  # of the check of the bot's own pull request
WRITES = [
    ("PATCH", "/repos/lsst-sqre/phalanx/check-runs/N"),
    ("POST", "/graphql"),
    ("POST", "/repos/lsst-sqre/phalanx/check-runs"),
    ("POST", "/repos/lsst-sqre/phalanx/git/refs"),
    ("POST", "/repos/lsst-sqre/phalanx/issues/N/comments"),
    ("POST", "/repos/lsst-sqre/phalanx/issues/N/labels"),
    ("POST", "/repos/lsst-sqre/phalanx/issues/comments/N/reactions"),
    ("POST", "/repos/lsst-sqre/phalanx/issues/comments/N/reactions"),
    ("POST", "/repos/lsst-sqre/phalanx/pulls"),
]


def undisturbed(world: Crash) -> tuple[Outcome, list[Place], list[Write]]:
    """Grant twice without any trouble, and return what that looks like, and what was done the second time."""
    world.spawn()
    first = world.ask()
    world.settle()  # what is done for the first time only, as making the label, is done
    asked: list[tuple[int, int]] = []
    steps, writes = places(world, lambda: asked.append(world.ask()))
    found = world.outcome(*asked[0])
    assert world.outcome(*first) == found
    assert found.reactions == ("eyes", "rocket")
    assert (len(found.replies), len(found.pulls), len(found.commits)) == (1, 1, 1)
    assert found.labels == ("kafka-access",)
    return found, steps, writes


@pytest.mark.parametrize("phases", [("before", "after"), ("middle",)], ids=" and ".join)
def test_killed_at_every_step(tmp_path: Path, phases: tuple[str, ...]) -> None:
    with crash(tmp_path) as world:
        expected, steps, _ = undisturbed(world)
        assert {step for _, step, _ in steps} >= STEPS
        for place in steps:
            if phases == ("middle",) and place[0] == "webhook":
                continue  # no step, and nothing that could be done by halves
            for phase in phases:
                world.kill_at(in_phase(place, phase))
            asked = world.ask()
            world.survive(len(phases))
            assert not differences(world.outcome(*asked), expected), place
        assert not list(tmp_path.glob("kill *"))


def test_killed_at_every_write(tmp_path: Path) -> None:
    with crash(tmp_path) as world:
        expected, _, writes = undisturbed(world)
        assert sorted(one[:2] for one in writes) == WRITES
        for write in writes:
            with world.killed_at(write):
                asked = world.ask()
                world.survive(2)
            assert not differences(world.outcome(*asked), expected), write
