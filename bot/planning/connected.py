"""What an application has of Kafka: its KafkaAccesses, their KafkaUsers, and the containers that use their Secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.charts import Chart, chart
from bot.phalanx.names import resolved
from bot.phalanx.resources import KafkaDocument, documents, static_name
from bot.phalanx.workloads import FoundWorkload, application_workloads
from bot.planning.chosen import accesses
from bot.planning.existing import user_of
from bot.planning.workspace import Workspace
from bot.policy.rules import Cluster, Rules
from bot.roundtrip.removal import Named
from bot.roundtrip.template import Template, value

_NAME = r"""["']?((?:[^"'\s,{}]|\{\{[^\n]*?\}\})+)["']?"""
_REFERENCE = re.compile(
    rf"secretName:\s*{_NAME}"
    rf"|(?:secretKeyRef|secretRef|\bsecret):\s*\{{?\s*(?:key:\s*\S+\s+)?name:\s*{_NAME}"
)


class MadeByTemplate(UserError):
    """A KafkaAccess, or the KafkaUser that it names, of which only rendering tells what it is."""

    def __init__(self, access: KafkaDocument, user: str) -> None:
        super().__init__(
            f"{access.name} in {access.file} connects as {user}, and no template spells that KafkaUser out: it is made "
            "from values, or not at all",
            "take its entry out of the values by hand; what it is for (metrics, often) has its own switch",
        )


class UnderCondition(UserError):
    """A KafkaAccess or KafkaUser under a condition that is more than a plain value."""

    def __init__(self, found: KafkaDocument) -> None:
        super().__init__(
            f"{found.kind} {found.name} in {found.file} (line {found.template.line(found.document.start)}) is rendered "
            "under a condition that cannot be told without rendering",
            "take it out by hand",
        )


class StillUsed(UserError):
    """Something other than a container's own lists takes the Secret that goes."""

    def __init__(self, secret: str, path: str, line: int) -> None:
        super().__init__(
            f"line {line} of {path} uses Secret {secret} in a way that cannot be taken out (a helper, an init "
            "container, a value), and pods would wait for it forever",
            "take that out by hand first, then ask again",
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """A KafkaAccess and the KafkaUser that it names; either may be missing."""

    access: KafkaDocument | None
    user: KafkaDocument | None

    @property
    def documents(self) -> tuple[KafkaDocument, ...]:
        """Those that are there."""
        return tuple(one for one in (self.access, self.user) if one is not None)


@dataclass(frozen=True, slots=True)
class Connected:
    """A container that uses the Secrets, and the entries by which it does."""

    found: FoundWorkload
    container: int
    named: Named


def connections(files: Files, application: str, cluster: Cluster, default: str) -> list[Connection]:
    """Find the connections to a cluster, or the KafkaUser of the name `default` where there is no KafkaAccess.

    Raises MadeByTemplate and UnderCondition for those that cannot be taken out.
    """
    users = {
        name: one
        for one in documents(files, cluster.application, "KafkaUser")
        if (name := static_name(one)) is not None
    }
    found = []
    for access in accesses(files, application, cluster):
        name = resolved(user_of(access) or "", access.chart.name)
        if static_name(access) is None or name not in users:
            raise MadeByTemplate(access, name)
        found.append(Connection(access, users[name]))
    if not found and default in users:
        found.append(Connection(None, users[default]))
    for document in [document for one in found for document in one.documents]:
        if "?" in document.guards:
            raise UnderCondition(document)
    return found


def connected(files: Files, rules: Rules, application: str, secrets: frozenset[str]) -> Iterator[Connected]:
    """Yield the containers that take variables or files from the Secrets, with the entries by which they do."""
    for found in application_workloads(files, application):
        template, pod = found.template, found.workload.pod
        volumes = frozenset(
            str(one.get("name"))
            for one in _items(template, pod, "volumes")
            if isinstance(one.get("secret"), dict)
            and resolved(str(one["secret"].get("secretName")), found.chart.name) in secrets
        )
        left = volumes
        for number, container in enumerate(found.workload.containers):
            env, mounts = _entries(rules, found, container.node, secrets, volumes)
            if env or mounts:
                yield Connected(found, number, Named(env, mounts, left))
                left = frozenset()
        if left:
            yield Connected(found, 0, Named(volumes=left))


def _entries(
    rules: Rules, found: FoundWorkload, container: MappingNode, secrets: frozenset[str], volumes: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    mounts = {
        str(one.get("mountPath"))
        for one in _items(found.template, container, "volumeMounts")
        if one.get("name") in volumes
    }
    items = _items(found.template, container, "env")
    taken = {str(one.get("name")) for one in items if _secret(one, found.chart) in secrets}
    if mounts or taken:
        profiles = rules.profiles.profiles
        own = [one for one in profiles if taken & {*one.from_secret}] or profiles
        plain = {name for one in own for name in one.variables}
        taken |= {
            str(one["name"])
            for one in items
            if "value" in one and (one.get("name") in plain or str(one["value"]) in mounts)
        }
    return frozenset(taken), frozenset(mounts)


def _secret(item: dict[str, Any], owner: Chart) -> str | None:
    found = item.get("valueFrom")
    reference = found.get("secretKeyRef") if isinstance(found, dict) else None
    return resolved(str(reference.get("name")), owner.name) if isinstance(reference, dict) else None


def _items(template: Template, owner: Node, key: str) -> list[dict[str, Any]]:
    """Return the items of a list, those of every branch of a condition."""
    pairs = owner.value if isinstance(owner, MappingNode) else []
    lists = [item for name, item in pairs if name.value == key and isinstance(item, SequenceNode)]
    return [one for node in lists for item in node.value if isinstance(one := template.plain(item), dict)]


def check_unused(workspace: Workspace, application: str, secrets: frozenset[str]) -> None:
    """Raise StillUsed where a template or values file of the application says a Secret's name after the edits."""
    files = workspace.files
    top = chart(files, f"applications/{application}")
    owners = [top] if top else []
    owners += [one for path in _local(top) if (one := chart(files, path)) is not None]
    for owner in owners:
        for path in files.below(f"{owner.path}/templates", ".yaml", ".yml", ".tpl"):
            text = workspace.text(path) or ""
            for match in _REFERENCE.finditer(text):
                name = next(filter(None, match.groups()), "")
                if resolved(name, owner.name) in secrets:
                    raise StillUsed(resolved(name, owner.name), path, text.count("\n", 0, match.end()) + 1)
        for name in files.names(owner.path):
            if name.startswith("values") and name.endswith(".yaml"):
                _check_values(workspace, f"{owner.path}/{name}", secrets)


def _local(top: Chart | None) -> list[str]:
    return list(dict.fromkeys(one.path for one in top.dependencies if one.path)) if top else []


def _check_values(workspace: Workspace, path: str, secrets: frozenset[str]) -> None:
    text = workspace.text(path) or ""
    for secret in sorted(secrets):
        match = re.search(rf"^[^#\n]*:\s*[\"']?{re.escape(secret)}[\"']?\s*$", text, re.MULTILINE)
        if match:
            raise StillUsed(secret, path, text.count("\n", 0, match.start()) + 1)


def check_init(found: FoundWorkload, volumes: frozenset[str], secret: str) -> None:
    """Raise StillUsed where an init container mounts a volume that goes."""
    node = value(found.workload.pod, "initContainers")
    for item in node.value if isinstance(node, SequenceNode) else ():
        if any(one.get("name") in volumes for one in _items(found.template, item, "volumeMounts")):
            raise StillUsed(secret, found.file, found.template.line(int(item.start_mark.index)))
