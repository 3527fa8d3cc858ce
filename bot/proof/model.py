"""What is to be proved, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Progress = Callable[[int, int, str], None]
"""Called with how much is done, how much there is, and what was done last."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file before and after, as bytes; None where it does not exist.

    `spliced` are (start, end, new) in characters of the old text: replaying them must give `after` and nothing
    else may differ. For a new file it is empty.
    """

    path: str
    before: bytes | None
    after: bytes | None
    spliced: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object that must be there after and not before, in exactly these environments.

    `manifest` is compared field by field; `metadata.labels` may hold more than it says, `metadata.annotations` not.
    """

    application: str
    environments: frozenset[str]
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AddedRules:
    """An existing KafkaUser that gains ACL entries, and may differ by nothing else, in exactly these environments.

    `before` and `after` are compared as sets of (resource type, name, pattern, host, permission, operation): `added`
    are the manifests' own `acls` entries, one operation set each. `annotations` are those that it gets or (None) loses.
    """

    application: str
    environments: frozenset[str]
    name: str
    namespace: str
    added: tuple[Mapping[str, Any], ...]
    annotations: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangedQuotas:
    """An existing KafkaUser whose `spec.quotas` has exactly these values afterwards, in exactly these environments.

    `source` is its template's path from the root of the checkout; fields of None are not there. Besides, it may gain
    announced rules.
    """

    application: str
    environments: frozenset[str]
    source: str
    name: str
    namespace: str
    rates: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class WiredWorkload:
    """A workload template whose rendered containers gain exactly these entries, in exactly these environments.

    `source` is the template's path from the root of the checkout; `index` counts the workload documents of that
    file from 0 as they stand in the template text; `container` is the container's position in `containers`.
    Where a template is rendered under several names (aliases, `range`), every object of it must gain them.
    """

    application: str
    environments: frozenset[str]
    source: str
    kind: str
    index: int
    container: int
    env: tuple[Mapping[str, Any], ...]
    mounts: tuple[Mapping[str, Any], ...]
    volumes: tuple[Mapping[str, Any], ...]
    switches: tuple[str, ...] = ()
    """The dotted values that turn the entries on, as the application's own values say it; none without a guard."""


@dataclass(frozen=True, slots=True)
class RemovedObject:
    """An object that may not be there after, in any of these environments, whether or not it was there before.

    `namespace` is None where the object goes to that of its Argo CD Application.
    """

    application: str
    environments: frozenset[str]
    kind: str
    name: str
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class RemovedRules:
    """A KafkaUser that loses ACL entries, and may differ by nothing else; see AddedRules."""

    application: str
    environments: frozenset[str]
    name: str
    namespace: str
    removed: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class UnwiredWorkload:
    """A workload template whose rendered container loses exactly the entries of these names; see WiredWorkload.

    Whatever the entries say goes, in these environments: variables by name, mounts by path, volumes by name.
    """

    application: str
    environments: frozenset[str]
    source: str
    kind: str
    index: int
    container: int
    env: tuple[str, ...]
    mounts: tuple[str, ...]
    volumes: tuple[str, ...]
    switches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """A value of an application that is another one after, in exactly these environments.

    What the templates of before make of it is the yardstick: rendered with it, they have to give what is there after,
    but for all else that is announced. `made` are the Kafka objects that have to appear by it, field by field as in
    NewObject; no other Kafka object may differ by it.
    """

    application: str
    environments: frozenset[str]
    path: tuple[str, ...]
    value: object
    made: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class MigratedTemplate:
    """A template, by its path, whose KafkaUsers and KafkaTopics go to the newest version of their API.

    All that it prints in these environments does, and differs by nothing else but how operations are listed.
    """

    application: str
    environments: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True)
class Expected:
    """All that may change, and must: whatever else differs in any environment refutes the change."""

    new_objects: tuple[NewObject, ...] = ()
    added_rules: tuple[AddedRules, ...] = ()
    wired: tuple[WiredWorkload, ...] = ()
    enabled_applications: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Applications that become enabled, with the environments in which they do (the access operator)."""
    changed_values: tuple[ChangedValue, ...] = ()
    removed_objects: tuple[RemovedObject, ...] = ()
    removed_rules: tuple[RemovedRules, ...] = ()
    unwired: tuple[UnwiredWorkload, ...] = ()
    changed_quotas: tuple[ChangedQuotas, ...] = ()
    migrated: tuple[MigratedTemplate, ...] = ()

    @property
    def removes(self) -> bool:
        """Whether the change takes away what is there: its files may then lose text, and gain none."""
        off = any(one.value is False for one in self.changed_values)
        return bool(self.removed_objects or self.removed_rules or self.unwired or off)

    def changed_in(self, application: str, environment: str) -> tuple[ChangedValue, ...]:
        """Return the values of an application that are other ones in an environment after."""
        return tuple(
            one for one in self.changed_values if one.application == application and environment in one.environments
        )


class Outcome(StrEnum):
    """The result for one environment."""

    PROVED = "proved"
    NOT_RENDERED = "could not render"
    REFUTED = "refuted"


class Status(StrEnum):
    """The result of the whole proof."""

    PROVED = "proved"
    PARTLY = "partly"
    REFUTED = "refuted"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something is not proved; `environment` is empty for what has nothing to do with one."""

    environment: str
    text: str


@dataclass(frozen=True, slots=True)
class Differing:
    """One rendered document that differs; `before` or `after` is empty where it is new or gone.

    `source` is the template as Helm names it. A Secret is here as it was printed: readers see none of its values.
    """

    source: str
    before: str = field(repr=False)
    after: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Printed:
    """All that Helm printed for one application in one environment where it renders; empty where it does not run.

    Objects that name no namespace go to `namespace`.
    """

    application: str
    environment: str
    namespace: str
    before: str = field(repr=False)
    after: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """What rendering said. `notes` name what was left out (remote dependencies) and grades below a full proof."""

    status: Status
    environments: Mapping[str, Outcome] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    renders: int = 0
    """How many times Helm ran."""
    differences: Mapping[str, tuple[Differing, ...]] = field(default_factory=dict)
    """What differs per environment, for the reader."""
    printed: tuple[Printed, ...] = ()
    """What was compared, by application and environment, for those who ask what it comes to."""


SKIPPED = Proof(Status.SKIPPED)
