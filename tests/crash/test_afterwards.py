"""The bot dies while it amends a pull request, or follows one up that was merged or closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.world import AMENDMENT, Crash, Outcome, crash, differences, in_phase, places


def granted(world: Crash, count: int) -> list[tuple[int, int]]:
    """Have pull requests opened for so many issues."""
    world.spawn()
    asked = [world.ask() for _ in range(count)]
    world.settle()
    return asked


def test_killed_at_every_step_and_write_of_an_amendment(tmp_path: Path) -> None:
    with crash(tmp_path) as world:
        asked = [issue for issue, _ in granted(world, 22)]
        outcomes: list[tuple[int, int]] = []

        def amend() -> tuple[int, int]:
            outcomes.append(world.ask(AMENDMENT, asked.pop()))
            return outcomes[-1]

        steps, writes = places(world, amend)
        expected = world.outcome(*outcomes[-1])
        assert expected.reactions == ("eyes", "rocket")
        assert (len(expected.replies), len(expected.pulls), len(expected.commits)) == (2, 1, 2)
        assert "Added to pull request" in expected.replies[1]
        for write in writes:
            with world.killed_at(write):
                again = amend()
                world.survive(2)
            assert not differences(world.outcome(*again), expected), write
        for place in [one for one in steps if one[0] == "command"]:
            world.kill_at(in_phase(place, "middle"))
            again = amend()
            world.survive()
            assert not differences(world.outcome(*again), expected), place


def close(world: Crash, issue: int) -> None:
    with world.earlier():
        world.home.close(world.pulls_of(issue)[0]["number"], "alice")


def merge(world: Crash, issue: int) -> None:
    with world.earlier():
        world.home.merge(world.pulls_of(issue)[0]["number"], "alice")


@pytest.mark.parametrize(("end", "says"), [(merge, "is merged"), (close, "was closed without a merge")])
def test_killed_while_it_follows_up(tmp_path: Path, end: object, says: str) -> None:
    with crash(tmp_path) as world:
        asked = granted(world, 9)
        last = asked.pop()
        steps, writes = places(world, lambda: end(world, last[0]))  # type: ignore[operator]
        expected: Outcome = world.outcome(*last)
        assert len(expected.replies) == 2
        assert says in expected.replies[1]
        assert [state for *_, state in expected.pulls] == ["closed"]
        assert expected.tree is None
        assert [one[0] for one in writes] == ["POST", "DELETE"]
        for write in writes:
            last = asked.pop()
            with world.killed_at(write):
                end(world, last[0])  # type: ignore[operator]
                world.survive(2)
            assert not differences(world.outcome(*last), expected), write
        for place in [one for one in steps if one[0] != "webhook"]:
            last = asked.pop()
            world.kill_at(in_phase(place, "middle"))
            end(world, last[0])  # type: ignore[operator]
            world.survive()
            assert not differences(world.outcome(*last), expected), place
