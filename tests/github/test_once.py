"""Every write happens once, whatever becomes of its answer."""

from __future__ import annotations

from typing import Literal

import pytest

from bot.github.errors import Unreachable
from bot.github.repository import Repository
from bot.sandbox.faults import secondary_limit
from tests.github.conftest import NAME, Stage
from tests.github.deeds import DEEDS, Deed

each_deed = pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)


@each_deed
@pytest.mark.parametrize(
    ("when", "drop", "times"),
    [("after", False, 3), ("after", True, 1), ("before", False, 1)],
    ids=["502 after it was done", "cut after it was done", "502 instead"],
)
def test_nothing_is_lost_or_doubled(
    stage: Stage, repository: Repository, deed: Deed, when: Literal["before", "after"], drop: bool, times: int
) -> None:
    arguments = deed.ready(stage, repository)
    fault = stage.fault(deed.method, deed.path, when=when, drop=drop, times=times)
    first = deed.do(repository, arguments)
    assert fault.met >= 1
    assert deed.seen(stage) == deed.expected
    assert deed.do(repository, arguments) == first
    assert deed.seen(stage) == deed.expected


@each_deed
def test_a_write_that_never_gets_through_is_to_be_tried_later(stage: Stage, repository: Repository, deed: Deed) -> None:
    arguments = deed.ready(stage, repository)
    stage.fault(deed.method, deed.path, times=1000)
    with pytest.raises(Unreachable):
        deed.do(repository, arguments)
    stage.sandbox.faults.clear()
    deed.do(repository, arguments)
    assert deed.seen(stage) == deed.expected


@each_deed
def test_a_rename_is_noticed(stage: Stage, repository: Repository, deed: Deed) -> None:
    arguments = deed.ready(stage, repository)
    stage.sandbox.rename(NAME, "lsst-sqre/renamed")
    deed.do(repository, arguments)
    assert deed.seen(stage) == deed.expected
    # GraphQL follows the old name by itself.
    assert repository.full_name == ("lsst-sqre/renamed" if deed.path != "/graphql" else NAME)


@each_deed
def test_a_short_limit_is_waited_out(stage: Stage, repository: Repository, deed: Deed) -> None:
    arguments = deed.ready(stage, repository)
    path = deed.path if deed.path == "/graphql" else f"/repos/{NAME}{deed.path}"
    fault = stage.sandbox.faults.add(secondary_limit(0, path=path, method=deed.method))
    deed.do(repository, arguments)
    assert fault.met == 1
    assert deed.seen(stage) == deed.expected
