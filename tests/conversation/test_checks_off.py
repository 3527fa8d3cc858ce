from __future__ import annotations

from pathlib import Path

from bot.pipeline import Prover
from tests.conversation.test_checks import TOPICS, proposed, replaced
from tests.support.bot import bot_and_sandbox, rules_without_checks


def test_rules_can_switch_checks_off(tmp_path: Path, prover: Prover) -> None:
    with bot_and_sandbox(tmp_path, prover=prover, rules=rules_without_checks(tmp_path)) as world:
        sha = proposed(world, "topic", replaced(world, TOPICS, "partitions: 4", "partitions: 5"))
        assert world.home.check_runs(sha) == []
        assert not [one for one in world.sandbox.requests if "check-runs" in one.path]
