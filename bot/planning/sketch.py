"""A plan in the making: the edits so far, and what they are announced to bring about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.checkout.files import Files
from bot.commands.model import Command
from bot.errors import UserError
from bot.planning.chosen import cluster_of, profile_of
from bot.planning.manifests import Manifest
from bot.planning.model import Plan, ResourceChange
from bot.planning.targets import Targets
from bot.planning.workspace import Workspace
from bot.policy.profiles import Profile
from bot.policy.rules import Cluster, Rules
from bot.policy.verdict import Verdict
from bot.proof.model import (
    AddedRules,
    ChangedQuotas,
    ChangedValue,
    Expected,
    NewObject,
    RemovedObject,
    RemovedRules,
    UnwiredWorkload,
    WiredWorkload,
)


@dataclass
class Sketch:
    """What every step of planning reads (the first six) and adds to (the rest)."""

    files: Files
    rules: Rules
    command: Command
    application: str
    targets: Targets
    workspace: Workspace
    switch: str | None = None
    """The dotted value of the application's own that what is written depends on, where it has one for the purpose."""
    resources: list[ResourceChange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    new_objects: list[NewObject] = field(default_factory=list)
    added_rules: list[AddedRules] = field(default_factory=list)
    changed_quotas: list[ChangedQuotas] = field(default_factory=list)
    wired: list[WiredWorkload] = field(default_factory=list)
    removed_objects: list[RemovedObject] = field(default_factory=list)
    removed_rules: list[RemovedRules] = field(default_factory=list)
    unwired: list[UnwiredWorkload] = field(default_factory=list)
    changed_values: list[ChangedValue] = field(default_factory=list)
    doubts: dict[str, UserError] = field(default_factory=dict)
    """What is known to go wrong in some charts: what to say if the proof refutes the plan; once each."""
    enabled_applications: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def guard(self) -> str | None:
        """The dotted value that what the grant writes depends on, or None where it is for all environments."""
        return self.switch or (self.rules.access.names.guard if self.targets.guard else None)

    @property
    def path(self) -> str:
        """The application's chart."""
        return f"applications/{self.application}"

    @property
    def cluster(self) -> Cluster:
        """The Kafka cluster that is meant."""
        return cluster_of(self.rules, self.command)

    @property
    def profile(self) -> Profile:
        """The variables and files of the client that is meant."""
        return profile_of(self.rules, self.command)

    @property
    def service(self) -> str:
        """The application that holds KafkaUsers and KafkaTopics."""
        return self.cluster.application

    def say_cluster(self) -> None:
        """Note which Kafka cluster all of it is about, where that is not the usual one."""
        if self.cluster != self.rules.cluster:
            self.notes.append(f"all of this is about Kafka cluster {self.cluster.name}")

    def create(self, application: str, path: str, manifest: Manifest) -> None:
        """Write a new object in a file of its own, or after what the file holds; it appears in every target."""
        text = self.workspace.text(path)
        head = "---\n" if self._begins_with_marker(path) else ""
        if text is None:
            self.workspace.create(path, head + manifest.text)
        else:
            self.workspace.append(path, f"---\n{manifest.text}")
        metadata = manifest.data["metadata"]
        self.new_objects.append(NewObject(application, self.targets.wanted, manifest.data))
        self.record(manifest.data["kind"], metadata["name"], metadata["namespace"], path, "create")

    def amend(
        self,
        user: str,
        path: str,
        added: list[Mapping[str, Any]],
        where: frozenset[str],
        annotations: Mapping[str, str | None],
    ) -> None:
        """Announce that a KafkaUser gains entries, and has these annotations (None: no longer)."""
        namespace = self.cluster.namespace
        self.added_rules.append(AddedRules(self.service, where, user, namespace, tuple(added), annotations))
        self.record("KafkaUser", user, namespace, path, "amend")

    def record(self, kind: str, name: str, namespace: str, path: str, change: str) -> None:
        """Say that an object is created, amended or deleted; once, in however many ways it is amended."""
        found = ResourceChange(kind, name, namespace, path, change)
        if found not in self.resources:
            self.resources.append(found)

    def plan(self, verdicts: tuple[Verdict, ...] = ()) -> Plan:
        """Return the plan that this has come to."""
        expected = Expected(
            tuple(self.new_objects),
            tuple(self.added_rules),
            tuple(self.wired),
            self.enabled_applications,
            tuple(self.changed_values),
            tuple(self.removed_objects),
            tuple(self.removed_rules),
            tuple(self.unwired),
            tuple(self.changed_quotas),
        )
        return Plan(
            self.command,
            self.application,
            tuple(sorted(self.targets.wanted)),
            self.targets.notes,
            self.workspace.changes(),
            tuple(self.resources),
            verdicts,
            tuple(self.notes),
            expected,
            self.rules.schemas,
            self.service,
            tuple(self.doubts.values()),
        )

    def _begins_with_marker(self, path: str) -> bool:
        """Whether most of the neighbours begin with `---`."""
        folder = path.rpartition("/")[0]
        texts = [
            self.files.text(f"{folder}/{name}") or "" for name in self.files.names(folder) if name.endswith("yaml")
        ]
        return sum(text.startswith("---") for text in texts) * 2 > len(texts)
