"""What of an application is about Kafka, wherever it is written: to tell whether a change touches that. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.landscape.model import Environment, Installed, KafkaAccess, KafkaCluster, KafkaTopic, KafkaUser, Workload

_SAYS_KAFKA = re.compile(r"kafka|strimzi", re.IGNORECASE)
_OF_ACCESS = re.compile(r"ssl\.|sasl|bootstrap|security\.?Protocol", re.IGNORECASE)
"""Keys that the access operator writes into a KafkaAccess's Secret, and nearly nobody else."""

_Object = KafkaUser | KafkaTopic | KafkaAccess | KafkaCluster
_VERSIONS = frozenset({"helm.sh/chart", "app.kubernetes.io/version"})


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """A Kafka object, or how a workload is wired: `text` is all that it says, as it would be shown."""

    kind: str
    namespace: str
    name: str
    application: str
    text: str

    @property
    def place(self) -> tuple[str, str, str]:
        """What it is called."""
        return self.kind, self.namespace, self.name


def things(environment: Environment) -> tuple[Thing, ...]:
    """Return all that is about Kafka in an environment, in order.

    An application or environment that does not render is a thing of its own: what it holds cannot be told.
    """
    found = [_broken("Environment", environment.name, environment.error)] if environment.error else []
    for one in environment.installed.values():
        found += _of(one)
    return tuple(sorted(found))


def _of(installed: Installed) -> Iterator[Thing]:
    if installed.error:
        yield _broken("Application", installed.application, installed.error)
    objects: list[_Object] = [*installed.clusters, *installed.topics, *installed.users, *installed.accesses]
    for one in objects:
        yield _object(one, installed.application)
    secrets = {one.name for one in installed.accesses} | {one.name for one in installed.users}
    for workload in installed.workloads:
        lines = sorted(_wiring(workload, secrets))
        if lines:
            text = "\n".join((*([f"runs before the sync: {workload.hook}"] if workload.hook else []), *lines))
            yield Thing(workload.kind, workload.namespace, workload.name, installed.application, text)


def _broken(kind: str, name: str, error: str) -> Thing:
    return Thing(kind, "", name, name if kind == "Application" else "", f"does not render: {error}")


def _object(one: _Object, application: str) -> Thing:
    kind = "Kafka" if isinstance(one, KafkaCluster) else type(one).__name__
    return Thing(kind, one.namespace, one.name, application, "\n".join(_lines(_without_version(one.data))))


def _without_version(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out the labels that say which version of a chart made an object: a release of the chart changes them."""
    metadata = data.get("metadata")
    if not isinstance(metadata, Mapping) or not isinstance(labels := metadata.get("labels"), Mapping):
        return data
    kept = {name: value for name, value in labels.items() if name not in _VERSIONS}
    return {**data, "metadata": {**metadata, "labels": kept}}


def _wiring(workload: Workload, secrets: set[str]) -> Iterator[str]:
    """Yield what a workload has of Kafka: its variables by name, and what it takes out of Secrets."""
    for name in workload.variables:
        if _SAYS_KAFKA.search(name):
            yield f"variable {name}"
    for use in workload.secrets:
        about = f"{use.secret} {use.how}"
        if use.secret in secrets or _SAYS_KAFKA.search(about) or _OF_ACCESS.match(use.key):
            where = f"{use.container}: " if use.container else ""
            optional = ", which may be missing" if use.optional else ""
            yield f"{where}{use.how} from {use.key or 'all keys'} of Secret {use.secret}{optional}"


def _lines(data: Any, indent: str = "") -> Iterator[str]:  # noqa: ANN401 - a rendered object
    """Yield an object as YAML-like lines with sorted keys; scalars are JSON, so that no text can pass for structure."""
    if isinstance(data, Mapping) and data:
        for key in sorted(data, key=str):
            yield from _entry(f"{indent}{key}:", data[key], f"{indent}  ")
    elif isinstance(data, list) and data:
        for one in data:
            yield from _entry(f"{indent}-", one, f"{indent}  ")
    else:
        yield f"{indent}{json.dumps(data, default=str, ensure_ascii=False)}"


def _entry(head: str, data: Any, indent: str) -> Iterator[str]:  # noqa: ANN401
    if isinstance(data, Mapping | list) and data:
        yield head
        yield from _lines(data, indent)
    else:
        yield f"{head} {json.dumps(data, default=str, ensure_ascii=False)}"
