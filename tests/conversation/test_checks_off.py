from __future__ import annotations

import shutil
from pathlib import Path

from bot.pipeline import Prover
from bot.policy.rules import default_directory
from tests.conversation.test_checks import TOPICS, proposed, replaced
from tests.support.bot import bot_and_sandbox


def test_rules_can_switch_checks_off(tmp_path: Path, prover: Prover) -> None:
    rules = shutil.copytree(default_directory(), tmp_path / "rules")
    text = (rules / "github.yaml").read_text()
    (rules / "github.yaml").write_text(text.replace("\nchecks: on\n", "\nchecks: off\n"))
    assert (rules / "github.yaml").read_text() != text
    with bot_and_sandbox(tmp_path, prover=prover, rules=rules) as world:
        sha = proposed(world, "topic", replaced(world, TOPICS, "partitions: 4", "partitions: 5"))
        assert world.home.check_runs(sha) == []
        assert not [one for one in world.sandbox.requests if "check-runs" in one.path]
