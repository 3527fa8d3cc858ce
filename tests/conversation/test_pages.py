"""What a description has no room for goes into comments below it, each of which is edited and not repeated."""

from __future__ import annotations

from pathlib import Path

from bot.github.comments import LONGEST_BODY
from bot.planning.model import Plan
from bot.proof.model import Differing, Outcome, Proof, Status
from tests.support.bot import World, bot_and_sandbox
from tests.support.shown import problems

INGEST = "lsst.square-events.myapp.ingest"
GRANT = f"/kafka-access myapp topic={INGEST}:write"


class Wordy:
    """A prover that proves nothing really, and says a lot of it: `lines` of difference in each environment."""

    def __init__(self, lines: int) -> None:
        self.lines = lines

    def __call__(self, _root: Path, planned: Plan) -> Proof:
        differences = {
            name: (Differing(f"{name}/x.yaml", "", "".join(f"- {name} {line}\n" for line in range(self.lines))),)
            for name in planned.targets
        }
        return Proof(Status.PROVED, dict.fromkeys(planned.targets, Outcome.PROVED), differences=differences)


def pages(world: World) -> list[str]:
    found = [one for one in world.said(2) if "kafka-access:page-" in one]
    assert [one for one in found if len(one) > LONGEST_BODY or problems(one)] == []
    return found


def test_pages(tmp_path: Path) -> None:
    prover = Wordy(6_000)
    with bot_and_sandbox(tmp_path, workers=1, prover=prover) as world:
        world.home.open_issue("alice", "Kafka, please", GRANT)
        world.settle()
        body = world.home.pull(2)["body"]
        assert len(body) <= LONGEST_BODY
        assert problems(body, references=frozenset({1})) == []
        assert "There is no room for" in body
        first = pages(world)
        assert len(first) > 1
        assert f"Page 1 of {len(first)}" in first[0]
        assert "+- beta 5999" in first[-1]

        world.home.comment(2, "alice", "/kafka-access refresh")
        world.settle()
        assert pages(world) == first

        prover.lines = 10
        world.home.comment(2, "alice", "/kafka-access refresh")
        world.settle()
        assert "There is no room for" not in world.home.pull(2)["body"]
        assert len(pages(world)) == len(first)
        assert all("This page is empty now" in one for one in pages(world))


def test_too_many_commands_change_nothing(tmp_path: Path) -> None:
    """Hundreds of commands, which the pull request has to remember, are refused before anything is committed."""
    filler = "," + ",".join(["read"] * 150)
    lines = [f"{GRANT.replace('ingest', f'number-{number}')}{filler}" for number in range(60)]
    with bot_and_sandbox(tmp_path, workers=1, prover=Wordy(1)) as world:
        world.home.open_issue("alice", "Kafka, please", "\n".join(lines))
        world.settle()
        (said,) = world.said(1)
        assert "more than its description has room for" in said
        assert set(world.home.branches()) == {"main"}
        assert world.home.pulls() == []
