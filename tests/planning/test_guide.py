"""What the guide "Connecting directly to Kafka" has its readers write by hand, field by field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.checkout.files import Files, write_all
from bot.commands.model import Command
from bot.planning.model import Plan
from bot.planning.plan import plan
from bot.policy.rules import default_directory, load
from tests.support.commands import grant, name
from tests.support.tree import TREE, rendered

INGEST = "lsst.square-events.myapp.ingest:read,write"
WHOLE = grant("myapp", "lsst.square.metrics.myapp*:manage", INGEST, groups=(name("lsst.square-events.myapp*"),))
"""The guide's example as a command: a group, a namespace to manage, a topic."""

GROUP = {
    "resource": {"type": "group", "name": "lsst.square-events.myapp", "patternType": "prefix"},
    "operations": ["Read"],
    "host": "*",
}
NAMESPACE = {
    "resource": {"type": "topic", "name": "lsst.square.metrics.myapp", "patternType": "prefix"},
    "host": "*",
    "operations": ["All"],
}
TOPIC = {
    "resource": {"type": "topic", "name": "lsst.square-events.myapp.ingest", "patternType": "literal"},
    # Here the guide leaves out `host`, which is `*` then.
    "operations": ["Describe", "Read", "Write"],
}
ACCESS = {
    "apiVersion": "access.strimzi.io/v1alpha1",
    "kind": "KafkaAccess",
    "metadata": {"name": "myapp-kafka", "namespace": "myapp"},
    "spec": {
        "kafka": {"name": "sasquatch", "namespace": "sasquatch", "listener": "tls"},
        "user": {"kind": "KafkaUser", "apiGroup": "kafka.strimzi.io", "name": "myapp", "namespace": "sasquatch"},
    },
}
ENV = [
    {
        "name": "KAFKA_SECURITY_PROTOCOL",
        # Without this line, as in the guide, Kubernetes refuses the manifest.
        "valueFrom": {"secretKeyRef": {"key": "securityProtocol", "name": "myapp-kafka"}},
    },
    {
        "name": "KAFKA_BOOTSTRAP_SERVERS",
        "valueFrom": {"secretKeyRef": {"key": "bootstrapServers", "name": "myapp-kafka"}},
    },
    {"name": "KAFKA_CLUSTER_CA_PATH", "value": "/etc/kafkacluster/ca.crt"},
    {"name": "KAFKA_CLIENT_CERT_PATH", "value": "/etc/kafkauser/user.crt"},
    {"name": "KAFKA_CLIENT_KEY_PATH", "value": "/etc/kafkauser/user.key"},
]
MOUNTS = [
    {"mountPath": "/etc/kafkacluster/ca.crt", "name": "kafka", "subPath": "ssl.truststore.crt"},
    {"mountPath": "/etc/kafkauser/user.crt", "name": "kafka", "subPath": "ssl.keystore.crt"},
    {"mountPath": "/etc/kafkauser/user.key", "name": "kafka", "subPath": "ssl.keystore.key"},
]
VOLUME = {"name": "kafka", "secret": {"defaultMode": 420, "secretName": "myapp-kafka"}}


def user(*acls: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "kafka.strimzi.io/v1beta2",
        "kind": "KafkaUser",
        "metadata": {"name": "myapp", "namespace": "sasquatch", "labels": {"strimzi.io/cluster": "sasquatch"}},
        "spec": {
            "authentication": {"type": "tls"},
            "authorization": {"type": "simple", "acls": [{"host": "*", **acl} for acl in acls]},
        },
    }


def planned(command: Command) -> Plan:
    return plan(Files(TREE), load(default_directory()), command)


def manifests(found: Plan) -> dict[str, Any]:
    return {one.manifest["kind"]: one.manifest for one in found.expected.new_objects}


def test_one_topic() -> None:
    assert manifests(planned(grant("myapp", INGEST))) == {"KafkaUser": user(GROUP, TOPIC), "KafkaAccess": ACCESS}


def test_all_of_the_example() -> None:
    found = planned(WHOLE)
    assert manifests(found) == {"KafkaUser": user(GROUP, NAMESPACE, TOPIC), "KafkaAccess": ACCESS}
    assert [verdict.rule for verdict in found.verdicts] == [
        "prefix-without-separator",
        "prefix-without-separator",
        "topic-undeclared",
    ]
    assert found.notes == ()


def test_without_a_group_each_namespace_that_is_read_gives_one() -> None:
    acls = manifests(planned(grant("myapp", INGEST, "lsst.square.metrics.myapp*:manage")))["KafkaUser"]["spec"][
        "authorization"
    ]["acls"]
    groups = [one["resource"]["name"] for one in acls if one["resource"]["type"] == "group"]
    assert groups == ["lsst.square-events.myapp", "myapp"]


def test_client() -> None:
    (wired,) = planned(WHOLE).expected.wired
    assert [*wired.env] == ENV
    assert [*wired.mounts] == MOUNTS
    assert [*wired.volumes] == [VOLUME]


def test_helm_makes_the_same(tree: Path) -> None:
    write_all(tree, {change.path: change.after for change in planned(WHOLE).changes})
    service = rendered(tree, "applications/sasquatch/charts/square-events", "sasquatch", "values.yaml")
    (made,) = (one for one in service if one["kind"] == "KafkaUser" and one["metadata"]["name"] == "myapp")
    made["metadata"].setdefault("namespace", "sasquatch")
    assert made == user(GROUP, NAMESPACE, TOPIC)

    own = rendered(tree, "applications/myapp", "myapp", "values.yaml", "values-alpha.yaml")
    (access,) = (one for one in own if one["kind"] == "KafkaAccess")
    labels = access["metadata"].pop("labels")
    access["metadata"].setdefault("namespace", "myapp")
    assert access == ACCESS

    (deployment,) = (one for one in own if one["kind"] == "Deployment")
    assert labels == deployment["metadata"]["labels"]
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert [one for one in container["env"] if one["name"].startswith("KAFKA_")] == ENV
    assert container["volumeMounts"] == MOUNTS
    assert pod["volumes"] == [VOLUME]
