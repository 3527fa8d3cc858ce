"""One bot and one sandbox for the tests of a module; each test talks in issues of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.pipeline import skip
from tests.support.bot import World, bot_and_sandbox


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A bot that renders nothing, since nothing here is about the proof."""
    with bot_and_sandbox(tmp_path_factory.mktemp("world"), prover=skip) as found:
        yield found


@pytest.fixture(autouse=True)
def _no_faults(world: World) -> Iterator[None]:
    yield
    world.sandbox.faults.clear()
