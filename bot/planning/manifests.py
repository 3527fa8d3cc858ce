"""New Kubernetes objects: each as the manifest that must come out of Helm, and as the template text that gives it.

Names were checked before they come here: they hold nothing that YAML or Go templates would read as their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.kafka.acl import Acl
from bot.kafka.operations import names_of


@dataclass(frozen=True, slots=True)
class Manifest:
    """An object (`data`, as rendered) and its template `text`, ended by a newline, without `---`."""

    data: Mapping[str, Any]
    text: str


def acl_entry(acl: Acl) -> dict[str, Any]:
    """Return an ACL as an entry of `spec.authorization.acls`, in the order of keys that the guide has."""
    return {
        "resource": {
            "type": acl.resource.type.value,
            "name": acl.resource.name,
            "patternType": acl.resource.pattern.value,
        },
        "operations": names_of(acl.operations),
        "host": acl.host,
    }


def kafka_user(
    name: str,
    namespace: str,
    cluster: str,
    api_version: str,
    acls: Iterable[Acl],
    quotas: Mapping[str, int],
    cluster_text: str,
    annotations: Mapping[str, str],
) -> Manifest:
    """Build a KafkaUser that authenticates by TLS; `cluster_text` is the template text of its cluster label.

    `quotas` are fields of `spec.quotas`, which is left out where there are none.
    """
    entries = [acl_entry(acl) for acl in acls]
    metadata: dict[str, Any] = {"name": name, "namespace": namespace, "labels": {"strimzi.io/cluster": cluster}}
    spec: dict[str, Any] = {
        "authentication": {"type": "tls"},
        "authorization": {"type": "simple", "acls": entries},
    }
    if quotas:
        spec["quotas"] = dict(quotas)
    data = {
        "apiVersion": api_version,
        "kind": "KafkaUser",
        "metadata": metadata | ({"annotations": dict(annotations)} if annotations else {}),
        "spec": spec,
    }
    head = [
        f"apiVersion: {api_version}",
        "kind: KafkaUser",
        "metadata:",
        f"  name: {json.dumps(name)}",
        *(["  annotations:"] if annotations else []),
        *(f"    {key}: {json.dumps(value)}" for key, value in annotations.items()),
        "  labels:",
        f"    strimzi.io/cluster: {cluster_text}",
        "spec:",
        "  authentication:",
        "    type: tls",
        "  authorization:",
        "    type: simple",
        "    acls:",
    ]
    tail = ["  quotas:", *(f"    {field}: {number}" for field, number in quotas.items())] if quotas else []
    return Manifest(data, _text([*head, *(line for entry in entries for line in _acl_lines(entry)), *tail]))


def _acl_lines(entry: Mapping[str, Any]) -> list[str]:
    resource = entry["resource"]
    return [
        "      - resource:",
        f"          type: {resource['type']}",
        f"          name: {json.dumps(resource['name'])}",
        f"          patternType: {resource['patternType']}",
        "        operations:",
        *(f"          - {json.dumps(operation)}" for operation in entry["operations"]),
        f"        host: {json.dumps(entry['host'])}",
    ]


def kafka_topic(
    resource_name: str,
    topic: str,
    namespace: str,
    cluster: str,
    api_version: str,
    partitions: int,
    replicas: int,
    retention: int | None,
    cluster_text: str,
) -> Manifest:
    """Build a KafkaTopic; `retention` is in milliseconds, None leaves it to the brokers.

    `spec.topicName` is written only where Kubernetes cannot have the topic's name as the object's.
    """
    spec: dict[str, Any] = {"topicName": topic} if resource_name != topic else {}
    spec |= {"partitions": partitions, "replicas": replicas}
    if retention is not None:
        spec["config"] = {"retention.ms": retention}
    data = {
        "apiVersion": api_version,
        "kind": "KafkaTopic",
        "metadata": {"name": resource_name, "namespace": namespace, "labels": {"strimzi.io/cluster": cluster}},
        "spec": spec,
    }
    lines = [
        f"apiVersion: {api_version}",
        "kind: KafkaTopic",
        "metadata:",
        f"  name: {json.dumps(resource_name)}",
        "  labels:",
        f"    strimzi.io/cluster: {cluster_text}",
        "spec:",
        *([f"  topicName: {json.dumps(topic)}"] if resource_name != topic else []),
        f"  partitions: {partitions}",
        f"  replicas: {replicas}",
        *(["  config:", f"    retention.ms: {retention}"] if retention is not None else []),
    ]
    return Manifest(data, _text(lines))


def kafka_access(
    name: str,
    namespace: str,
    user: str,
    kafka: Mapping[str, str],
    api_version: str,
    labels: str | None,
    guard: str | None,
) -> Manifest:
    """Build a KafkaAccess for `user` of the cluster `kafka` (name, namespace, listener).

    `labels` names the chart's template of common labels; `guard` is the dotted value that turns the object on.
    """
    spec = {
        "kafka": dict(kafka),
        "user": {
            "kind": "KafkaUser",
            "apiGroup": "kafka.strimzi.io",
            "name": user,
            "namespace": kafka["namespace"],
        },
    }
    lines = [
        *([f"{{{{- if .Values.{guard} }}}}"] if guard else []),
        f"apiVersion: {api_version}",
        "kind: KafkaAccess",
        "metadata:",
        f"  name: {json.dumps(name)}",
        *(["  labels:", f'    {{{{- include "{labels}" . | nindent 4 }}}}'] if labels else []),
        "spec:",
        *(
            line
            for part, fields in spec.items()
            for line in (f"  {part}:", *(f"    {key}: {json.dumps(value)}" for key, value in fields.items()))
        ),
        *(["{{- end }}"] if guard else []),
    ]
    data = {
        "apiVersion": api_version,
        "kind": "KafkaAccess",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
    return Manifest(data, _text(lines))


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
