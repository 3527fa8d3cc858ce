"""What an environment holds once everything is rendered. Names are Kubernetes' and Strimzi's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.kafka.acl import Acl
from bot.kafka.names import principal

ClusterKey = tuple[str, str]
"""The namespace and the name of a Kafka cluster: two in one environment may have the same name, or the same topics."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an object comes from: the application that renders it, and the place in the checkout.

    `file` is a path from the root of the checkout, empty where it cannot be told; `line` counts from 1, 0 likewise.
    """

    application: str
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """`file:line` as far as it is known, else the application."""
        if not self.file:
            return self.application
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class KafkaUser:
    """A KafkaUser. `problems` say which of its rules Kafka or Strimzi would not take; those are not in `acls`."""

    name: str
    namespace: str
    cluster: str
    """The label strimzi.io/cluster; empty where it is missing, and then no operator looks at it."""
    authentication: str
    """`tls`, `tls-external`, `scram-sha-512`, or empty."""
    acls: tuple[Acl, ...]
    origin: Origin
    api_version: str = ""
    problems: tuple[str, ...] = ()
    expires: str = ""
    """The last day of its access as its annotation has it; empty where it has none."""
    quotas: tuple[tuple[str, int], ...] = ()
    """Bytes a second that it may write (`producer`) and read (`consumer`) on each broker, where they are limited."""
    lines: tuple[int, ...] = ()
    """The line of each of `acls` in the file of `origin`, or that of the whole document; 0 where it cannot be told."""
    data: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """The object as it was rendered."""

    def line(self, acl: Acl) -> int:
        """Return the line of a rule, else of the object; 0 where it cannot be told."""
        found = dict(zip(self.acls, self.lines, strict=False)).get(acl, 0)
        return found or self.origin.line

    @property
    def principal(self) -> str:
        """Who it is to Kafka."""
        return principal(self.name, self.authentication)

    @property
    def cluster_key(self) -> ClusterKey:
        """The cluster to which it belongs: the one of its label, in its own namespace."""
        return self.namespace, self.cluster


@dataclass(frozen=True, slots=True)
class KafkaCluster:
    """A Kafka object. `authorization` is its type, empty where there is none and so everybody may do everything.

    `super_users` are principals that may do everything whatever rules say, as Kafka knows them: `User:CN=admin`.
    """

    name: str
    namespace: str
    authorization: str
    super_users: tuple[str, ...]
    origin: Origin
    api_version: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def cluster_key(self) -> ClusterKey:
        """Its namespace and name."""
        return self.namespace, self.name


@dataclass(frozen=True, slots=True)
class KafkaTopic:
    """A KafkaTopic; `topic` is the name that Kafka knows, `name` the one that Kubernetes knows."""

    topic: str
    name: str
    namespace: str
    cluster: str
    origin: Origin
    api_version: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def cluster_key(self) -> ClusterKey:
        """The cluster to which it belongs: the one of its label, in its own namespace."""
        return self.namespace, self.cluster


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """A KafkaAccess. Its Secret has its name: the CRD that Phalanx installs has no `secretName`."""

    name: str
    namespace: str
    cluster: str
    cluster_namespace: str
    listener: str
    user: str
    user_namespace: str
    origin: Origin
    data: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SecretUse:
    """One place where a container takes something out of a Secret; `key` is empty where it takes all of it."""

    secret: str
    key: str
    container: str
    how: str
    """`env NAME`, `envFrom`, `mount PATH`, or `volume NAME` for a volume that no container mounts."""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload. `hook` are Helm's and Argo CD's phases before the sync in which it runs, empty for most."""

    kind: str
    name: str
    namespace: str
    secrets: tuple[SecretUse, ...]
    origin: Origin
    hook: str = ""
    variables: frozenset[str] = frozenset()
    """Names of all variables of its containers."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What one application comes to in one environment; `error` is Helm's where it does not render.

    `secrets` are (namespace, name) of the Secrets that its templates make, in whatever way; `remote` the charts that
    are not in the checkout and so are left out.
    """

    application: str
    namespace: str
    users: tuple[KafkaUser, ...] = ()
    topics: tuple[KafkaTopic, ...] = ()
    accesses: tuple[KafkaAccess, ...] = ()
    clusters: tuple[KafkaCluster, ...] = ()
    workloads: tuple[Workload, ...] = ()
    secrets: frozenset[tuple[str, str]] = frozenset()
    remote: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Environment:
    """All that runs in one environment; `installed` has the applications that were looked at, by name.

    `enabled` are all applications that run there, `error` is Helm's where the Applications do not render.
    """

    name: str
    enabled: frozenset[str]
    installed: Mapping[str, Installed] = field(default_factory=dict)
    error: str = ""

    @property
    def users(self) -> tuple[KafkaUser, ...]:
        """All KafkaUsers."""
        return tuple(user for one in self.installed.values() for user in one.users)

    @property
    def topics(self) -> tuple[KafkaTopic, ...]:
        """All KafkaTopics."""
        return tuple(topic for one in self.installed.values() for topic in one.topics)

    @property
    def clusters(self) -> tuple[KafkaCluster, ...]:
        """All Kafka clusters."""
        return tuple(cluster for one in self.installed.values() for cluster in one.clusters)

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """All workloads."""
        return tuple(workload for one in self.installed.values() for workload in one.workloads)

    @property
    def accesses(self) -> tuple[KafkaAccess, ...]:
        """All KafkaAccesses."""
        return tuple(access for one in self.installed.values() for access in one.accesses)


Landscape = Mapping[str, Environment]
"""Environments by name."""
