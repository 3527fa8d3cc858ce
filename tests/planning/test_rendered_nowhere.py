"""Grants to a workload that no environment renders, in the chart that holds the KafkaUsers too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.commands.model import Command
from bot.planning import metrics, plan
from bot.planning.model import Plan
from bot.policy.rules import Rules
from bot.proof.model import Status
from tests.support.plans import RULES, command, judged
from tests.support.tree import put

SERVICE = "applications/sasquatch"
SEEN, UNSEEN = f"{SERVICE}/templates/seen.yaml", f"{SERVICE}/charts/square-events/templates/unseen.yaml"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: "seen"
spec:
  template:
    spec:
      containers:
        - name: "seen"
          image: "registry.example.org/seen:1.4.0"
"""

LINES = {
    "a KafkaUser in a subchart that the chart's own values leave off": (
        "topic=lsst.square-events.probe:write user=probe env=alpha", plan.plan,
    ),
    "values that an environment changes": ("metrics env=alpha", metrics.plan),
}  # fmt: skip


@pytest.mark.parametrize(("words", "planner"), LINES.values(), ids=LINES)
def test_is_proved(words: str, planner: Callable[[Files, Rules, Command], Plan], tree: Path) -> None:
    put(tree, SEEN, DEPLOYMENT)
    put(tree, UNSEEN, f"{{{{- if .Values.unseen }}}}\n{DEPLOYMENT.replace('seen', 'unseen')}{{{{- end }}}}\n")
    found = planner(Files(tree), RULES, command(f"sasquatch {words} workload=all"))
    assert {one.source for one in found.expected.wired} == {SEEN, UNSEEN}
    proof = judged(tree, found)
    assert proof.problems == ()
    assert proof.status is Status.PROVED
    assert any(f"{UNSEEN} is rendered in no environment; proved" in note for note in proof.notes)
