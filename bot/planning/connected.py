"""What an application has of Kafka: its KafkaAccesses, their KafkaUsers, and the containers that use their Secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.charts import Chart, chart
from bot.phalanx.names import resolved
from bot.phalanx.printed import printed_lists
from bot.phalanx.resources import KafkaDocument, documents, rendered_in, static_name
from bot.phalanx.unknown import listed
from bot.phalanx.workloads import FoundWorkload, application_workloads
from bot.planning.chosen import accesses
from bot.planning.existing import user_by_values
from bot.planning.workspace import Workspace
from bot.policy.rules import Cluster, Rules
from bot.roundtrip.removal import Named
from bot.roundtrip.template import Template, value
from bot.roundtrip.workloads import Container, Workload

_NAME = r"""["']?((?:[^"'\s,{}]|\{\{[^\n]*?\}\})+)["']?"""
_REFERENCE = re.compile(
    rf"secretName:\s*{_NAME}"
    rf"|(?:secretKeyRef|secretRef|\bsecret):\s*\{{?\s*(?:key:\s*\S+\s+)?name:\s*{_NAME}"
)


class MadeByTemplate(UserError):
    """A KafkaAccess, or the KafkaUser that it names, of which only rendering tells what it is."""

    def __init__(self, application: str, access: KafkaDocument, user: str) -> None:
        super().__init__(
            f"{access.name} in {access.file} connects as {user}, and no template spells that KafkaUser out: it is made "
            "from values, or not at all",
            f"if it is for metrics, type /kafka-access revoke {application} metrics; if not, take its entry out of the "
            "values by hand",
        )


class BySharedChart(UserError):
    """A KafkaAccess of a chart that serves other applications too, without one value that turns it off."""

    def __init__(self, access: KafkaDocument, environments: Iterable[str]) -> None:
        super().__init__(
            f"{access.name} comes from the shared chart {access.chart.path}, which serves other applications too, and "
            "no value of its own turns it off",
            f"turn it off in the application's values of {listed(environments)} by hand",
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
    def shared(self) -> bool:
        """Whether the KafkaAccess comes from a chart that serves other applications too, and so only goes off."""
        return self.access is not None and self.access.chart.shared

    @property
    def documents(self) -> tuple[KafkaDocument, ...]:
        """Those that are there."""
        return tuple(one for one in (self.access, self.user) if one is not None)


@dataclass(frozen=True, slots=True)
class Connected:
    """A container that uses the Secrets, and the entries by which it does.

    `named` stand in the workload's own template, `printed` in named templates that it includes.
    """

    found: FoundWorkload
    container: int
    named: Named
    printed: Named = field(default_factory=Named)

    @property
    def entries(self) -> Named:
        """All of them."""
        return self.named | self.printed

    @property
    def place(self) -> tuple[str, int, int]:
        """The container: the template, the number of the workload in it, and its own."""
        return self.found.file, self.found.workload.index, self.container


def connections(
    files: Files, application: str, cluster: Cluster, default: str, runs: frozenset[str], only: str | None = None
) -> list[Connection]:
    """Find the connections to a cluster, or the KafkaUser of the name `default` where there is no KafkaAccess.

    Those that are as the KafkaUser `only`, where that is given. One that a shared chart offers and no environment among
    those in which the application `runs` turns on is none. Raises MadeByTemplate, BySharedChart and UnderCondition for
    those that cannot be taken out.
    """
    users = {
        name: one
        for one in documents(files, cluster.application, "KafkaUser")
        if (name := static_name(one)) is not None
    }
    found = []
    for access in accesses(files, application, cluster):
        on = rendered_in(files, application, access, runs)
        name = resolved(user_by_values(files, application, access, on) or "", access.chart.name)
        one = Connection(access, users.get(name))
        if only not in {None, name} or (one.shared and not on and "?" not in access.guards):
            continue
        if one.shared and (len(access.guards) != 1 or "?" in access.guards):
            raise BySharedChart(access, on)
        if static_name(access) is None or one.user is None:
            raise MadeByTemplate(application, access, name)
        found.append(one)
    if not found and default in users and only in {None, default}:
        found.append(Connection(None, users[default]))
    for document in [document for one in found for document in one.documents]:
        if "?" in document.guards:
            raise UnderCondition(document)
    return found


def connected(files: Files, rules: Rules, application: str, secrets: frozenset[str]) -> Iterator[Connected]:
    """Yield the containers that take variables or files from the Secrets, with the entries by which they do."""
    for found in application_workloads(files, application):
        own, printed = _items(found.template, found.workload.pod, "volumes"), _printed(files, found, found.workload)
        volumes = [_volumes(items, found.chart, secrets) for items in (own, printed)]
        left = [Named(volumes=names) for names in volumes]
        for number, container in enumerate(found.workload.containers):
            spelled = [one for key in ("env", "volumeMounts") for one in _items(found.template, container.node, key)]
            lists = spelled, _printed(files, found, container)
            named, included = _entries(rules, found.chart, lists, secrets, volumes[0] | volumes[1])
            if named or included:
                yield Connected(found, number, named | left[0], included | left[1])
                left = [Named(), Named()]
        if left[0] or left[1]:
            yield Connected(found, 0, *left)


def _printed(files: Files, found: FoundWorkload, owner: Workload | Container) -> list[dict[str, Any]]:
    """Return the items of the lists that a container or a pod includes."""
    lists = printed_lists(files, found.chart) if owner.includes else {}
    known = [lists[name] for name in owner.includes if name in lists]
    return [one for each in known for item in each.items.value if isinstance(one := each.template.plain(item), dict)]


def _volumes(items: list[dict[str, Any]], owner: Chart, secrets: frozenset[str]) -> frozenset[str]:
    taken = [one for one in items if isinstance(one.get("secret"), dict)]
    return frozenset(
        str(one.get("name")) for one in taken if resolved(str(one["secret"].get("secretName")), owner.name) in secrets
    )


def _entries(
    rules: Rules,
    owner: Chart,
    lists: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    secrets: frozenset[str],
    volumes: frozenset[str],
) -> tuple[Named, Named]:
    """Return the entries among a container's variables and mounts: of its own lists, and of those that it includes."""
    every = [*lists[0], *lists[1]]
    mounts = {str(one["mountPath"]) for one in every if "mountPath" in one and one.get("name") in volumes}
    env = {str(one.get("name")) for one in every if _secret(one, owner) in secrets}
    if mounts or env:
        profiles = rules.profiles.profiles
        its = [one for one in profiles if env & {*one.from_secret}] or profiles
        plain = {name for one in its for name in one.variables}
        env |= {
            str(one["name"])
            for one in every
            if "value" in one and (one.get("name") in plain or str(one["value"]) in mounts)
        }
    own, included = (
        Named(
            frozenset(env & {str(one.get("name")) for one in items if "mountPath" not in one}),
            frozenset(mounts & {str(one.get("mountPath")) for one in items}),
        )
        for items in lists
    )
    return own, included


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
