"""One command for each application of the small tree: what is planned, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.commands.model import Command
from bot.errors import UserError
from bot.phalanx.unknown import UnknownApplication
from bot.planning.existing import GeneratedUser
from bot.planning.guards import PrintsAllValues, SchemaForbids
from bot.planning.selection import NoWorkload, PartlyWired, WhichWorkload
from bot.planning.targets import NowhereEligible
from tests.support.commands import grant, workload
from tests.support.plans import planned, proved, write
from tests.support.tree import TREE, digests


@dataclass(frozen=True)
class Grant:
    """What must come of a plain grant; paths are from the application's folder."""

    targets: tuple[str, ...]
    wired: tuple[tuple[str, int, int], ...]
    """Template, number of the workload in it, number of the container."""
    subchart: str | None = None
    """The subchart of sasquatch that holds the user already, or None for a new one of the application's name."""
    guard: bool = False
    access: str = ""
    """Name of the KafkaAccess where it is not the usual one."""
    options: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


A, AB, ABG, AG, B = ("alpha",), ("alpha", "beta"), ("alpha", "beta", "gamma"), ("alpha", "gamma"), ("beta",)
DEPLOYMENT = (("templates/deployment.yaml", 0, 0),)
HOOK = "job/nightly-migrate is a hook: it runs before the sync makes Secret nightly-kafka, so its first run fails"

GRANTED = {
    "accents": Grant(A, DEPLOYMENT),
    "aliased": Grant(A, (("charts/worker/templates/deployment.yaml", 0, 0),)),
    "batch": Grant(A, (("templates/job.yaml", 0, 0),)),
    "conditional": Grant(A, DEPLOYMENT),
    "dumped": Grant(A, DEPLOYMENT, guard=True),
    "everywhere": Grant(ABG, DEPLOYMENT, guard=True),
    "hidden": Grant(A, DEPLOYMENT),
    "looped": Grant(A, DEPLOYMENT),
    "myapp": Grant(AB, DEPLOYMENT, "square-events"),
    "nightly": Grant(B, (("templates/cronjob.yaml", 0, 0),)),
    "nightly, the hook": Grant(
        B, (("templates/job-migrate.yaml", 0, 0),), options={"workloads": (workload("migrate"),)}, notes=(HOOK,)
    ),
    "pair, both": Grant(
        AB,
        (("templates/deployments.yaml", 0, 0), ("templates/deployments.yaml", 1, 0)),
        "square-events",
        options={"all_workloads": True},
    ),
    "pair, one": Grant(
        AB, (("templates/deployments.yaml", 1, 0),), "square-events", options={"workloads": (workload("worker"),)}
    ),
    "portal": Grant(A, (("templates/statefulset.yaml", 0, 0),)),
    "publisher": Grant(AB, DEPLOYMENT, "square-events"),
    "stream-kafka": Grant(A, DEPLOYMENT, access="stream-kafka-access"),
    "strimzi": Grant(ABG, DEPLOYMENT, guard=True),
    "strimzi-access-operator": Grant(ABG, DEPLOYMENT),
    "twin": Grant(A, (("templates/deployment.yaml", 0, 1),)),
    "twin, the other container": Grant(A, DEPLOYMENT, options={"container": "nginx"}),
    "wide": Grant(ABG, DEPLOYMENT),
    "windows": Grant(AG, DEPLOYMENT),
}
"""By application; `reader`, which has access already, has its own tests."""


def grants() -> pytest.MarkDecorator:
    """Run a test for every grant."""
    cases = [pytest.param(*case, id=case[0]) for case in GRANTED.items()]
    return pytest.mark.parametrize(("name", "case"), cases)


def command_of(name: str, case: Grant) -> Command:
    return grant(name.partition(",")[0], **case.options)


def files_of(application: str, case: Grant) -> dict[str, str]:
    """The paths that a grant touches, and how."""
    own, service = f"applications/{application}", "applications/sasquatch"
    found = {f"{own}/{path}": "edit" for path, _, _ in case.wired} | {f"{own}/templates/kafka-access.yaml": "create"}
    if case.guard:
        values = ("README.md", "values.yaml", *(f"values-{one}.yaml" for one in case.targets))
        found |= {f"{own}/{path}": "edit" for path in values}
    if case.subchart:
        return found | {f"{service}/charts/{case.subchart}/templates/{application}-user.yaml": "create"}
    parent = ("Chart.yaml", "README.md", "values.yaml", *(f"values-{one}.yaml" for one in case.targets))
    new = ("Chart.yaml", "README.md", "values.yaml", "templates/kafka-user.yaml")
    return (
        found
        | {f"{service}/{path}": "edit" for path in parent}
        | {f"{service}/charts/{application}/{path}": "create" for path in new}
    )


