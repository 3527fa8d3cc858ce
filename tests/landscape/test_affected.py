"""What a change reaches, on the small tree, and what of that is about Kafka."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.landscape.affected import affected, deciding
from bot.landscape.essence import things
from bot.landscape.model import Environment, Installed, KafkaTopic, Origin, SecretUse, Workload

BOTH = {"alpha", "beta"}


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        pytest.param("applications/reader/templates/kafkaaccess.yaml", {"reader": BOTH}, id="a template"),
        pytest.param("applications/reader/values-beta.yaml", {"reader": {"beta"}}, id="values of an environment"),
        pytest.param("applications/disabled/values.yaml", {}, id="what runs nowhere"),
        pytest.param(
            "environments/templates/applications/services/reader.yaml", {"reader": BOTH}, id="its Application"
        ),
        pytest.param("docs/reader.md", {}, id="words"),
    ],
)
def test_a_path_reaches(tree: Path, path: str, reached: dict[str, set[str]]) -> None:
    files = Files(tree)
    assert affected(files, files, [path]) == reached


def test_values_of_an_environment_reach_all_that_runs_there(tree: Path) -> None:
    before = Files(tree)
    path = "environments/values-alpha.yaml"
    text = before.text(path) or ""
    after = Files(tree, {path: text.replace("  reader: true\n", "").encode()})
    found = affected(before, after, [path])
    assert found["reader"] == {"alpha"}, "what is switched off counts"
    assert set(found) >= {"sasquatch", "strimzi", "myapp"}
    assert {place for places in found.values() for place in places} == {"alpha"}


def test_an_application_that_is_gone_is_reached(tree: Path) -> None:
    before = Files(tree)
    gone = dict.fromkeys(before.below("applications/reader"))
    assert affected(before, Files(tree, gone), [*gone])["reader"] == BOTH


def test_only_three_folders_decide() -> None:
    paths = [
        "README.md",
        "charts/x/a.yaml",
        "applications/a/b",
        "environments/c",
        "docs/applications/x",
        "charts/x/README.md",
    ]
    assert deciding(paths) == ("charts/x/a.yaml", "applications/a/b", "environments/c")


def workload(*uses: SecretUse, variables: frozenset[str] = frozenset()) -> Workload:
    return Workload("Deployment", "app", "app", uses, Origin("app"), variables=variables)


def topic(line: int, labels: dict[str, str]) -> KafkaTopic:
    data = {"metadata": {"name": "t", "labels": labels}, "spec": {"partitions": 1}}
    return KafkaTopic("t", "t", "ns", "c", Origin("app", "file", line), data=data)


def environment(*workloads: Workload, topics: tuple[KafkaTopic, ...] = (), error: str = "") -> Environment:
    found = Installed("app", "app", topics=topics, workloads=workloads, error=error)
    return Environment("alpha", frozenset({"app"}), {"app": found})


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        pytest.param(
            environment(topics=(topic(1, {"helm.sh/chart": "a-1", "x": "y"}),)),
            environment(topics=(topic(7, {"helm.sh/chart": "a-2", "x": "y"}),)),
            True,
            id="the version of the chart, and the line",
        ),
        pytest.param(
            environment(topics=(topic(1, {}),)), environment(topics=(topic(1, {"x": "y"}),)), False, id="a label"
        ),
        pytest.param(
            environment(workload(variables=frozenset({"A"}))),
            environment(workload(variables=frozenset({"B"}))),
            True,
            id="a variable of another kind",
        ),
        pytest.param(
            environment(workload()), environment(workload(variables=frozenset({"KAFKA_X"}))), False, id="one of Kafka"
        ),
        pytest.param(
            environment(workload()),
            environment(workload(SecretUse("app-secret", "password", "c", "env PASSWORD"))),
            True,
            id="another Secret",
        ),
        pytest.param(
            environment(workload()),
            environment(workload(SecretUse("clients", "ssl.keystore.crt", "c", "mount /x"))),
            False,
            id="a key of a KafkaAccess in a Secret of any name",
        ),
        pytest.param(environment(error="x"), environment(), False, id="it renders again"),
        pytest.param(environment(error="x"), environment(error="x"), True, id="as broken as before"),
    ],
)
def test_what_is_about_kafka(before: Environment, after: Environment, *, same: bool) -> None:
    assert (things(before) == things(after)) is same
