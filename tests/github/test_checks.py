from __future__ import annotations

import pytest

from bot.github.checks import Annotation, Check
from bot.github.errors import TooLong
from bot.github.repository import Repository
from tests.github.conftest import Stage
from tests.github.deeds import ANNOTATIONS


def test_a_check_run_goes_from_running_to_its_end(stage: Stage, repository: Repository) -> None:
    main = stage.home.head("main")
    assert main
    number = repository.checks.put(main, Check("proof", "one", "Proving", "wait"))
    assert repository.checks.put(main, Check("proof", "one", "Proved", "fine", conclusion="success")) == number
    (found,) = stage.home.check_runs(main)
    assert (found["status"], found["conclusion"], found["output"]["title"]) == ("completed", "success", "Proved")


def test_another_outcome_is_another_check_run(stage: Stage, repository: Repository) -> None:
    main = stage.home.head("main")
    assert main
    first = repository.checks.put(main, Check("proof", "one", "t", "s"))
    assert repository.checks.put(main, Check("proof", "two", "t", "s")) != first
    assert repository.checks.put(main, Check("proof", "one", "t", "s")) == first


@pytest.mark.parametrize(("count", "requests"), [(0, 2), (1, 2), (50, 2), (51, 3), (120, 4)])
def test_annotations_go_in_portions(stage: Stage, repository: Repository, count: int, requests: int) -> None:
    main = stage.home.head("main")
    assert main
    before = len(stage.sandbox.requests)
    check = Check("proof", "one", "t", "s", conclusion="neutral", annotations=ANNOTATIONS[:count])
    repository.checks.put(main, check)
    assert len(stage.sandbox.requests) - before == requests
    assert stage.home.check_runs(main)[0]["output"]["annotations_count"] == count


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 2), (50, 2), (51, 3)])
def test_an_update_asks_for_nothing_first(stage: Stage, repository: Repository, count: int, requests: int) -> None:
    main = stage.home.head("main")
    assert main
    number = repository.checks.put(main, Check("proof", "one", "t", "s"))
    check = Check("proof", "one", "t", "s", conclusion="neutral", annotations=ANNOTATIONS[:count])
    before = len(stage.sandbox.requests)
    repository.checks.update(main, number, check)
    assert len(stage.sandbox.requests) - before == requests
    repository.checks.update(main, number, check)
    (found,) = stage.home.check_runs(main)
    assert (found["conclusion"], found["output"]["annotations_count"]) == ("neutral", count)
    assert repository.checks.external_ids(main, "proof") == ["one"]
    assert repository.checks.external_ids(main, "other") == []


def test_texts_that_are_too_long_are_not_sent(stage: Stage, repository: Repository) -> None:
    main = stage.home.head("main")
    assert main
    before = len(stage.sandbox.requests)
    for check in (Check("proof", "one", "t", "s" * 65_536), Check("proof", "one", "t", "s", text="s" * 65_536)):
        with pytest.raises(TooLong):
            repository.checks.put(main, check)
    assert len(stage.sandbox.requests) == before
    repository.checks.put(
        main, Check("proof", "one", "t", "s" * 65_535, annotations=[Annotation("a", 1, 2, "failure", "m", "t")])
    )
