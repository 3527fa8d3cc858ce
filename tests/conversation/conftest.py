"""Conversations as people have them, and what came of them as one text to compare."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.checkout.git import Git
from bot.pipeline import Prover
from tests.support.bot import World, bot_and_sandbox, proving_once, rules_without_checks

GOLDENS = Path(__file__).parent / "goldens"
_STATE = re.compile(r"<!-- kafka-access-state:\S+ -->")
_MARKER = re.compile(r"<!-- kafka-access:[^>]*-->\n?")


@pytest.fixture(scope="session")
def prover() -> Prover:
    """What judges plans."""
    return proving_once()


@pytest.fixture
def world(tmp_path: Path, prover: Prover) -> Iterator[World]:
    """A bot that does one thing after the other, and a repository to talk in; check runs are in none of the texts."""
    with bot_and_sandbox(tmp_path, workers=1, prover=prover, rules=rules_without_checks(tmp_path)) as found:
        yield found


@pytest.fixture
def compare(request: pytest.FixtureRequest) -> Callable[[World, str], None]:
    """Compare what came of a conversation with a file, or write that with --update-goldens."""

    def check(world: World, name: str) -> None:
        place, text = GOLDENS / f"{name}.md", transcript(world)
        if request.config.getoption("--update-goldens"):
            place.parent.mkdir(exist_ok=True)
            place.write_text(text, encoding="utf-8")
        assert text == place.read_text(encoding="utf-8")

    return check


def transcript(world: World) -> str:
    """Return all that was said and done in a repository, without what differs from run to run."""
    parts = []
    for number in range(1, _last(world) + 1):
        parts += list(_thread(world, number))
    branches = sorted(name for name in world.home.branches() if name != "main")
    parts.append("# Branches\n\n" + "\n".join(f"- {name}" for name in branches))
    for name in branches:
        parts.append(f"```diff\n{_diff(world, name)}```")
    text = "\n\n".join(parts).replace(world.sandbox.url, "https://github.example.org")
    return re.sub(r"\b[0-9a-f]{40}\b", "<object>", text) + "\n"


def _last(world: World) -> int:
    number = 0
    while True:
        try:
            world.home.issue(number + 1)
        except Exception:  # noqa: BLE001 - there is no further one
            return number
        number += 1


def _thread(world: World, number: int) -> Iterator[str]:
    issue = world.home.issue(number)
    is_pull = "pull_request" in issue
    kind = "Pull request" if is_pull else "Issue"
    labels = ", ".join(one["name"] for one in issue["labels"])
    yield f"# {kind} {number}: {issue['title']} ({issue['state']}{', ' + labels if labels else ''})"
    yield _said(world, issue["user"]["login"], number, issue["body"] or "")
    for one in world.home.comments(number):
        yield _said(world, one["user"]["login"], one["id"], one["body"])
    if is_pull:
        pull = world.home.pull(number)
        yield f"*{pull['head']['ref']} into {pull['base']['ref']}, merged: {pull['merged']}*"


def _said(world: World, login: str, target: int, body: str) -> str:
    found = ", ".join(f"{who}: {what}" for who, what in world.home.reactions(target))
    hidden = _MARKER.sub("", _STATE.sub("(what the bot remembers)", body)).replace("\r\n", "\n").strip()
    quoted = "\n".join(f"> {line}".rstrip() for line in hidden.split("\n"))
    return f"**{login}**{f' ({found})' if found else ''}\n\n{quoted}"


def _diff(world: World, branch: str) -> str:
    git = Git(world.home.git)
    main, head = world.home.head("main"), world.home.head(branch)
    base = git.ask("merge-base", str(main), str(head)).stdout.strip()
    # Whole names of blobs: how short one may be told depends on the commits there, whose names hold the time of day.
    return git.ask("diff", "--no-color", "--full-index", base, str(head)).stdout
