from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.kafka.acl import Operation
from bot.policy.judge import RULES
from bot.policy.rules import Rules, RulesError, default_directory, load
from bot.policy.verdict import Severity


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(default_directory(), tmp_path / "rules"))


def test_the_rules_of_this_repository(rules: Rules) -> None:
    assert rules.cluster.name == "sasquatch"
    assert rules.access.operations["read"].topic == (Operation.DESCRIBE, Operation.READ)
    assert set(rules.verdicts.verdicts) == set(RULES)
    assert set(rules.schemas) == {"KafkaAccess", "KafkaTopic", "KafkaUser"}


NAMESPACES = {
    "lsst.square-events.a": "lsst.square-events",
    "lsst.square-events": "lsst.square-events",
    "lsst.square-eventsmore": None,
    "lsst.square.metrics.a": "lsst.square.metrics",
    "lsst.square": None,
}


@pytest.mark.parametrize(("topic", "prefix"), NAMESPACES.items())
def test_a_namespace_ends_at_a_dot(rules: Rules, topic: str, prefix: str | None) -> None:
    found = rules.topics.namespace(topic)
    assert (found.prefix if found else None) == prefix


OWNED = {
    "lsst.app": True,
    "lsst.app.x": True,
    "lsst.apple": False,
    "lsst.square-events.app.x": True,
    "lsst.square-events.apple.x": False,
    "lsst.square-events": False,
    "lsst": False,
    "app": False,
}


@pytest.mark.parametrize(("topic", "expected"), OWNED.items())
def test_owned_topics(rules: Rules, topic: str, expected: bool) -> None:
    assert rules.topics.owns("app", topic) is expected


