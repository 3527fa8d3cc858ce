"""Whole comments on a checkout, proofs left out: they have a room of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.checkout.files import write_all
from bot.pipeline import NothingAsked, OnlyOnPullRequest, answer, keep, skip
from bot.planning.model import Plan
from bot.policy.rules import default_directory, load
from bot.proof.model import Proof, Status
from bot.reporting.answer import Answer
from bot.reporting.record import status
from tests.support.tree import data, digests, text

RULES = load(default_directory())
INGEST = "lsst.square-events.myapp.ingest"
USER = "applications/sasquatch/charts/square-events/templates/myapp-user.yaml"


def carried_out(tree: Path, *lines: str) -> list[Answer]:
    return answer(tree, "\n\n".join(lines), RULES, skip, write_all)


def statuses(answers: Sequence[Answer]) -> list[str]:
    return [status(one) for one in answers]


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {path for path in {*before, *after} if before.get(path) != after.get(path)}


def test_commands_build_on_each_other(tree: Path) -> None:
    first, second, third = carried_out(
        tree,
        f"/kafka-access myapp topic={INGEST}:read",
        f"/kafka-access myapp topic={INGEST}:write",
        f"/kafka-access myapp topic={INGEST}:read,write",
    )
    assert statuses([first, second, third]) == ["planned", "planned", "unchanged"]
    assert first.plan is not None
    assert second.plan is not None
    assert [one.change for one in first.plan.resources] == ["create", "create"]
    assert [(one.name, one.change) for one in second.plan.resources] == [("myapp", "amend")]
    assert [change.path for change in second.plan.changes] == [USER]
    assert text(tree, USER).count(INGEST) == 1


def test_two_applications_share_a_subchart_and_its_parent(tree: Path) -> None:
    answers = carried_out(tree, f"/kafka-access wide topic={INGEST}:read", f"/kafka-access looped topic={INGEST}:read")
    assert statuses(answers) == ["planned", "planned"]
    names = [one["name"] for one in data(tree, "applications/sasquatch/Chart.yaml")["dependencies"]]
    assert names[-2:] == ["wide", "looped"]


def test_a_refused_command_leaves_the_others(tree: Path) -> None:
    before = digests(tree)
    answers = carried_out(
        tree,
        f"/kafka-access external topic={INGEST}:read",
        f"/kafka-access publisher topic={INGEST}:read",
        "/kafka-access publisher topic=",
        f"/kafka-access pair topic={INGEST}:read",
    )
    assert statuses(answers) == ["refused", "planned", "refused", "refused"]
    assert changed(before, digests(tree)) == {
        "applications/publisher/templates/deployment.yaml",
        "applications/publisher/templates/kafka-access.yaml",
        "applications/sasquatch/charts/square-events/templates/publisher-user.yaml",
    }
    assert answers[2].command is None


QUIET = {
    "plan": (f"/kafka-access plan myapp topic={INGEST}:read", "planned"),
    "help": ("/kafka-access help", "answered"),
    "help on a word": ("/kafka-access help topic", "answered"),
    "help on nothing": ("/kafka-access help nonsense", "answered"),
    "revoke": (f"/kafka-access revoke myapp topic={INGEST}", "unchanged"),
    "migrate": ("/kafka-access migrate myapp", "unchanged"),
    "who has a topic": (f"/kafka-access who topic={INGEST}", "answered"),
    "who is an application": ("/kafka-access who app=reader env=alpha", "answered"),
    "who is no application": ("/kafka-access who app=raeder", "refused"),
    "who has many topics": ("/kafka-access who topic=lsst.*", "refused"),
    "who, nowhere": (f"/kafka-access who topic={INGEST} env=omega", "refused"),
    "audit": ("/kafka-access audit", "answered"),
    "refresh": ("/kafka-access refresh", "refused"),
    "cancel": ("/kafka-access cancel", "refused"),
    "metrics": ("/kafka-access plan myapp metrics", "planned"),
    "metrics that are there": ("/kafka-access metrics-only metrics", "unchanged"),
    "malformed": ("/kafka-access myapp tpoic=x", "refused"),
    "no command": ("Could somebody give myapp access?", "refused"),
    "a command in code": (f"```\n/kafka-access myapp topic={INGEST}\n```", "refused"),
    "nothing": ("", "refused"),
}


@pytest.mark.parametrize(("comment", "expected"), QUIET.values(), ids=[*QUIET])
def test_writes_nothing(tree: Path, comment: str, expected: str) -> None:
    before = digests(tree)
    answers = carried_out(tree, comment)
    assert statuses(answers) == [expected]
    assert digests(tree) == before


@pytest.mark.parametrize("word", ["refresh", "cancel"])
def test_what_needs_a_pull_request(tree: Path, word: str) -> None:
    (found,) = carried_out(tree, QUIET[word][0])
    assert isinstance(found.refusal, OnlyOnPullRequest)


def test_help_explains_the_word(tree: Path) -> None:
    (found,) = carried_out(tree, "/kafka-access help partitions")
    assert "partitions=" in found.text
    assert found.plan is None


def test_without_a_command(tree: Path) -> None:
    (found,) = carried_out(tree, "no command here")
    assert isinstance(found.refusal, NothingAsked)


def test_what_the_proof_refutes_is_not_written(tree: Path) -> None:
    seen: list[Plan] = []

    def refute(root: Path, planned: Plan) -> Proof:
        seen.append(planned)
        return Proof(Status.REFUTED)

    before = digests(tree)
    comment = f"/kafka-access myapp topic={INGEST}:read"
    (found,) = answer(tree, comment, RULES, refute, write_all)
    assert found.plan is seen[0]
    assert found.proof.status is Status.REFUTED
    assert digests(tree) == before


def test_an_unchanged_tree_needs_no_renders(tree: Path) -> None:
    comment = f"/kafka-access myapp topic={INGEST}:read"
    carried_out(tree, comment)

    def never(root: Path, planned: Plan) -> Proof:
        raise AssertionError

    (found,) = answer(tree, comment, RULES, never, keep)
    assert found.proof.status is Status.PROVED


def test_access_in_one_more_environment(tree: Path) -> None:
    """No topic has to be named again; one that is named for the new environment alone is refused."""
    first, second, third = carried_out(
        tree,
        "/kafka-access everywhere topic=lsst.everywhere.jobs:write env=alpha",
        "/kafka-access everywhere env=beta",
        "/kafka-access everywhere topic=lsst.everywhere.more:write env=beta",
    )
    assert statuses([first, second, third]) == ["planned", "planned", "refused"]
    assert data(tree, "applications/everywhere/values-beta.yaml")["kafkaAccess"] == {"enabled": True}
    assert third.refusal is not None
    assert "holds wherever it is rendered, and that is alpha and beta, not beta" in third.refusal.text
