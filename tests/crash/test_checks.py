"""The bot dies while it checks a pull request of a person: the commit has one check run, which says the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.crash.victim import PHASES
from tests.crash.world import Crash, crash, in_phase, places
from tests.support.tree import TREE

ACCESS = "applications/reader/templates/kafkaaccess.yaml"
WRONG = (TREE / ACCESS).read_bytes().replace(b"    name: reader\n    namespace", b"    name: raeder\n    namespace")


def propose(world: Crash, branch: str) -> str:
    """Have alice propose access for a user that there is not; returns the head."""
    with world.earlier():
        # Each a commit of its own: what is known of one says nothing about the next.
        sha = world.home.push("alice", branch, {ACCESS: WRONG}, branch)
        world.home.open_pull("alice", branch, "main", "Read")
        return sha


def verdicts(world: Crash, sha: str) -> list[tuple[Any, ...]]:
    """Return what the check runs of a commit say."""
    return [
        (
            run["name"],
            run["status"],
            run["conclusion"],
            run["output"]["title"],
            [(one["path"], one["start_line"], one["title"]) for one in world.home.annotations(run["id"])],
        )
        for run in world.home.check_runs(sha)
    ]


def test_killed_at_every_step_and_write_of_a_check(tmp_path: Path) -> None:
    with crash(tmp_path) as world:
        world.spawn()
        propose(world, "first")
        world.settle()  # what is done for the first time only, as asking for a token, is done
        heads: list[str] = []
        steps, writes = places(world, lambda: heads.append(propose(world, "undisturbed")))
        expected = verdicts(world, heads[0])
        ((name, status, conclusion, _, annotations),) = expected
        assert (name, status, conclusion) == ("kafka-access", "completed", "failure")
        assert [one[2] for one in annotations] == ["user-missing", "user-unused"]
        assert [place[:2] for place in steps] == [
            ("delivery", "enqueue check"),
            ("check", "compare"),
            ("check", "conclude"),
        ]
        assert [one[0] for one in writes] == ["POST", "PATCH", "PATCH"]
        for place in steps:
            for phase in PHASES:
                world.kill_at(in_phase(place, phase))
                sha = propose(world, f"{place[1]}-{phase}".replace(" ", "-"))
                world.survive()
                assert verdicts(world, sha) == expected, (place, phase)
        for number, write in enumerate(writes):
            with world.killed_at(write):
                sha = propose(world, f"write-{number}")
                world.survive(2)
            assert verdicts(world, sha) == expected, write
        assert not list(tmp_path.glob("kill *"))
