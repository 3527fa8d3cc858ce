"""A sandbox with one repository, an issue and the App, and the bot's view of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.github.app import App
from bot.github.repository import Repository
from bot.github.traffic import Traffic
from bot.sandbox.faults import Fault, When
from bot.sandbox.local import Registered, Sandbox, running
from bot.sandbox.repository import SandboxRepository

NAME = "lsst-sqre/phalanx"
BRANCH = "kafka-access/myapp-1"


@dataclass
class Stage:
    """Everything that a test of this room needs."""

    sandbox: Sandbox
    home: SandboxRepository
    registered: Registered
    app: App
    issue: int

    def open(self, full_name: str = NAME, *, teams: bool = False) -> Repository:
        """The bot's view of the repository; GitHub was asked for token and identity already."""
        return self.app.repository(self.registered.installation_id, self.home.id, full_name, teams=teams)

    def fault(
        self, method: str, path: str, *, when: When = "before", times: int = 1, drop: bool = False, status: int = 502
    ) -> Fault:
        """Let something go wrong in the sandbox; `path` is a pattern below the repository."""
        full = path if path.startswith("/graphql") else rf"/repos/[^/]+/[^/]+{path}"
        return self.sandbox.faults.add(Fault(method, full, when=when, status=status, times=times, drop=drop))

    def writes(self) -> list[tuple[str, str]]:
        """The writes that arrived so far: method and path below the repository."""
        return [(one.method, one.path.removeprefix(f"/repos/{NAME}")) for one in self.sandbox.requests if one.writes]


def make_app(sandbox: Sandbox, registered: Registered, **traffic: float) -> App:
    """The App as the bot has it, in no hurry to be polite."""
    settings = {"between_writes": 0.0, "settle": 0.0, "patience": 2.0} | traffic
    return App(registered.id, registered.private_key, sandbox.url, traffic=Traffic(**settings))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    tree = tmp_path / "tree"
    (tree / "charts").mkdir(parents=True)
    (tree / "README.md").write_text("hello\n")
    (tree / "charts" / "values.yaml").write_text("a: 1\n")
    (tree / "run.sh").write_text("#!/bin/sh\n")
    (tree / "run.sh").chmod(0o755)
    with running(tmp_path / "sandbox") as sandbox:
        home = sandbox.repository(NAME, tree)
        sandbox.user("alice")
        sandbox.user("mallory")
        home.set_role("alice", "write")
        registered = sandbox.app()
        issue = home.open_issue("alice", "Grant", "/kafka-access myapp topic=t")
        yield Stage(sandbox, home, registered, make_app(sandbox, registered), issue)


@pytest.fixture
def repository(stage: Stage) -> Iterator[Repository]:
    with stage.open() as opened:
        yield opened
