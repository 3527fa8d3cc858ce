"""Removals judged: what goes as announced is proved, and what else goes, stays or comes is refuted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.planning import revoke
from bot.planning.plan import plan
from bot.proof.bytes import check_removal
from bot.proof.model import Change, Expected, Outcome, Status
from bot.proof.prove import prove
from tests.support.plans import RULES, command, write
from tests.support.tree import text

INGEST = "lsst.square-events.myapp.ingest"
DEPLOYMENT = "applications/myapp/templates/deployment.yaml"
ACCESS = "applications/myapp/templates/kafka-access.yaml"
USER = "applications/sasquatch/charts/square-events/templates/myapp-user.yaml"


@pytest.fixture
def granted(tree: Path) -> Path:
    write(tree, plan(Files(tree), RULES, command(f"myapp topic={INGEST} topic=lsst.square-events.myapp.audit:write")))
    return tree


def of(tree: Path, line: str) -> tuple[dict[str, Change], Expected]:
    found = revoke.plan(Files(tree), RULES, command(f"revoke {line}"))
    return {one.path: one for one in found.changes}, found.expected


def said(tree: Path, changes: dict[str, Change], expected: Expected) -> tuple[Status, str]:
    proof = prove(tree, list(changes.values()), expected, jobs=2)
    return proof.status, "\n".join(one.text for one in proof.problems)


def edited(tree: Path, path: str, old: str, new: str = "") -> Change:
    """A change that replaces one text of a file, and says so."""
    before = text(tree, path)
    at = before.index(old)
    spliced = ((at, at + len(old), new),)
    return Change(path, before.encode(), (before[:at] + new + before[at + len(old) :]).encode(), spliced)


def test_everything_as_announced(granted: Path) -> None:
    changes, expected = of(granted, "myapp")
    proof = prove(granted, list(changes.values()), expected, jobs=2)
    assert (proof.status, proof.problems) == (Status.PROVED, ())
    assert set(proof.environments.values()) == {Outcome.PROVED}
    gone = {one.source: (one.before, one.after) for one in proof.differences["alpha"]}
    assert gone["myapp/templates/kafka-access.yaml"][1] == ""


def test_an_object_that_stays(granted: Path) -> None:
    changes, expected = of(granted, "myapp")
    del changes[ACCESS]
    status, problems = said(granted, changes, expected)
    assert status is Status.REFUTED
    assert "KafkaAccess myapp-kafka (templates/kafka-access.yaml) is still there" in problems


def test_an_object_that_nobody_announced(granted: Path) -> None:
    changes, expected = of(granted, "myapp")
    status, problems = said(granted, changes, replace(expected, removed_objects=()))
    assert status is Status.REFUTED
    assert "is gone" in problems


def test_entries_that_stay(granted: Path) -> None:
    changes, expected = of(granted, "myapp")
    del changes[DEPLOYMENT]
    status, problems = said(granted, changes, expected)
    assert status is Status.REFUTED
    assert "still has KAFKA_BOOTSTRAP_SERVERS" in problems
    assert "still has /etc/kafkauser/user.key" in problems
    assert "still has kafka" in problems


def test_entries_of_others_that_go_too(granted: Path) -> None:
    changes, expected = of(granted, "myapp")
    (one,) = expected.unwired
    fewer = replace(one, env=tuple(name for name in one.env if name != "KAFKA_CLIENT_KEY_PATH"))
    status, problems = said(granted, changes, replace(expected, unwired=(fewer,)))
    assert status is Status.REFUTED
    assert "lost or changed entries of env" in problems


def test_an_environment_that_was_not_meant(granted: Path) -> None:
    changes, expected = of(granted, "myapp")
    (one,) = expected.unwired
    here = replace(one, environments=frozenset({"alpha"}))
    proof = prove(granted, list(changes.values()), replace(expected, unwired=(here,)), jobs=2)
    assert proof.status is Status.REFUTED
    assert proof.environments["alpha"] is Outcome.PROVED
    assert proof.environments["beta"] is Outcome.REFUTED


def test_rules_as_announced(granted: Path) -> None:
    changes, expected = of(granted, "myapp topic=lsst.square-events.myapp.audit")
    assert said(granted, changes, expected) == (Status.PROVED, "")


def test_rules_that_stay(granted: Path) -> None:
    changes, expected = of(granted, "myapp topic=lsst.square-events.myapp.audit")
    status, problems = said(granted, {DEPLOYMENT: edited(granted, DEPLOYMENT, "\n", "\n")}, expected)
    assert status is Status.REFUTED
    assert "KafkaUser myapp does not lose its rules" in problems
    assert changes


def test_more_rules_than_announced(granted: Path) -> None:
    _, expected = of(granted, "myapp topic=lsst.square-events.myapp.audit")
    changes, _ = of(granted, f"myapp topic={INGEST}")
    status, problems = said(granted, changes, expected)
    assert status is Status.REFUTED
    assert "does not lose exactly the announced rules" in problems


def test_rules_that_are_gained(granted: Path) -> None:
    _, expected = of(granted, "myapp topic=lsst.square-events.myapp.audit")
    change = edited(granted, USER, "lsst.square-events.myapp.audit", "lsst.square-events.other")
    status, problems = said(granted, {USER: change}, expected)
    assert status is Status.REFUTED
    assert "gains rules" in problems
    assert "appears" in problems


def test_a_chart_that_no_longer_renders(granted: Path) -> None:
    changes, expected = of(granted, "myapp")
    helper = "applications/myapp/templates/_helpers.tpl"
    changes[helper] = Change(helper, text(granted, helper).encode(), None)
    status, problems = said(granted, changes, expected)
    assert status is Status.REFUTED
    assert "no longer renders" in problems


OLD = "a: 1\nb:\n  - x\n  - y\nc: false\n"
BYTES = {
    "a line goes": ((5, 12, ""),),
    "a line moves": ((0, 5, ""), (18, 18, "a: 1\n")),
    "a list is empty": ((7, 19, " []\n"),),
}


def changed(path: str, spliced: tuple[tuple[int, int, str], ...]) -> Change:
    new = OLD
    for start, end, put in reversed(spliced):
        new = new[:start] + put + new[end:]
    return Change(path, OLD.encode(), new.encode(), spliced)


@pytest.mark.parametrize("spliced", BYTES.values(), ids=BYTES)
def test_bytes_that_may_go(spliced: tuple[tuple[int, int, str], ...]) -> None:
    assert list(check_removal(changed("applications/a/templates/b.yaml", spliced))) == []


def test_bytes_that_come() -> None:
    (problem,) = check_removal(changed("applications/a/templates/b.yaml", ((0, 5, "z: 2\n"),)))
    assert problem == "applications/a/templates/b.yaml: `z: 2` appears"


def test_a_file_that_comes() -> None:
    (problem,) = check_removal(Change("a", None, b""))
    assert problem == "a appears, where something was to be taken away"


def test_bytes_that_nobody_announced() -> None:
    change = Change("a", b"x: 1\n", b"x: 2\n")
    assert list(check_removal(change)) == ["a: something differs outside the edits"]
