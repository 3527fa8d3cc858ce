"""Workloads in a template: pod specs, containers, and what their lists hold already."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml.nodes import MappingNode, SequenceNode

from bot.roundtrip.directives import Context
from bot.roundtrip.nodes import at
from bot.roundtrip.places import dash, is_block
from bot.roundtrip.template import Document, Template, end, start, value

_POD = ("spec", "template", "spec")
KINDS = {
    "Deployment": _POD,
    "StatefulSet": _POD,
    "DaemonSet": _POD,
    "ReplicaSet": _POD,
    "Job": _POD,
    "CronJob": ("spec", "jobTemplate", *_POD),
    "Pod": ("spec",),
}
"""Where each kind keeps its pod spec. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/"""

_HOOK = re.compile(r"^\s*[\"']?(?:helm\.sh/hook|argocd\.argoproj\.io/hook)[\"']?\s*:", re.MULTILINE)
_SIDECAR = re.compile(r"proxy|sidecar|sideload|exporter|nginx|agent|redis|memcached|init", re.IGNORECASE)
_INCLUDE = re.compile(r"\b(?:include|template)\s+\"([^\"]+)\"")
_CHART_NAME = re.compile(r"\{\{-?\s*\$?\.Chart\.Name\s*(?:\|\s*quote\s*)?-?\}\}")


@dataclass(frozen=True)
class Container:
    """A container as its template spells it out; names are as written."""

    name: str
    node: MappingNode
    context: Context
    environment: tuple[str, ...]
    mounts: tuple[str, ...]
    """Mount paths."""
    includes: tuple[str, ...]
    """The named templates that its `env` and `volumeMounts` print."""


@dataclass(frozen=True)
class Workload:
    """A document with a pod spec; `index` counts these documents within the file, from 0."""

    index: int
    document: Document
    kind: str
    name: str
    pod: MappingNode
    pod_context: Context
    """The control blocks of the key that holds the pod spec, which its first field may not be under."""
    containers: tuple[Container, ...]
    volumes: tuple[str, ...]
    main: int | None
    """The position of the container that is the application itself, or None where that cannot be told."""
    includes: tuple[str, ...]
    """The named templates that its `volumes` print."""
    hook: bool
    """Whether Helm or Argo CD runs it apart from the sync: its Secret may not be there yet."""


def workloads(template: Template, chart_name: str) -> tuple[Workload, ...]:
    """Return the workloads of a template whose containers are spelled out; `{{ .Chart.Name }}` is `chart_name`."""
    found: list[Workload] = []
    for document in template.documents:
        key, pod = at(document.node, KINDS.get(document.kind or "", ()))
        listed = value(pod, "containers")
        if key is None or not isinstance(pod, MappingNode) or not isinstance(listed, SequenceNode):
            continue
        containers = tuple(_containers(template, listed, chart_name))
        if containers:
            name = _CHART_NAME.sub(chart_name, document.name)
            volumes = _names(template, pod, "volumes", "name")
            main = _main([container.name for container in containers], {chart_name, name})
            hook = bool(_HOOK.search(template.text, document.start, document.end))
            kind = document.kind or ""
            context = template.context(start(key))
            includes = _included(template, pod, "volumes")
            found.append(
                Workload(len(found), document, kind, name, pod, context, containers, volumes, main, includes, hook)
            )
    return tuple(found)


def _containers(template: Template, listed: SequenceNode, chart_name: str) -> Iterator[Container]:
    for number, node in enumerate(listed.value):
        if isinstance(node, MappingNode):
            place = dash(template, listed, number) if is_block(listed) else start(node)
            name = _CHART_NAME.sub(chart_name, template.scalar(value(node, "name")) or "")
            yield Container(
                name,
                node,
                template.context(place),
                _names(template, node, "env", "name"),
                _names(template, node, "volumeMounts", "mountPath"),
                _included(template, node, "env", "volumeMounts"),
            )


def _included(template: Template, owner: MappingNode, *keys: str) -> tuple[str, ...]:
    found = [
        included
        for key in keys
        for first, last in _extents(template, owner, key)
        for included in _INCLUDE.findall(template.text, first, last)
    ]
    return tuple(dict.fromkeys(found))


def _extents(template: Template, mapping: MappingNode, key: str) -> list[tuple[int, int]]:
    """Return where the text of a key's value stands: up to the next pair, or the next line that is less indented."""
    found = []
    pairs = mapping.value
    for number, (name, _) in enumerate(pairs):
        if name.value == key:
            following = start(pairs[number + 1][0]) if number + 1 < len(pairs) else None
            column = name.start_mark.column
            less = re.compile(rf"^(?=.{{0,{column}}}[^\s#\-{{])(?! {{{column + 1},}})", re.MULTILINE)
            match = less.search(template.masked, template.next_line(start(name)))
            found.append((end(name), following or (match.start() if match else len(template.text))))
    return found


def _names(template: Template, owner: MappingNode, key: str, field: str) -> tuple[str, ...]:
    """Return a field of the items of a list; one that stands in each branch of a condition counts in all of them."""
    lists = [node for name, node in owner.value if name.value == key and isinstance(node, SequenceNode)]
    names = [template.scalar(value(item, field)) for node in lists for item in node.value]
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _main(names: list[str], own: set[str]) -> int | None:
    """The only container; else the one named after the chart or the object; else the only one that is no helper's."""
    for pick in (
        list(range(len(names))),
        [number for number, name in enumerate(names) if name in own],
        [number for number, name in enumerate(names) if not _SIDECAR.search(name)],
    ):
        if len(pick) == 1:
            return pick[0]
    return None
