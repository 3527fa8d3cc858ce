"""50 commands at once over 10 applications: as if each application had been alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.checkout.files import write_all
from bot.pipeline import answer, skip
from bot.policy.rules import default_directory, load
from tests.support.bot import World, bot_and_sandbox, rules_without_checks
from tests.support.repository import git
from tests.support.tree import TREE, copy_tree

APPLICATIONS = (
    "accents", "aliased", "batch", "conditional", "hidden", "looped", "myapp", "publisher", "twin", "windows",
)  # fmt: skip
EACH = 5


@dataclass(frozen=True)
class Done:
    """A world in which all was asked for at once, with the issue of each application and the main of before."""

    world: World
    issues: dict[str, int]
    main: str

    def branch(self, application: str) -> str:
        return f"kafka-access/{application}-{self.issues[application]}"


def command(application: str, number: int) -> str:
    return f"/kafka-access {application} topic=lsst.square-events.{application}.t{number}:read,write"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    folder = tmp_path_factory.mktemp("concurrency")
    with bot_and_sandbox(folder, prover=skip, workers=4, rules=rules_without_checks(folder)) as world:
        issues = {one: world.home.open_issue("alice", f"Kafka for {one}", None) for one in APPLICATIONS}
        world.settle()
        main = world.home.head("main")
        assert main is not None
        world.sandbox.hold_deliveries()
        for number in range(EACH):
            for application, issue in issues.items():
                world.home.comment(issue, "alice", command(application, number))
        held = [one for one in world.sandbox.deliveries if not one.done]
        assert len(held) == EACH * len(APPLICATIONS)
        moved = _move_main_in_the_middle(world)
        world.sandbox.release_deliveries()
        world.settle(240)
        assert moved == [world.home.head("main")]
        yield Done(world, issues, main)


def _move_main_in_the_middle(world: World) -> list[str]:
    """Have somebody push to main once the first pull requests are there; returns the commit when that is done."""
    opened: list[int] = []
    moved: list[str] = []

    def look(when: str, request: object) -> None:
        if when == "after" and getattr(request, "path", "").endswith("/pulls"):
            opened.append(1)
            if len(opened) == EACH:
                moved.append(world.home.push("bob", "main", {"README.md": b"Somebody else's work\n"}))

    world.sandbox.on_request(look)
    return moved


def alone(folder: Path, application: str) -> dict[str, bytes]:
    """All files of a tree in which one application's commands were carried out one after the other."""
    root = copy_tree(folder)
    comment = "\n".join(command(application, number) for number in range(EACH))
    for one in answer(root, comment, load(default_directory()), skip, write_all):
        assert one.refusal is None
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_each_application_has_one_pull_request(done: Done) -> None:
    pulls = done.world.home.pulls("all")
    assert sorted(one["head"]["ref"] for one in pulls) == sorted(map(done.branch, APPLICATIONS))
    assert {one["state"] for one in pulls} == {"open"}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_its_files_are_as_if_it_had_been_alone(done: Done, application: str, tmp_path: Path) -> None:
    expected = alone(tmp_path, application)
    before = {path.relative_to(TREE).as_posix(): path.read_bytes() for path in TREE.rglob("*") if path.is_file()}
    branch, home = done.branch(application), done.world.home
    changed = git(home.git, "diff", "--name-only", "-z", f"main...{branch}").strip("\0").split("\0")
    assert sorted(changed) == sorted(path for path, data in expected.items() if before.get(path) != data)
    assert {path: home.file(branch, path) for path in changed} == {path: expected[path] for path in changed}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_it_merges_cleanly_with_the_main_that_moved(done: Done, application: str) -> None:
    home = done.world.home
    assert home.head("main") != done.main
    tree = git(home.git, "merge-tree", "--write-tree", "main", done.branch(application))
    assert git(home.git, "show", f"{tree}:README.md") == "Somebody else's work"


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_order_of_arrival_is_kept(done: Done, application: str) -> None:
    """The commits, and the description's commands, are in the order of the comments."""
    home, branch = done.world.home, done.branch(application)
    asked = [command(application, number) for number in range(EACH)]
    log = git(home.git, "log", "--reverse", "--first-parent", "--format=%B%x00", f"main..{branch}").split("\0")
    commits = [one for one in log if "/kafka-access" in one]
    assert [max(asked.index(line) for line in one.splitlines() if line in asked) for one in commits] == [0, 1, 2, 3, 4]
    (pull,) = (one for one in home.pulls() if one["head"]["ref"] == branch)
    assert [line for line in pull["body"].splitlines() if line in asked] == asked


@pytest.mark.parametrize("application", APPLICATIONS)
def test_each_comment_has_one_reply(done: Done, application: str) -> None:
    world, issue = done.world, done.issues[application]
    said = world.said(issue)
    assert [one.count("pull request") > 0 for one in said] == [True] * EACH
    people = [one["id"] for one in world.home.comments(issue) if one["user"]["login"] == "alice"]
    for comment in people:
        assert sum(f"<!-- kafka-access:comment-{comment} -->" in one for one in said) == 1
        assert world.reacted(comment) == ["eyes", "rocket"]