@grants()
def test_plan(name: str, case: Grant) -> None:
    application = name.partition(",")[0]
    found = planned(TREE, command_of(name, case))
    assert found.application == application
    assert found.targets == case.targets
    assert {one.path: "create" if one.before is None else "edit" for one in found.changes} == files_of(
        application, case
    )
    assert [(one.kind, one.namespace, one.name, one.change) for one in found.resources] == [
        ("KafkaUser", "sasquatch", application, "create"),
        ("KafkaAccess", application, case.access or f"{application}-kafka", "create"),
    ]
    assert {one.file for one in found.resources} <= {one.path for one in found.changes}
    assumed = (
        f"no consumer group was named, so all groups that begin with lsst.square-events.{application} were assumed"
    )
    assert found.notes == (assumed, *case.notes)
    assert [(one.rule, one.severity.value) for one in found.verdicts] == [("topic-undeclared", "warn")]


@grants()
def test_wiring(name: str, case: Grant) -> None:
    application = name.partition(",")[0]
    wired = planned(TREE, command_of(name, case)).expected.wired
    places = sorted((one.source, one.index, one.container) for one in wired)
    assert places == [(f"applications/{application}/{path}", *rest) for path, *rest in case.wired]
    for one in wired:
        assert one.environments == set(case.targets)
        assert one.switches == (("kafkaAccess.enabled",) if case.guard else ())


@grants()
def test_the_same_again_changes_nothing(name: str, case: Grant, tree: Path) -> None:
    command = command_of(name, case)
    write(tree, planned(tree, command))
    again = planned(tree, command)
    assert again.changes == ()
    assert again.resources == ()
    assert again.targets == case.targets


@grants()
def test_helm_renders_what_is_announced(name: str, case: Grant, tree: Path) -> None:
    proved(tree, planned(tree, command_of(name, case)))


@grants()
def test_a_plan_writes_nothing(name: str, case: Grant, tree: Path) -> None:
    before = digests(tree)
    planned(tree, command_of(name, case))
    assert digests(tree) == before


@grants()
def test_bytes_outside_the_insertions_stay(name: str, case: Grant) -> None:
    for change in planned(TREE, command_of(name, case)).changes:
        assert change.after is not None
        assert change.path.startswith("applications/")
        if change.before is None:
            continue
        old, new = change.before.decode(), change.after.decode()
        parts, at = list[str](), 0
        for start, end, inserted in sorted(change.spliced):
            assert at <= start <= end <= len(old), f"{change.path}: insertions overlap"
            parts += [old[at:start], inserted]
            at = end
            gone = old[start:end].strip()
            moved = any(gone in other for one, two, other in change.spliced if one == two)
            assert gone in {"", "[]"} or moved, f"{change.path}: {gone} is gone"
        assert "".join((*parts, old[at:])) == new, change.path
        ends = {line.endswith("\r\n") for line in new.splitlines(keepends=True) if line.endswith("\n")}
        assert len(ends) == 1, f"{change.path}: two kinds of line ends"
        assert not [line for line in new.splitlines() if line != line.rstrip()], f"{change.path}: trailing blanks"


REFUSED: dict[str, tuple[type[UserError], str, str]] = {
    "disabled": (NowhereEligible, "it is enabled in no environment", "are enabled too"),
    "external": (
        NoWorkload,
        "external has no Deployment, StatefulSet, CronJob or Job",
        "name the application",
    ),
    "metrics-only": (GeneratedUser, "app-metrics-metrics-only", "type secret=metrics-only-topics"),
    "pair": (WhichWorkload, "deployment/pair-server, deployment/pair-worker", "workload=all"),
    "partial": (PartlyWired, "already sets KAFKA_BOOTSTRAP_SERVERS", "complete them there by hand"),
    "sasquatch": (NoWorkload, "sasquatch has no Deployment", "name the application"),
    "schema": (
        SchemaForbids,
        "applications/schema/values.schema.json does not allow the new value kafkaAccess",
        "add kafkaAccess to applications/schema/values.schema.json first",
    ),
    "shared": (NoWorkload, "the shared chart charts/common-worker", "charts/common-worker/values.yaml"),
    "nothing": (UnknownApplication, "there is no application nothing", "its folder under applications/"),
    "mypp": (UnknownApplication, "there is no application mypp", "did you mean myapp?"),
}


def test_what_prints_all_values_is_doubted(tree: Path) -> None:
    doubt, *_ = planned(tree, grant("whole")).doubts
    assert isinstance(doubt, PrintsAllValues)
    assert "line 7 of applications/whole/templates/configmap.yaml prints all values of the chart" in doubt.text
    assert "print only what is needed there" in doubt.hint


@pytest.mark.parametrize(
    ("application", "kind", "says", "hint"), [(a, *rest) for a, rest in REFUSED.items()], ids=REFUSED
)
def test_refused(application: str, kind: type[UserError], says: str, hint: str, tree: Path) -> None:
    before = digests(tree)
    with pytest.raises(kind) as caught:
        planned(tree, grant(application))
    assert says in caught.value.text
    assert hint in caught.value.hint
    assert digests(tree) == before


def test_every_application_of_the_tree_has_a_case() -> None:
    there = {path.name for path in (TREE / "applications").iterdir()}
    assert there <= {name.partition(",")[0] for name in GRANTED} | {*REFUSED} | {"reader", "whole"}
