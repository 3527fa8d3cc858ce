from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.github.checks import Check
from bot.github.comments import Target
from bot.github.labels import Label
from bot.github.people import Permission
from tests.github.conftest import BRANCH, Stage


def accept(stage: Stage, key: str) -> None:
    """What an accepted command asks of GitHub."""
    comment = stage.home.comment(stage.issue, "alice", "/kafka-access myapp topic=t")
    with stage.open() as repository:
        target = Target(stage.issue, comment)
        repository.comments.react(target, "eyes")
        assert repository.people.permission("alice", ["write"]) is Permission.YES
        base = stage.home.head("main")
        assert base
        head = repository.branches.create(BRANCH, base)
        sha = repository.commits.commit(BRANCH, head, "Grant", key, {"a.yaml": key.encode()})
        pull = repository.pulls.open(BRANCH, "main", "Grant", "body")
        repository.labels.add(pull.number, [Label("kafka-access", "aabbcc")])
        repository.checks.put(sha, Check("kafka-access", sha, "Proved", "fine", conclusion="success"))
        since = datetime.now(UTC) - timedelta(minutes=5)
        repository.comments.reply(stage.issue, key, f"see {pull.url}", since)
        repository.comments.react(target, "rocket")


def test_an_accepted_command_takes_few_calls(stage: Stage) -> None:
    accept(stage, "first")
    first = len(stage.sandbox.requests)
    accept(stage, "second")
    second = len(stage.sandbox.requests) - first
    # The first one learns who the bot is (2), gets a token (1) and colours the label (1).
    assert first <= 17
    assert second <= 13
    assert len(stage.home.pulls()) == 1
