"""The bot dies while it takes access away that was merged."""

from __future__ import annotations

from pathlib import Path

from tests.crash.test_afterwards import merge
from tests.crash.world import Crash, Outcome, crash, differences, in_phase, places

REVOKE = "/kafka-access revoke myapp"


def tree_of_main(world: Crash) -> str:
    found: str = world.home.commit(world.home.head("main") or "")["commit"]["tree"]["sha"]
    return found


def test_killed_at_every_step_and_write_of_a_revocation(tmp_path: Path) -> None:
    with crash(tmp_path) as world:
        before = tree_of_main(world)
        world.spawn()
        granted, _ = world.ask()
        world.settle()
        merge(world, granted)
        world.settle()
        assert tree_of_main(world) != before

        asked = [world.ask(REVOKE)]
        world.settle()
        steps, writes = places(world, lambda: asked.append(world.ask(REVOKE)))
        expected: Outcome = world.outcome(*asked[-1])
        assert expected.tree == before
        assert expected.reactions == ("eyes", "rocket")
        assert (len(expected.replies), len(expected.pulls), len(expected.commits)) == (1, 1, 2)
        for write in writes:
            with world.killed_at(write):
                again = world.ask(REVOKE)
                world.survive(2)
            assert not differences(world.outcome(*again), expected), write
        for place in [one for one in steps if one[0] == "command"]:
            world.kill_at(in_phase(place, "middle"))
            again = world.ask(REVOKE)
            world.survive()
            assert not differences(world.outcome(*again), expected), place
