"""What the words of a command change about a plan: topics, environments, users, the access operator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.checkout.files import write_all
from bot.commands.model import Command, Verb
from bot.errors import UserError
from bot.planning.entries import MountTaken
from bot.planning.extension import AccessIsOff
from bot.planning.model import Plan
from bot.planning.plan import OperatorChangesOthers
from bot.planning.reach import RulesHoldElsewhere
from bot.planning.refused import Refused
from bot.planning.selection import VariablesOfAnotherSecret
from bot.planning.taken import SecretTaken
from bot.planning.targets import LacksOperator
from bot.planning.users import CannotCreatePrefix, NothingToCreate, TopicElsewhere, WithoutRules
from bot.proof.model import Status
from bot.proof.prove import prove
from tests.support.commands import grant, name
from tests.support.plans import planned, write
from tests.support.tree import data, put, rendered, replace, text

INGEST = "lsst.square-events.myapp.ingest"
MESSAGE, RECEIPT = "lsst.square-events.notify.message", "lsst.square-events.notify.receipt"
EVENTS = "applications/sasquatch/charts/square-events"
NOTIFY_TOPICS = f"{EVENTS}/templates/notify-topics.yaml"
READER_USER = f"{EVENTS}/templates/reader-user.yaml"


def done(tree: Path, command: Command) -> Plan:
    found = planned(tree, command)
    write(tree, found)
    return found


def paths(found: Plan) -> list[str]:
    return [change.path for change in found.changes]


def topics(found: Plan) -> list[tuple[str, dict[str, Any]]]:
    made = [one.manifest for one in found.expected.new_objects if one.manifest["kind"] == "KafkaTopic"]
    return [(one["metadata"]["name"], one["spec"]) for one in made]


CREATED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as the rules say": ({}, {"partitions": 1, "replicas": 3}),
    "partitions": ({"partitions": 12}, {"partitions": 12, "replicas": 3}),
    "retention": (
        {"retention": 604_800_000},
        {"partitions": 1, "replicas": 3, "config": {"retention.ms": 604_800_000}},
    ),
    "for ever": ({"retention": -1}, {"partitions": 1, "replicas": 3, "config": {"retention.ms": -1}}),
}


@pytest.mark.parametrize(("options", "spec"), CREATED.values(), ids=[*CREATED])
def test_create(tree: Path, options: dict[str, Any], spec: dict[str, Any]) -> None:
    found = done(tree, grant("myapp", create=True, **options))
    assert topics(found) == [(INGEST, spec)]
    assert ("KafkaTopic", INGEST, "create") in [(one.kind, one.name, one.change) for one in found.resources]
    assert f"{EVENTS}/templates/myapp-topics.yaml" in paths(found)
    assert "topic-undeclared" not in [verdict.rule for verdict in found.verdicts]
    (made,) = (one for one in rendered(tree, EVENTS, "sasquatch", "values.yaml") if one["metadata"]["name"] == INGEST)
    assert made["spec"] == spec
    assert made["metadata"]["labels"] == {"strimzi.io/cluster": "sasquatch"}


def test_create_again_is_said_and_not_done(tree: Path) -> None:
    command = grant("myapp", create=True)
    done(tree, command)
    again = planned(tree, command)
    assert again.changes == ()
    assert f"{INGEST} is declared already, by {EVENTS}/templates/myapp-topics.yaml, and stays as it is" in again.notes


def test_create_in_a_subchart_of_its_own(tree: Path) -> None:
    found = planned(tree, grant("wide", create=True))
    files = [one.file for one in found.resources if one.kind == "KafkaTopic"]
    assert files == ["applications/sasquatch/charts/wide/templates/kafka-topics.yaml"]


def test_a_name_that_kubernetes_cannot_have(tree: Path) -> None:
    ((resource, spec),) = topics(planned(tree, grant("myapp", "lsst.myapp.Ingest_Raw:write", create=True)))
    assert resource == resource.lower()
    assert "_" not in resource
    assert spec["topicName"] == "lsst.myapp.Ingest_Raw"


def test_a_topic_that_is_declared_stays(tree: Path) -> None:
    found = planned(tree, grant("myapp", f"{MESSAGE}:read", create=True))
    assert topics(found) == []
    assert f"{MESSAGE} is declared already, by {NOTIFY_TOPICS}, and stays as it is" in found.notes


REFUSED: dict[str, tuple[Command, type[UserError], str, str]] = {
    "create, declared in some of the targets": (
        grant("wide", f"{MESSAGE}:read", create=True),
        TopicElsewhere,
        f"{MESSAGE} is declared by {NOTIFY_TOPICS} in alpha and beta, but not in gamma",
        "name the environments with env=",
    ),
    "create, a prefix": (
        grant("myapp", "lsst.square-events.myapp.*:read", create=True),
        CannotCreatePrefix,
        "lsst.square-events.myapp.* is a prefix, and a KafkaTopic needs a whole name",
        "name each topic with topic=",
    ),
    "create, and no topic": (
        Command(Verb.GRANT, "/kafka-access myapp create", "myapp", create=True),
        NothingToCreate,
        "create makes the topics that topic= names, and it names none",
        "/kafka-access myapp topic=lsst.myapp.example:write create",
    ),
    "env= is less than where the user is": (
        grant("reader", f"{RECEIPT}:read", environments=("alpha",)),
        RulesHoldElsewhere,
        f"what changes KafkaUser reader ({READER_USER}) holds wherever it is rendered, and that is "
        "alpha and beta, not alpha",
        "leave env= out; for further environments name these too",
    ),
    "no operator": (
        grant("everywhere", environments=("delta",)),
        LacksOperator,
        "strimzi-access-operator is not enabled in delta",
        "type enable-operator",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("command", "kind", "says", "hint"), REFUSED.values(), ids=[*REFUSED])
def test_refused(tree: Path, command: Command, kind: type[UserError], says: str, hint: str) -> None:
    with pytest.raises(kind) as caught:
        planned(tree, command)
    assert says in caught.value.text
    assert hint in caught.value.hint


JUDGED: dict[str, tuple[Command, str, str]] = {
    "every topic": (grant("myapp", "*:read"), "topic-wildcard", "name the topics, or a namespace"),
    "every group": (grant("myapp", groups=(name("*"),)), "group-wildcard", "type group=myapp*"),
    "Kafka's own": (grant("myapp", "__consumer_offsets:read"), "topic-internal", "name a topic of an application"),
    "manage elsewhere": (grant("myapp", f"{MESSAGE}:manage"), "manage-elsewhere", "type :read, :write or both"),
    "a long user name": (grant("myapp", user="u" * 65), "user-name-too-long", "type a shorter name with user="),
    "a long topic name": (grant("myapp", f"{'t' * 250}:read"), "name-invalid", "type the topic's exact name"),
}


@pytest.mark.parametrize(("command", "rule", "hint"), JUDGED.values(), ids=[*JUDGED])
def test_refused_by_the_rules(tree: Path, command: Command, rule: str, hint: str) -> None:
    with pytest.raises(Refused) as caught:
        planned(tree, command)
    assert rule in [verdict.rule for verdict in caught.value.verdicts]
    assert hint in caught.value.hint


def test_enable_operator(tree: Path) -> None:
    found = done(tree, grant("everywhere", environments=("delta",), enable_operator=True))
    environment, values = "environments/values-delta.yaml", "applications/strimzi-access-operator/values-delta.yaml"
    assert {environment, values} <= {*paths(found)}
    assert data(tree, environment)["applications"]["strimzi-access-operator"] is True
    assert text(tree, values) == ""
    assert found.expected.enabled_applications == {"strimzi-access-operator": {"delta"}}
    (doubt,) = (one for one in found.doubts if isinstance(one, OperatorChangesOthers))
    assert "in a pull request of its own first" in doubt.hint
    assert data(tree, "applications/everywhere/values-delta.yaml")["kafkaAccess"] == {"enabled": True}
    again = planned(tree, grant("everywhere", environments=("delta",), enable_operator=True))
    assert again.changes == ()


def test_env_guards_what_runs_elsewhere(tree: Path) -> None:
    done(tree, grant("myapp", environments=("beta",)))
    switched = {
        where: [
            one["kind"] for one in rendered(tree, "applications/myapp", "myapp", "values.yaml", f"values-{where}.yaml")
        ]
        for where in ("alpha", "beta")
    }
    assert "KafkaAccess" not in switched["alpha"]
    assert "KafkaAccess" in switched["beta"]
    assert data(tree, "applications/myapp/values.yaml")["kafkaAccess"] == {"enabled": False}
    assert "| kafkaAccess.enabled | bool | `false` |" in text(tree, "applications/myapp/README.md")
    assert "kafkaAccess" not in text(tree, "applications/myapp/values-alpha.yaml")


def test_env_keeps_the_user_out_of_the_other_environments(tree: Path) -> None:
    done(tree, grant("myapp", environments=("beta",)))
    assert data(tree, "applications/sasquatch/values.yaml")["myapp"] == {"enabled": False}
    assert data(tree, "applications/sasquatch/values-beta.yaml")["myapp"] == {"enabled": True}
    assert "myapp" not in data(tree, "applications/sasquatch/values-alpha.yaml")
    entry = {"name": "myapp", "condition": "myapp.enabled", "version": "1.0.0"}
    assert data(tree, "applications/sasquatch/Chart.yaml")["dependencies"][-1] == entry


def test_one_more_topic_amends_the_user_and_wires_nothing(tree: Path) -> None:
    found = done(tree, grant("reader", f"{RECEIPT}:read"))
    assert paths(found) == [READER_USER]
    assert [(one.kind, one.name, one.change) for one in found.resources] == [("KafkaUser", "reader", "amend")]
    assert not found.expected.wired
    assert not found.expected.new_objects
    before = [one["resource"]["name"] for one in acls(tree, "reader")[:2]]
    assert before == ["reader", MESSAGE]
    assert acls(tree, "reader")[2:] == [
        {
            "resource": {"type": "topic", "name": RECEIPT, "patternType": "literal"},
            "operations": ["Describe", "Read"],
            "host": "*",
        }
    ]


def test_one_more_operation_joins_the_rule_that_is_there(tree: Path) -> None:
    done(tree, grant("reader", f"{MESSAGE}:write"))
    assert [sorted(one["operations"]) for one in acls(tree, "reader")] == [["Read"], ["Describe", "Read", "Write"]]


def test_what_is_covered_already_is_said_and_not_added(tree: Path) -> None:
    found = planned(tree, grant("reader", f"{MESSAGE}:read"))
    assert found.changes == ()
    assert [verdict.rule for verdict in found.verdicts] == ["already-granted"]


def acls(tree: Path, user: str) -> list[dict[str, Any]]:
    (found,) = (
        one
        for one in rendered(tree, EVENTS, "sasquatch", "values.yaml")
        if one["kind"] == "KafkaUser" and one["metadata"]["name"] == user
    )
    return list(found["spec"]["authorization"]["acls"])


def test_a_password_user_gets_rules_and_no_files(tree: Path) -> None:
    replace(tree, READER_USER, "    type: tls\n", "    type: scram-sha-512\n")
    found = planned(tree, grant("reader", f"{RECEIPT}:read"))
    assert paths(found) == [READER_USER]
    assert "KafkaUser reader authenticates by scram-sha-512, so nothing is mounted for it" in found.notes


SECOND = {
    "variables of an included template": ("reader", {"user": "two", "secret": "reader-two"}),
    "variables of its own, under a condition": ("metrics-only", {"user": "two", "secret": "metrics-only-two"}),
}


@pytest.mark.parametrize(("application", "options"), SECOND.values(), ids=[*SECOND])
def test_a_second_secret_that_nothing_would_use(tree: Path, application: str, options: dict[str, Any]) -> None:
    says = f"takes its Kafka variables from Secret {application}-kafka, so nothing would use Secret {application}-two"
    with pytest.raises(VariablesOfAnotherSecret, match=says) as caught:
        planned(tree, grant(application, f"{RECEIPT}:read", **options))
    assert "by hand" in caught.value.hint


def test_variables_of_a_secret_that_only_rendering_tells(tree: Path) -> None:
    replace(tree, "applications/reader/templates/_helpers.tpl", '"reader-kafka"', "{{ .Values.config.topic }}")
    found = planned(tree, grant("reader", f"{RECEIPT}:read", user="two", secret="reader-two"))
    assert found.expected.wired == ()
    said = "deployment/reader has the variables already and keeps them: check that they come from reader-two"
    assert said in found.notes


RULE = """\
      - resource:
          type: topic
          name: "lsst.maybe"
          patternType: literal
        operations:
          - "Describe"
          - "Read"
        host: "*"
