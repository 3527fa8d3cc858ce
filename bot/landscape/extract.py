"""Helm's output for one application -> the Kafka objects, workloads and Secrets in it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bot.kafka.acl import Acl, Resource
from bot.kafka.names import EXPIRES
from bot.kafka.quotas import FIELDS
from bot.kafka.spec import from_spec
from bot.landscape.model import (
    Installed,
    KafkaAccess,
    KafkaCluster,
    KafkaTopic,
    KafkaUser,
    Origin,
    SecretUse,
    Workload,
)
from bot.phalanx.templates import kind_line
from bot.proof.objects import Rendered, split
from bot.proof.workloads import POD_SPECS
from bot.yaml import NotYaml

Locate = Callable[[Rendered], Origin]
LineOf = Callable[[Origin, Resource], int]

_KIND = kind_line(r"[\w.]+")
_BEFORE_SYNC = re.compile(r"\b(pre-install|pre-upgrade|pre-rollback|PreSync)\b")
_CLUSTER = "strimzi.io/cluster"


def installed(
    text: str,
    application: str,
    namespace: str,
    locate: Locate,
    remote: tuple[str, ...] = (),
    line_of: LineOf = lambda origin, _resource: origin.line,
) -> Installed:
    """Return what Helm printed for an application whose objects go to `namespace`.

    `locate` tells where an object stands in the checkout, `line_of` where a rule about a resource stands in it.

    Documents that are not YAML are left out: Helm has printed them, and Argo CD will refuse them.
    """
    users: list[KafkaUser] = []
    topics: list[KafkaTopic] = []
    accesses: list[KafkaAccess] = []
    clusters: list[KafkaCluster] = []
    workloads: list[Workload] = []
    secrets: set[tuple[str, str]] = set()
    for kind, document in _documents(split(text)):
        try:
            match kind:
                case "KafkaUser":
                    users.append(_user(document, namespace, locate(document), line_of))
                case "KafkaTopic":
                    topics.append(_topic(document, namespace, locate(document)))
                case "KafkaAccess":
                    accesses.append(_access(document, namespace, locate(document)))
                case "Kafka":
                    clusters.append(_cluster(document, namespace, locate(document)))
                case name if name in POD_SPECS:
                    workloads.append(_workload(document, namespace, locate(document)))
                case name if name.endswith(("Secret", "GafaelfawrServiceToken")):
                    secrets.add((_namespace(document, namespace), _name(document)))
        except NotYaml:
            continue
    return Installed(
        application,
        namespace,
        tuple(users),
        tuple(topics),
        tuple(accesses),
        tuple(clusters),
        tuple(workloads),
        frozenset(secrets),
        remote,
    )


def _documents(documents: Iterable[Rendered]) -> Iterator[tuple[str, Rendered]]:
    """Yield each object with its kind; those of a List one by one, as Argo CD applies them.

    Most documents say their kind on one line, and are only parsed where that matters.
    """
    for document in documents:
        found = _KIND.findall(document.text)
        try:
            kind = found[0] if len(found) == 1 else str(document.applied.get("kind") or "")
            items = _list(document.applied.get("items")) if kind.endswith("List") else []
        except NotYaml:
            continue
        yield kind, document
        yield from _documents(Rendered(document.source, json.dumps(one, default=str)) for one in items)


def _user(document: Rendered, namespace: str, origin: Origin, line_of: LineOf) -> KafkaUser:
    spec = _mapping(document.applied.get("spec"))
    acls: list[Acl] = []
    problems: list[str] = []
    for entry in _list(_mapping(spec.get("authorization")).get("acls")):
        try:
            acls.append(from_spec(entry))
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            problems.append(f"a rule is not one that Strimzi takes: {exc}")
    return KafkaUser(
        _name(document),
        _namespace(document, namespace),
        _label(document, _CLUSTER),
        str(_mapping(spec.get("authentication")).get("type") or ""),
        tuple(acls),
        origin,
        str(document.applied.get("apiVersion") or ""),
        tuple(problems),
        str(_mapping(_mapping(document.applied.get("metadata")).get("annotations")).get(EXPIRES) or ""),
        tuple(_quotas(_mapping(spec.get("quotas")))),
        tuple(line_of(origin, acl.resource) for acl in acls),
        document.applied,
    )


def _quotas(found: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for side, name in FIELDS.items():
        if isinstance(rate := found.get(name), int):
            yield side, rate


def _cluster(document: Rendered, namespace: str, origin: Origin) -> KafkaCluster:
    # Strimzi lists principals without their type, so those of certificates as `CN=name`.
    # https://strimzi.io/docs/operators/latest/configuring#type-KafkaAuthorizationSimple-reference
    rules = _mapping(_mapping(_mapping(document.applied.get("spec")).get("kafka")).get("authorization"))
    super_users = rules.get("superUsers")
    return KafkaCluster(
        _name(document),
        _namespace(document, namespace),
        str(rules.get("type") or ""),
        tuple(f"User:{one}" for one in super_users) if isinstance(super_users, list) else (),
        origin,
        str(document.applied.get("apiVersion") or ""),
        document.applied,
    )


def _topic(document: Rendered, namespace: str, origin: Origin) -> KafkaTopic:
    # https://strimzi.io/docs/operators/latest/configuring#type-KafkaTopicSpec-reference
    topic = str(_mapping(document.applied.get("spec")).get("topicName") or _name(document))
    return KafkaTopic(
        topic,
        _name(document),
        _namespace(document, namespace),
        _label(document, _CLUSTER),
        origin,
        str(document.applied.get("apiVersion") or ""),
        document.applied,
    )


def _access(document: Rendered, namespace: str, origin: Origin) -> KafkaAccess:
    spec = _mapping(document.applied.get("spec"))
    kafka, user = _mapping(spec.get("kafka")), _mapping(spec.get("user"))
    own = _namespace(document, namespace)
    return KafkaAccess(
        _name(document),
        own,
        str(kafka.get("name") or ""),
        str(kafka.get("namespace") or own),
        str(kafka.get("listener") or ""),
        str(user.get("name") or ""),
        str(user.get("namespace") or own) if user else "",
        origin,
        document.applied,
    )


def _workload(document: Rendered, namespace: str, origin: Origin) -> Workload:
    kind = str(document.applied.get("kind") or "")
    pod: Any = document.applied
    for key in POD_SPECS[kind]:
        pod = _mapping(_mapping(pod).get(key))
    containers = [one for key in ("initContainers", "containers") for one in _list(pod.get(key))]
    annotations = _mapping(_mapping(document.applied.get("metadata")).get("annotations"))
    phases = f"{annotations.get('helm.sh/hook') or ''} {annotations.get('argocd.argoproj.io/hook') or ''}"
    return Workload(
        kind,
        _name(document),
        _namespace(document, namespace),
        tuple(_secrets(pod, containers)),
        origin,
        ", ".join(_BEFORE_SYNC.findall(phases)),
        frozenset(str(entry.get("name")) for one in containers for entry in _list(one.get("env"))),
    )


def _secrets(pod: Mapping[str, Any], containers: list[Mapping[str, Any]]) -> Iterator[SecretUse]:
    volumes = {str(one.get("name")): one for one in _list(pod.get("volumes"))}
    mounted = set()
    for container in containers:
        name = str(container.get("name") or "")
        for entry in _list(container.get("env")):
            ref = _mapping(_mapping(entry.get("valueFrom")).get("secretKeyRef"))
            if ref:
                how = f"env {entry.get('name')}"
                yield SecretUse(
                    str(ref.get("name") or ""), str(ref.get("key") or ""), name, how, ref.get("optional") is True
                )
        for entry in _list(container.get("envFrom")):
            ref = _mapping(entry.get("secretRef"))
            if ref:
                yield SecretUse(str(ref.get("name") or ""), "", name, "envFrom", ref.get("optional") is True)
        for entry in _list(container.get("volumeMounts")):
            volume = str(entry.get("name"))
            mounted.add(volume)
            path = f"mount {entry.get('mountPath')}"
            for secret, key, optional in _of_volume(volumes.get(volume, {}), str(entry.get("subPath") or "")):
                yield SecretUse(secret, key, name, path, optional)
    for volume in volumes.keys() - mounted:
        for secret, key, optional in _of_volume(volumes[volume], ""):
            yield SecretUse(secret, key, "", f"volume {volume}", optional)


def _of_volume(volume: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, bool]]:
    """Yield (Secret, key or nothing for all keys, whether it may be missing) of a volume, or of `path` inside it."""
    own = _mapping(volume.get("secret"))
    sources = [(str(own.get("secretName") or ""), own)] if own else []
    for one in _list(_mapping(volume.get("projected")).get("sources")):
        inner = _mapping(one.get("secret"))
        if inner:
            sources.append((str(inner.get("name") or ""), inner))
    for name, source in sources:
        optional = source.get("optional") is True
        items = {str(one.get("path")): str(one.get("key")) for one in _list(source.get("items"))}
        if path:
            if not items or path in items:
                yield name, items.get(path, path), optional
        elif items:
            yield from ((name, key, optional) for key in items.values())
        else:
            yield name, "", optional


def _name(document: Rendered) -> str:
    return str(_mapping(document.applied.get("metadata")).get("name") or "")


def _namespace(document: Rendered, default: str) -> str:
    return str(_mapping(document.applied.get("metadata")).get("namespace") or default)


def _label(document: Rendered, name: str) -> str:
    return str(_mapping(_mapping(document.applied.get("metadata")).get("labels")).get(name) or "")


def _mapping(data: object) -> Mapping[str, Any]:
    return data if isinstance(data, Mapping) else {}


def _list(data: object) -> list[Mapping[str, Any]]:
    return [one for one in data if isinstance(one, Mapping)] if isinstance(data, list) else []
