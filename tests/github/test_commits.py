from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.github.commits import File
from bot.github.errors import Stale
from bot.github.repository import Repository
from bot.process import run
from bot.sandbox.faults import Fault
from tests.github.conftest import BRANCH, Stage


@pytest.fixture
def head(stage: Stage, repository: Repository) -> str:
    main = stage.home.head("main")
    assert main
    return repository.branches.create(BRANCH, main)


def modes(stage: Stage) -> Mapping[str, str]:
    listed = run(["git", "ls-tree", "-r", BRANCH], cwd=stage.home.git, timeout=10).stdout.splitlines()
    return {line.split("\t")[1]: line.split()[0] for line in listed}


def tree_of(stage: Stage, commit: str) -> str:
    return str(stage.home.commit(commit)["commit"]["tree"]["sha"])


def test_a_commit_is_verified_and_the_bots(stage: Stage, repository: Repository, head: str) -> None:
    sha = repository.commits.commit(BRANCH, head, "Grant", "Because", {"a/b.yaml": b"\xff", "run.sh": b"new"})
    commit = stage.home.commit(sha)
    assert commit["commit"]["message"] == "Grant\n\nBecause"
    assert commit["commit"]["verification"]["verified"]
    assert commit["author"]["login"] == "kafka-access[bot]"
    assert stage.home.file(sha, "a/b.yaml") == b"\xff"
    assert modes(stage)["run.sh"] == "100755"


def test_nothing_to_commit_is_no_commit(stage: Stage, repository: Repository, head: str) -> None:
    assert repository.commits.commit(BRANCH, head, "Grant", "", {}) == head
    assert stage.home.head(BRANCH) == head


def test_a_stale_head_is_said_and_nothing_overwritten(stage: Stage, repository: Repository, head: str) -> None:
    theirs = stage.home.push("alice", BRANCH, {"README.md": b"theirs"})
    with pytest.raises(Stale) as stale:
        repository.commits.commit(BRANCH, head, "Grant", "", {"README.md": b"ours"})
    assert (stale.value.expected, stale.value.found) == (head, theirs)
    with pytest.raises(Stale):
        repository.commits.merge(BRANCH, [head, head], tree_of(stage, head), {"README.md": File(b"ours")}, "Merge")
    assert stage.home.head(BRANCH) == theirs


@pytest.mark.parametrize(
    ("headline", "changes"),
    [
        ("Another", {"new.yaml": b"1"}),
        ("Grant", {"new.yaml": b"2"}),
        ("Grant", {"new.yaml": b"1", "README.md": None}),
        ("Grant", {"new.yaml": None}),
    ],
    ids=["another message", "other bytes", "one deleted besides", "deleted"],
)
def test_a_commit_that_only_resembles_ours_is_stale(
    stage: Stage, repository: Repository, head: str, headline: str, changes: Mapping[str, bytes | None]
) -> None:
    sha = repository.commits.commit(BRANCH, head, "Grant", "", {"new.yaml": b"1"})
    assert repository.commits.commit(BRANCH, head, "Grant", "", {"new.yaml": b"1"}) == sha
    with pytest.raises(Stale):
        repository.commits.commit(BRANCH, head, headline, "", changes)
    assert stage.home.head(BRANCH) == sha


def test_somebody_pushes_while_the_answer_is_lost(stage: Stage, repository: Repository, head: str) -> None:
    stage.sandbox.faults.add(Fault("POST", "/graphql"))
    pushed: list[str] = []

    def push(moment: str, request: object) -> None:
        if not pushed:
            pushed.append(stage.home.push("alice", BRANCH, {"x": b"x"}))

    end = stage.sandbox.on_request(push)
    with pytest.raises(Stale):
        repository.commits.commit(BRANCH, head, "Grant", "", {"new.yaml": b"1"})
    end()
    assert stage.home.head(BRANCH) == pushed[0]


def test_a_branch_that_is_gone_is_stale(stage: Stage, repository: Repository, head: str) -> None:
    stage.home.delete_branch("alice", BRANCH)
    with pytest.raises(Stale):
        repository.commits.commit(BRANCH, head, "Grant", "", {"new.yaml": b"1"})
    with pytest.raises(Stale):
        repository.commits.merge(BRANCH, [head, head], tree_of(stage, head), {}, "Merge")
    assert stage.home.head(BRANCH) is None


def test_a_merge_has_modes_links_and_both_parents(stage: Stage, repository: Repository, head: str) -> None:
    ours = stage.home.push("alice", BRANCH, {"new.yaml": b"1"})
    main = stage.home.push("alice", "main", {"main.yaml": b"1"})
    files = {
        "bin/run": File(b"#!/bin/sh\n", "100755"),
        "link": File(b"README.md", "120000"),
        "new.yaml": File(b"1"),
        "charts/values.yaml": None,
    }
    sha = repository.commits.merge(BRANCH, [ours, main], tree_of(stage, main), files, "Merge main")
    assert [one["sha"] for one in stage.home.commit(sha)["parents"]] == [ours, main]
    assert stage.home.commit(sha)["commit"]["verification"]["verified"]
    assert modes(stage) == {
        "README.md": "100644",
        "bin/run": "100755",
        "link": "120000",
        "main.yaml": "100644",
        "new.yaml": "100644",
        "run.sh": "100755",
    }


def test_somebody_pushes_while_we_merge(stage: Stage, repository: Repository, head: str) -> None:
    main = stage.home.push("alice", "main", {"main.yaml": b"1"})
    pushed: list[str] = []

    def push(moment: str, request: object) -> None:
        if not pushed and getattr(request, "path", "").endswith("/git/commits"):
            pushed.append(stage.home.push("alice", BRANCH, {"x": b"x"}))

    end = stage.sandbox.on_request(push)
    with pytest.raises(Stale):
        repository.commits.merge(BRANCH, [head, main], tree_of(stage, main), {}, "Merge main")
    end()
    assert stage.home.head(BRANCH) == pushed[0]
