"""Branches and pull requests of the bot's name that are not the bot's, and what people push to the bot's own."""

from __future__ import annotations

import re

import pytest

from tests.support.bot import World
from tests.support.repository import git
from tests.support.shown import problems

GRANT = "/kafka-access myapp topic=lsst.square-events.myapp.ingest"
MORE = "/kafka-access myapp topic=lsst.square-events.myapp.audit:write"
STATE = re.compile(r"<!-- kafka-access-state:(\S+):(\S+) -->")


def granted(world: World) -> tuple[int, int, str]:
    """An issue, the pull request that answers it, and that one's branch."""
    number = world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    branch = f"kafka-access/myapp-{number}"
    (pull,) = (one["number"] for one in world.home.pulls() if one["head"]["ref"] == branch)
    return number, pull, branch


def test_a_branch_that_somebody_else_made_is_not_touched(world: World) -> None:
    number = world.home.open_issue("alice", "Kafka, please", None)
    branch = f"kafka-access/myapp-{number}"
    theirs = world.home.push("bob", branch, {"theirs.txt": b"mine\n"})
    world.home.comment(number, "alice", GRANT)
    world.settle()
    (reply,) = world.said(number)
    assert "was made by somebody else, and the bot does not touch it" in reply
    assert problems(reply) == []
    assert world.home.head(branch) == theirs
    assert all(one["head"]["ref"] != branch for one in world.home.pulls("all"))


def test_a_pull_request_that_somebody_else_opened_is_not_touched(world: World) -> None:
    number = world.home.open_issue("alice", "Kafka, please", None)
    branch = f"kafka-access/myapp-{number}"
    theirs = world.home.push("bob", branch, {"theirs.txt": b"mine\n"})
    pull = world.home.open_pull("bob", branch, "main", "Mine", "as it is")
    for command in (GRANT, MORE):
        world.home.comment(number, "alice", command)
    world.home.comment(pull, "alice", "/kafka-access cancel")
    world.settle()
    assert ["was made by somebody else" in one for one in world.said(number)] == [True, True]
    assert world.home.head(branch) == theirs
    after = world.home.pull(pull)
    assert (after["state"], after["title"], after["body"]) == ("open", "Mine", "as it is")


def test_a_fork_with_a_branch_of_the_bots_name_is_nothing(world: World) -> None:
    number = world.home.open_issue("alice", "Kafka, please", None)
    branch = f"kafka-access/myapp-{number}"
    fork = world.home.fork("mallory")
    theirs = fork.push("mallory", branch, {"evil.txt": b"evil\n"})
    pull = world.home.open_pull("mallory", f"mallory:{branch}", "main", "Mine", "as it is")
    world.home.comment(number, "alice", GRANT)
    world.settle()
    (reply,) = world.said(number)
    assert "Opened pull request" in reply
    own = [one for one in world.home.pulls() if one["head"]["ref"] == branch and one["number"] != pull]
    assert [one["user"]["login"] for one in own] == [world.registered.bot]
    assert world.home.file(branch, "evil.txt") is None
    assert fork.head(branch) == theirs
    assert world.home.pull(pull)["body"] == "as it is"


def forged(body: str) -> str:
    return STATE.sub(lambda one: f"<!-- kafka-access-state:{one[1]}:{'0' * 64} -->", body)


def altered(body: str) -> str:
    return STATE.sub(lambda one: f"<!-- kafka-access-state:{one[1][:-8]}AAAAAAA=:{one[2]} -->", body)


def taken_away(body: str) -> str:
    return STATE.sub("", body)


@pytest.mark.parametrize("change", [forged, altered, taken_away])
def test_only_what_the_bot_has_sealed_is_believed(world: World, change: object) -> None:
    assert callable(change)
    number, pull, branch = granted(world)
    head, body = world.home.head(branch), world.home.pull(pull)["body"]
    assert len(STATE.findall(body)) == 1
    world.home.edit_issue(pull, "bob", change(body))
    world.home.comment(number, "alice", MORE)
    world.settle()
    assert "somebody has edited its description" in world.said(number)[-1]
    assert world.home.head(branch) == head
    assert world.home.pull(pull)["body"] == change(body)


def test_words_around_the_state_do_no_harm(world: World) -> None:
    number, pull, branch = granted(world)
    body = world.home.pull(pull)["body"]
    forgery = f"<!-- kafka-access-state:e30=:{'1' * 64} -->"
    world.home.edit_issue(pull, "bob", f"{body}\n\n{forgery}\nThanks!")
    world.home.comment(number, "alice", MORE)
    world.settle()
    assert "Added to pull request" in world.said(number)[-1]
    assert world.home.head(branch) is not None


def test_what_people_push_stays(world: World) -> None:
    number, pull, branch = granted(world)
    theirs = world.home.push("bob", branch, {"docs/note.md": b"A note\n"})
    world.home.comment(number, "alice", MORE)
    world.settle()
    world.home.comment(pull, "alice", "/kafka-access refresh")
    world.settle()
    assert world.home.file(branch, "docs/note.md") == b"A note\n"
    assert git(world.home.git, "merge-base", theirs, branch) == theirs
    assert "`docs/note.md`" in world.home.pull(pull)["body"]


def test_a_push_that_conflicts_is_refused_with_the_files(world: World) -> None:
    number, pull, branch = granted(world)
    path = "applications/sasquatch/charts/square-events/templates/myapp-user.yaml"
    assert world.home.file(branch, path)
    theirs = world.home.push("bob", branch, {path: b"kind: Mine\n"})
    world.home.comment(number, "alice", MORE)
    world.settle()
    reply = world.said(number)[-1]
    assert "what people have changed on the branch conflicts" in reply
    assert "myapp-user.yaml" in reply
    assert world.home.head(branch) == theirs
    assert world.home.pull(pull)["state"] == "open"
