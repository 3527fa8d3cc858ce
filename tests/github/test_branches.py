from __future__ import annotations

import pytest

from bot.github.errors import Stale
from bot.github.repository import Repository
from tests.github.conftest import BRANCH, Stage


def test_a_branch_that_is_there_already_is_told_by_its_head(stage: Stage, repository: Repository) -> None:
    main = stage.home.head("main")
    assert main
    theirs = stage.home.push("alice", BRANCH, {"x": b"x"})
    assert repository.branches.create(BRANCH, main) == theirs
    assert repository.branches.create("kafka-access/other", main) == main


@pytest.mark.parametrize("name", ["kafka-access/a#b", "kafka-access/a%2Fb", "kafka-access/ä", "kafka-access/a+b"])
def test_names_are_kept_as_they_are(stage: Stage, repository: Repository, name: str) -> None:
    main = stage.home.head("main")
    assert main
    repository.branches.create(name, main)
    assert stage.home.head(name) == main
    assert repository.branches.head(name) == main
    repository.branches.delete(name, main)
    assert stage.home.head(name) is None


def test_a_branch_with_commits_of_others_is_not_deleted(stage: Stage, repository: Repository) -> None:
    first = stage.home.push("alice", BRANCH, {"x": b"x"})
    second = stage.home.push("alice", BRANCH, {"y": b"y"})
    with pytest.raises(Stale) as stale:
        repository.branches.delete(BRANCH, first)
    assert (stale.value.found, stage.home.head(BRANCH)) == (second, second)


def test_a_branch_that_is_gone_is_deleted(repository: Repository) -> None:
    repository.branches.delete(BRANCH, "a" * 40)


def test_part_of_a_name_is_no_branch(stage: Stage, repository: Repository) -> None:
    stage.home.push("alice", BRANCH, {"x": b"x"})
    assert repository.branches.head("kafka-access") is None
    assert repository.branches.head(BRANCH[:-1]) is None
