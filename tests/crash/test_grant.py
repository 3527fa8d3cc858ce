"""The bot dies at every place of a grant, is started again, and nobody can tell from what it has done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.victim import PHASES
from tests.crash.world import GRANT, Crash, Outcome, crash, places

STEPS = {"permission", "plan", "commit", "pull request", "label", "heard", "wait", "reply", "react", "ended", "store"}


def undisturbed(world: Crash) -> Outcome:
    """Grant once without any trouble, and return what that looks like."""
    asked = world.ask()
    world.settle()
    found = world.outcome(*asked)
    assert found.reactions == ("eyes", "rocket")
    assert (len(found.replies), len(found.pulls), len(found.commits)) == (1, 1, 1)
    assert found.labels == ("kafka-access",)
    return found


@pytest.mark.parametrize("phase", PHASES)
def test_killed_at_every_step(tmp_path: Path, phase: str) -> None:
    with crash(tmp_path) as world:
        world.spawn()
        expected = undisturbed(world)
        found = places(world, lambda: world.ask(GRANT), phase)
        assert {step for _, step, _ in found} >= STEPS - ({"store"} if phase == "middle" else set())
        for place in found:
            world.kill_at(place)
            asked = world.ask()
            world.survive()
            assert world.outcome(*asked) == expected, place
        print(f"{world.deaths} deaths")
        assert world.deaths == len(found)
