from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.checkout.mirror import Mirror
from tests.support.git_server import TOKEN, GitServer, serving
from tests.support.repository import Repository


@pytest.fixture
def upstream(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "served" / "org" / "phalanx.git", tmp_path / "work")


@pytest.fixture
def server(upstream: Repository, tmp_path: Path) -> Iterator[GitServer]:
    with serving(tmp_path / "served") as running:
        yield running


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def mirror(state: Path, upstream: Repository) -> Mirror:
    """A mirror that fetches from the disk."""
    return Mirror(state, 7, str(upstream.bare))


@pytest.fixture
def over_http(state: Path, server: GitServer) -> Mirror:
    """A mirror that fetches from the server with the right token."""
    return Mirror(state, 7, server.url("org/phalanx.git"), lambda: TOKEN, timeout=20, stall=5)
