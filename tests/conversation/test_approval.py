"""What gives access to another owner's topics waits until the owner agrees; all of it in one repository."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.pipeline import skip
from bot.sandbox.faults import Fault
from bot.sandbox.problems import Refused
from tests.conversation.test_checks import USER, proposed
from tests.support.bot import World, bot_and_sandbox

MESSAGE = "lsst.square-events.notify.message"
ASKED = f"/kafka-access myapp topic={MESSAGE}:read"
RULE = """      - resource:
          type: topic
          name: "{}"
          patternType: literal
        operations:
          - "Read"
        host: "*"
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Carol and dora are of the team that owns lsst.square-events; bob may write, and owns nothing."""
    with bot_and_sandbox(tmp_path_factory.mktemp("approval"), prover=skip) as found:
        found.sandbox.team("lsst-sqre", "square", ["carol", "dora"])
        found.sandbox.user("dora", "write")
        yield found


def checked(world: World, number: int) -> dict[str, Any]:
    """Wait until nothing is left to be done, and return the newest check run of a pull request."""
    world.settle()
    found: dict[str, Any] = world.home.check_runs(world.home.pull(number)["head"]["sha"])[-1]
    assert found["status"] == "completed"
    return found


def conclusion(world: World, number: int) -> str:
    return str(checked(world, number)["conclusion"])


def test_of_a_command(world: World) -> None:
    home = world.home
    issue = home.open_issue("dora", "Kafka", ASKED)
    world.settle()
    (pull,) = (one for one in home.pulls() if one["head"]["ref"] == f"kafka-access/myapp-{issue}")
    number = pull["number"]
    assert [one["slug"] for one in pull["requested_teams"]] == ["square"]
    run = checked(world, number)
    assert run["conclusion"] == "action_required"
    assert run["output"]["title"].startswith("needs approval; myapp gains access")
    row = (
        f"| ⏳ | `myapp`: `{MESSAGE}` is in lsst.square-events, whose owners have to agree | team `lsst-sqre/square` |"
    )
    assert row in run["output"]["summary"]
    assert "@" not in run["output"]["summary"]

    home.review(number, "dora", "APPROVE", "I asked for it, and I am of the team.")
    assert conclusion(world, number) == "action_required"
    home.review(number, "bob", "APPROVE")
    assert conclusion(world, number) == "action_required"
    home.review(number, "carol", "COMMENT", "Let me see.")
    assert conclusion(world, number) == "action_required"
    review = home.review(number, "carol", "APPROVE")
    run = checked(world, number)
    assert run["conclusion"] == "success"
    assert "`carol` |" in run["output"]["summary"]
    assert "approval" not in run["output"]["title"]

    home.dismiss(number, review, "bob")
    assert conclusion(world, number) == "action_required"
    home.review(number, "carol", "APPROVE")
    assert conclusion(world, number) == "success"
    home.comment(issue, "bob", "/kafka-access myapp topic=lsst.square-events.notify.receipt:read")
    assert conclusion(world, number) == "action_required", "it was another commit that was approved"
    assert [one["slug"] for one in home.pull(number)["requested_teams"]] == ["square"]
    home.review(number, "carol", "REQUEST_CHANGES")
    home.review(number, "bob", "APPROVE")
    assert conclusion(world, number) == "action_required", "bob has asked for a part of it"
    home.review(number, "carol", "APPROVE")
    assert conclusion(world, number) == "success"

    users = (home.file(pull["head"]["ref"], USER) or b"").decode().rstrip()
    home.push("dora", pull["head"]["ref"], {USER: f"{users}\n{RULE.format('lsst.sal.x')}".encode()})
    home.push("carol", pull["head"]["ref"], {"README.md": b"Words\n"})
    home.review(number, "carol", "APPROVE")
    assert conclusion(world, number) == "action_required", "carol has pushed to it"
    approvals = [one for one in world.sandbox.requests if one.writes and one.path.endswith(("/reviews", "/merge"))]
    assert approvals == []


def test_of_people_and_of_code_owners(world: World) -> None:
    home = world.home
    text = (home.file("main", USER) or b"").decode().rstrip()
    sha = proposed(world, "theirs", {USER: f"{text}\n{RULE.format('lsst.square-events.notify.receipt')}".encode()})
    (number,) = (one["number"] for one in home.pulls() if one["head"]["sha"] == sha)
    assert home.pull(number)["requested_teams"] == []
    with pytest.raises(Refused):
        home.review(number, "alice", "APPROVE")
    home.review(number, "bob", "APPROVE")
    assert conclusion(world, number) == "action_required"
    owners = b"* @dora\n/applications/sasquatch/ @bob @mallory\n"
    home.push("alice", "main", {".github/CODEOWNERS": owners})
    home.rerequest(checked(world, number)["id"], "alice")
    assert conclusion(world, number) == "success"
    other = proposed(world, "more", {USER: f"{text}\n{RULE.format('lsst.square-events.notify.other')}".encode()})
    (second,) = (one["number"] for one in home.pulls() if one["head"]["sha"] == other)
    home.review(second, "mallory", "APPROVE")
    assert conclusion(world, second) == "action_required", "GitHub takes nobody for a code owner who may not write"


def test_of_what_goes_to_another_branch(world: World) -> None:
    """Between the two branches lies what nobody has seen."""
    text = (world.home.file("main", USER) or b"").decode().rstrip()
    hidden = {USER: f"{text}\n{RULE.format('lsst.sal.unseen')}".encode()}
    head = text.partition("acls:")[0].replace("name: reader", "name: shown")
    shown = f"{head}acls:\n{RULE.format('lsst.sal.seen')}".replace('"Read"', '"Write"')
    row = "`reader`: `lsst.sal.unseen` is in lsst.sal"
    world.home.push("alice", "release", hidden)
    world.home.push("alice", "sent", hidden | {USER.replace("reader", "shown"): shown.encode()})
    number = world.home.open_pull("alice", "sent", "release", "Show")
    world.home.review(number, "carol", "APPROVE")
    run = checked(world, number)
    assert (run["conclusion"], row in run["output"]["summary"]) == ("success", False)
    world.home.set_base(number, "alice", "main")
    run = checked(world, number)
    assert (run["conclusion"], row in run["output"]["summary"]) == ("action_required", True)
    world.sandbox.clock.advance(2)
    world.home.review(number, "carol", "APPROVE")
    assert conclusion(world, number) == "success"


def test_what_cannot_be_told_is_a_no(world: World) -> None:
    text = (world.home.file("main", USER) or b"").decode().rstrip()
    second = proposed(world, "untold", {USER: f"{text}\n{RULE.format('lsst.sal.x')}".encode()})
    (number,) = (one["number"] for one in world.home.pulls() if one["head"]["sha"] == second)
    world.sandbox.faults.add(Fault("GET", "/orgs/.*", times=99))
    world.home.review(number, "carol", "APPROVE")
    run = checked(world, number)
    world.sandbox.faults.clear()
    assert run["conclusion"] == "action_required"
    assert "did not say whether `carol`, who approves, is one of them" in run["output"]["summary"]
    world.home.rerequest(run["id"], "alice")
    assert conclusion(world, number) == "success"


def test_a_review_of_what_is_no_matter_of_kafka(world: World) -> None:
    sha = proposed(world, "quiet", {"README.md": b"Words\n"})
    (number,) = (one["number"] for one in world.home.pulls() if one["head"]["sha"] == sha)
    world.home.review(number, "bob", "APPROVE")
    world.settle()
    assert world.home.check_runs(sha) == []
