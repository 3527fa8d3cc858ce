"""The bot and the sandbox for whoever looks at their pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bot import World, bot_and_sandbox


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with bot_and_sandbox(tmp_path) as found:
        yield found