"""
READ = '          - "Read"\n'
UNSURE = {
    "a rule": f"      {{{{- if .Values.maybe }}}}\n{RULE}      {{{{- end }}}}\n",
    "rules of a loop": f"      {{{{- range .Values.maybe }}}}\n{RULE}      {{{{- end }}}}\n",
    "an operation": RULE.replace(READ, f"          {{{{- if .Values.maybe }}}}\n{READ}          {{{{- end }}}}\n"),
}


@pytest.mark.parametrize("rules", UNSURE.values(), ids=UNSURE)
def test_what_a_condition_allows_is_not_there_for_certain(tree: Path, rules: str) -> None:
    put(tree, READER_USER, text(tree, READER_USER) + rules)
    command = grant("reader", "lsst.maybe:read")
    found = planned(tree, command)
    assert [one.rule for one in found.verdicts if one.rule == "already-granted"] == []
    proof = prove(tree, found.changes, found.expected, schemas=found.schemas, jobs=2)
    assert (proof.status, proof.problems) == (Status.PROVED, ())
    write_all(tree, {change.path: change.after for change in found.changes})
    assert text(tree, READER_USER).count('name: "lsst.maybe"') == 2
    assert planned(tree, command).changes == ()


def test_an_access_that_is_off_in_a_target(tree: Path) -> None:
    path = "applications/reader/templates/kafkaaccess.yaml"
    put(tree, path, f"{{{{- if .Values.kafka.enabled }}}}\n{text(tree, path)}{{{{- end }}}}\n")
    with pytest.raises(AccessIsOff, match=r"reader-kafka in .* is not rendered in alpha and beta") as caught:
        planned(tree, grant("reader", f"{RECEIPT}:read"))
    assert "kafka.enabled: true" in caught.value.hint


def test_a_place_of_the_client_that_is_taken(tree: Path) -> None:
    path = "applications/portal/templates/statefulset.yaml"
    mount = next(line for line in text(tree, path).splitlines() if "mountPath:" in line)
    replace(tree, path, mount, f'{mount.partition("mountPath:")[0]}mountPath: "/etc/kafkauser/user.key"')
    with pytest.raises(MountTaken, match=r"/etc/kafkauser/user\.key"):
        planned(tree, grant("portal"))


@pytest.mark.parametrize(("taken", "free"), [("kafka", "pair-kafka"), ("pair-kafka", "pair-kafka-2")])
def test_a_volume_of_the_same_name_is_left_alone(tree: Path, taken: str, free: str) -> None:
    """The second is there beside the first."""
    path = "applications/pair/templates/deployments.yaml"
    volumes = f'      volumes:\n        - {{name: "{taken}", emptyDir: {{}}}}\n'
    replace(tree, path, "      volumes:\n", volumes)
    put(tree, path, text(tree, path).replace('"scratch"', '"kafka"' if taken != "kafka" else '"scratch"'))
    found = planned(tree, grant("pair", all_workloads=True))
    assert {one.index: one.volumes[0]["name"] for one in found.expected.wired} == {0: "kafka", 1: free}


SECRETS = {
    "a VaultSecret": ("VaultSecret", '"myapp"'),
    "a Secret of the chart's name": ("Secret", '{{ include "myapp.fullname" . }}'),
    "a service token": ("GafaelfawrServiceToken", "myapp"),
}


@pytest.mark.parametrize(("kind", "called"), SECRETS.values(), ids=[*SECRETS])
def test_a_secret_that_is_there_is_not_overwritten(tree: Path, kind: str, called: str) -> None:
    secret = f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {called}\n"
    put(tree, "applications/myapp/templates/taken.yaml", secret)
    with pytest.raises(SecretTaken, match=r"myapp has a Secret myapp already, made by .*/taken\.yaml"):
        planned(tree, grant("myapp", secret="myapp"))
    assert planned(tree, grant("myapp")).changes


def test_the_operator_is_enabled_only_where_something_is_granted(tree: Path) -> None:
    replace(tree, "environments/values-gamma.yaml", "  strimzi-access-operator: true\n", "")
    put(tree, "environments/values-gamma.yaml", text(tree, "environments/values-gamma.yaml") + "  reader: true\n")
    found = planned(tree, grant("reader", f"{RECEIPT}:read", enable_operator=True))
    assert paths(found) == [READER_USER]
    assert found.expected.enabled_applications == {}


def test_a_user_without_rules(tree: Path) -> None:
    put(tree, READER_USER, text(tree, READER_USER).partition("  authorization:")[0])
    with pytest.raises(WithoutRules, match=r"KafkaUser reader in .* has no spec\.authorization\.acls"):
        planned(tree, grant("reader", f"{RECEIPT}:read"))


DIFFERENT: dict[str, tuple[dict[str, Any], str]] = {
    "partitions": ({"partitions": 5}, ": it has partitions 1, not 5; change that there"),
    "retention": ({"retention": 1000}, ": it has retention.ms by default, not 1000; change that there"),
    "the same": ({"partitions": 1}, ""),
}


@pytest.mark.parametrize(("options", "says"), DIFFERENT.values(), ids=[*DIFFERENT])
def test_create_of_a_topic_with_other_settings(tree: Path, options: dict[str, Any], says: str) -> None:
    done(tree, grant("myapp", create=True))
    again = planned(tree, grant("myapp", create=True, **options))
    assert again.changes == ()
    path = f"{EVENTS}/templates/myapp-topics.yaml"
    assert f"{INGEST} is declared already, by {path}, and stays as it is{says}" in again.notes
