"""What checks say, and what an audit makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from bot.landscape.model import Environment, KafkaAccess, KafkaTopic, KafkaUser, Origin, Workload
from bot.policy.audited import Gravity
from bot.policy.rules import Cluster, Rules
from bot.words import shortened


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """The object that a finding is about; applications and environments have no namespace."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What one check found in one environment, in sentences that do not name it: equal faults of several are joined."""

    rule: str
    text: str
    origin: Origin
    subject: Subject
    hint: str = ""
    """How to mend this one; empty where the rule's own advice says it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault with how grave it is, and with the environments in which it is."""

    rule: str
    severity: Gravity
    text: str
    hint: str
    origin: Origin
    subject: Subject
    environments: tuple[str, ...]


class Invalid(Protocol):
    """Says what the API would refuse in an object."""

    def __call__(self, data: Mapping[str, Any], /) -> tuple[str, ...]:
        """Return a sentence for each thing."""
        ...


def _valid(_data: Mapping[str, Any], /) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checkout says and no rendered object does.

    `templates` are the files of KafkaUsers by name, rendered or not; `listed` are the places of the names in each
    environment's list of metrics, in order; `invalid` says what the API would refuse in an object. `today` is the day.
    """

    templates: Mapping[str, str] = field(default_factory=dict)
    listed: Mapping[str, tuple[tuple[str, Origin], ...]] = field(default_factory=dict)
    invalid: Invalid = _valid
    today: date = date.min


@dataclass(frozen=True, slots=True)
class Scene:
    """What a check looks at: one environment, the rules, and the facts."""

    environment: Environment
    rules: Rules
    facts: Facts

    def user(self, access: KafkaAccess) -> KafkaUser | None:
        """Return the KafkaUser that a KafkaAccess names, or None."""
        wanted = (access.user_namespace, access.user)
        return next((one for one in self.environment.users if (one.namespace, one.name) == wanted), None)

    def access(self, namespace: str, secret: str) -> KafkaAccess | None:
        """Return the KafkaAccess that makes a Secret, or None."""
        return next(
            (one for one in self.environment.accesses if (one.namespace, one.name) == (namespace, secret)), None
        )

    def knows(self, application: str) -> bool:
        """Whether all that an application renders here is known."""
        found = self.environment.installed.get(application)
        return found is not None and not found.error

    def would_show(self, cluster: str) -> bool:
        """Whether a Kafka cluster of that name, and what belongs to it, would be seen here if it were there.

        The rules say which application holds it; one that they do not name may be in any that does not render.
        """
        owners = {one.application for one in self.rules.clusters.clusters if one.name == cluster}
        holders = owners & self.environment.enabled if owners else self.environment.installed
        return all(map(self.knows, holders))


def cluster_of(scene: Scene, access: KafkaAccess) -> Cluster | None:
    """Return what the rules say of the cluster that a KafkaAccess names."""
    wanted = (access.cluster_namespace, access.cluster)
    return next((one for one in scene.rules.clusters.clusters if (one.namespace, one.name) == wanted), None)


def about(one: KafkaUser | KafkaTopic | KafkaAccess | Workload) -> Subject:
    """Return an object as the subject of a finding."""
    kind = one.kind if isinstance(one, Workload) else type(one).__name__
    return Subject(kind, one.namespace, one.name)


def application(name: str) -> Subject:
    """Return an application as the subject of a finding."""
    return Subject("Application", "", name)


def undashed(name: str) -> str:
    """Return a name as the list of metrics has it, without dashes."""
    return name.replace("-", "")


def below(data: object, *keys: str) -> object:
    """Return what stands below keys of a rendered object, None where it is not there: charts print anything."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def listing(names: list[str], limit: int = 3) -> str:
    """Return some names in a sentence, with how many more there are."""
    return shortened([f"`{name}`" for name in names], limit)
