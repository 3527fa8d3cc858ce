"""Workloads that no environment renders, or not the one that is meant, in the chart that holds the KafkaUsers too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.commands.model import Command
from bot.commands.parser import parse_line
from bot.planning import metrics, plan, revoke
from bot.planning.model import Plan
from bot.policy.rules import Rules
from bot.proof.model import Status
from bot.proof.prove import prove
from tests.planning.test_extension import EVERYWHERE, done
from tests.support.plans import RULES, command, judged
from tests.support.tree import put, text

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


ONE_MORE = {
    "one gets it": ("everywhere env=gamma", plan.plan),
    "one loses it": ("revoke everywhere env=beta", revoke.plan),
}


@pytest.mark.parametrize(("line", "planner"), ONE_MORE.values(), ids=ONE_MORE)
def test_a_switch_that_finds_nothing_to_print(
    line: str, planner: Callable[[Files, Rules, Command], Plan], tree: Path
) -> None:
    """Only values change, so there is no edit of the template to prove where it prints nothing."""
    done(tree, f"{EVERYWHERE} env=alpha,beta")
    path = "applications/everywhere/templates/deployment.yaml"
    put(tree, path, f"{{{{- if .Values.deploy }}}}\n{text(tree, path)}{{{{- end }}}}\n")
    command = parse_line(f"/kafka-access {line}")
    assert isinstance(command, Command)
    found = planner(Files(tree), RULES, command)
    proof = prove(tree, found.changes, found.expected, schemas=found.schemas)
    assert proof.problems == ()
    assert f"{path} prints no Deployment in {', '.join(found.targets)}" in proof.notes