BROKEN = {
    "an unknown key": (
        "github.yaml",
        "roles: [write",
        "rolls: []\nroles: [write",
        "github.yaml:{line}: rolls: Extra inputs are not permitted",
    ),
    "an unknown key inside": (
        "topics.yaml",
        "    prefix: lsst.sal\n",
        "    prefix: lsst.sal\n    owner: me\n",
        "topics.yaml:{next}: namespaces.2.owner: Extra inputs are not permitted",
    ),
    "a wrong type": (
        "access.yaml",
        "volume_mode: 420",
        "volume_mode: rw",
        "access.yaml:{line}: volume_mode: Input should be a valid integer, unable to parse string as an integer",
    ),
    "a missing key": (
        "clusters.yaml",
        "    listener: tls\n",
        "",
        "clusters.yaml:4: clusters.0.listener: Field required",
    ),
    "a number out of range": (
        "topics.yaml",
        "  partitions: 1",
        "  partitions: 0",
        "topics.yaml:{line}: create.partitions: Input should be greater than or equal to 1",
    ),
    "an unknown operation": (
        "access.yaml",
        "    topic: [Describe, Read]",
        "    topic: [Describe, Fetch]",
        "access.yaml:{line}: operations.read.topic.1: Input should be 'Describe', 'Read'",
    ),
    "an unknown field of a text": (
        "github.yaml",
        'branch: "kafka-access/{application}"',
        'branch: "kafka-access/{aplication}"',
        "github.yaml:{line}: pull_request.branch: {{aplication}} is not known here; known: {{application}}, {{issue}}",
    ),
    "a brace too many": (
        "github.yaml",
        'branch: "kafka-access/{application}"',
        'branch: "kafka-access/{application"',
        "github.yaml:{line}: pull_request.branch: expected '}}' before end of string",
    ),
    "an attribute of a field": (
        "github.yaml",
        'branch: "kafka-access/{application}"',
        'branch: "kafka-access/{application.x}"',
        "github.yaml:{line}: pull_request.branch: {{application.x}} is not known here; "
        "known: {{application}}, {{issue}}",
    ),
    "a field without a name": (
        "topics.yaml",
        'default_group: "{application}"',
        'default_group: "{}"',
        "topics.yaml:{line}: default_group: {{}} is not known here; known: {{application}}",
    ),
    "an unknown severity": (
        "verdicts.yaml",
        "  group-wildcard: refuse",
        "  group-wildcard: shrug",
        "verdicts.yaml:{line}: verdicts.group-wildcard: Input should be 'refuse', 'needs-approval', 'warn' or 'info'",
    ),
    "a missing verdict": (
        "verdicts.yaml",
        "  group-wildcard: refuse\n",
        "",
        "verdicts.yaml:1: the rule group-wildcard is missing",
    ),
    "an unknown verdict": (
        "verdicts.yaml",
        "  group-wildcard: refuse\n",
        "  group-wildcard: refuse\n  group-wildcart: warn\n",
        "verdicts.yaml:{next}: no rule is named group-wildcart",
    ),
    "an unknown word": (
        "access.yaml",
        "default_operations: [read, write]",
        "default_operations: [read, scribble]",
        "access.yaml:{line}: scribble is not among operations",
    ),
    "not YAML": (
        "topics.yaml",
        'default_group: "{application}"',
        'default_group: "{application}',
        "topics.yaml:",
    ),
    "not a mapping": (
        "github.yaml",
        "",
        "- a\n",
        "github.yaml:1: Input should be a valid dictionary or instance of GitHub",
    ),
    "a guard at the top": (
        "access.yaml",
        "guard: kafkaAccess.enabled",
        "guard: enabled",
        "access.yaml:{line}: names.guard: String should match pattern",
    ),
    "an unknown field of a metrics user": (
        "metrics.yaml",
        'user: "app-metrics-{application}"',
        'user: "app-metrics-{app}"',
        "metrics.yaml:{line}: user: {{app}} is not known here; known: {{application}}",
    ),
    "metrics without their switch": (
        "metrics.yaml",
        "  - key: enabled",
        "  - key: on",
        "metrics.yaml:{previous}: settings: the switch enabled is not among them, off",
    ),
    "a setting that is none": (
        "metrics.yaml",
        "    setting: application",
        "    setting: name",
        "metrics.yaml:{before}: variables: name is not among settings",
    ),
    "a variable of nothing": (
        "profiles.yaml",
        "      - name: SPRING_KAFKA_SSL_BUNDLE\n        value: kafka\n",
        "      - name: SPRING_KAFKA_SSL_BUNDLE\n",
        "profiles.yaml:{line}: profiles.2.env.2: a variable has either secret_key or value",
    ),
    "a variable twice": (
        "profiles.yaml",
        "name: SPRING_KAFKA_SSL_BUNDLE",
        "name: SPRING_KAFKA_SECURITY_PROTOCOL",
        "profiles.yaml:47: profiles.2: the variable SPRING_KAFKA_SECURITY_PROTOCOL is there twice",
    ),
    "a variable for a template": (
        "profiles.yaml",
        "value: kafka\n",
        "value: '{{{{ .Values.x }}}}'\n",
        "profiles.yaml:{line}: profiles.2.env.2.value: String should match pattern",
    ),
    "a path at which nothing is mounted": (
        "profiles.yaml",
        "value: file:/etc/kafkauser/user.key",
        "value: file:/etc/kafkauser/user.pem",
        "profiles.yaml:47: profiles.2: nothing is mounted at /etc/kafkauser/user.pem",
    ),
    "a key that the Secret has not": (
        "profiles.yaml",
        "secret_key: ssl.keystore.key",
        "secret_key: user.key",
        "profiles.yaml:4: profiles.0: the Secret has no key user.key",
    ),
    "a path out of the way": (
        "profiles.yaml",
        "- path: /etc/kafkauser/user.key",
        "- path: /etc/../user.key",
        "profiles.yaml:{line}: profiles.0.mounts.2.path: String should match pattern",
    ),
    "a profile twice": (
        "profiles.yaml",
        "name: spring",
        "name: default",
        "profiles.yaml:1: the profile default is there twice",
    ),
    "a cluster twice": (
        "clusters.yaml",
        "    name: prompt-kafka",
        "    name: sasquatch",
        "clusters.yaml:1: two clusters have the same name",
    ),
    "schemas": ("schemas/kafka.strimzi.io.yaml", "", "- a\n", "kafka.strimzi.io.yaml:1: not a mapping of kinds"),
}


@pytest.mark.parametrize(("file", "old", "new", "expected"), BROKEN.values(), ids=BROKEN)
def test_broken_rules(directory: Path, file: str, old: str, new: str, expected: str) -> None:
    path = directory / file
    text = path.read_text()
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1) if old else new)
    with pytest.raises(RulesError) as raised:
        load(directory)
    head, problem = raised.value.text.split("\n", 1)
    assert head == "the rules are not valid:"
    assert problem.startswith(
        str(path.parent / expected.format(line=line, next=line + 1, previous=line - 1, before=line - 2))
    )


def test_every_problem_is_named(directory: Path) -> None:
    (directory / "topics.yaml").unlink()
    (directory / "github.yaml").write_bytes(b"\xff")
    (directory / "clusters.yaml").write_text("a: [")
    with pytest.raises(RulesError) as raised:
        load(directory)
    problems = [line.removeprefix(f"{directory}/") for line in raised.value.text.splitlines()[1:]]
    assert sorted(problem.split(": ")[0] for problem in problems) == ["clusters.yaml:2", "github.yaml", "topics.yaml"]


def test_another_severity(directory: Path) -> None:
    path = directory / "verdicts.yaml"
    path.write_text(path.read_text().replace("denied: refuse", "denied: warn"))
    assert load(directory).severity("denied") is Severity.WARN
