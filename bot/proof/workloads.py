"""Whether a rendered workload gained exactly the entries that were announced."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.proof.model import UnwiredWorkload, WiredWorkload
from bot.proof.objects import Rendered

_SECRETS = frozenset({"secret", "secretKeyRef", "secretRef"})
"""Where a pod names a Secret: its volumes, also projected ones, and its variables."""
_POD = ("spec", "template", "spec")
POD_SPECS = dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"), _POD) | {
    "CronJob": ("spec", "jobTemplate", *_POD),
    "Pod": ("spec",),
}
"""Where each kind keeps its pod spec. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/"""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A name as a template has it: what directives print may be anything."""

    text: str

    def matches(self, name: str) -> bool:
        """Whether rendering the template could have given this name."""
        parts = re.split(r"\{\{.*?\}\}", self.text)
        return re.fullmatch(".*".join(map(re.escape, parts)), name) is not None

    @property
    def letters(self) -> int:
        """How many characters of the name are certain."""
        return len(re.sub(r"\{\{.*?\}\}", "", self.text))


@dataclass(frozen=True, slots=True)
class Origin:
    """A workload document of a template that is to be wired, or that stands beside one that is."""

    sources: frozenset[str]
    """The template's path as Helm prints it; several where the chart is rendered under aliases."""
    kind: str
    name: Pattern
    containers: tuple[Pattern, ...]
    wired: tuple[WiredWorkload, ...]
    unwired: tuple[UnwiredWorkload, ...] = ()

    @property
    def announced(self) -> tuple[WiredWorkload | UnwiredWorkload, ...]:
        """All that is to happen to it."""
        return (*self.wired, *self.unwired)


def origin_of(document: Rendered, origins: Sequence[Origin]) -> Origin | None:
    """Return the template document that a rendered workload comes from: the one whose name fits it most closely."""
    name = str(document.metadata.get("name", ""))
    fitting = [
        origin
        for origin in origins
        if document.source in origin.sources and document.kind == origin.kind and origin.name.matches(name)
    ]
    return max(fitting, key=lambda origin: origin.name.letters, default=None)


def gains(before: Rendered, after: Rendered, origin: Origin) -> Iterator[str]:
    """Yield a sentence for everything in which a workload differs from its old self with the entries added."""
    old: Any = before.data
    new: Any = copy.deepcopy(after.data)
    for wired in origin.wired:
        pods = _pod(old, origin.kind), _pod(new, origin.kind)
        number = _container(pods[0], origin, wired.container)
        containers = [_at(pod, number) for pod in pods]
        if not all(isinstance(one, dict) for one in containers):
            yield "has no such container"
            return
        for owners, key, name, entries in (
            (containers, "env", "name", wired.env),
            (containers, "volumeMounts", "mountPath", wired.mounts),
            (pods, "volumes", "name", wired.volumes),
        ):
            problem = _take_back(owners[0], owners[1], key, name, entries)
            if problem:
                yield problem
    if new != old:
        yield f"differs in {where(old, new)} too"


def loses(before: Rendered, after: Rendered, origin: Origin) -> Iterator[str]:
    """Yield a sentence for everything in which a workload differs from its old self without the entries."""
    taken = tuple(_as_they_were(before, origin, one) for one in origin.unwired)
    for text in gains(after, before, replace(origin, wired=taken, unwired=())):
        yield f"is not what it was without what goes: put back, it {text}"


def keeps(document: Rendered, origin: Origin) -> Iterator[str]:
    """Yield a sentence for each entry that was to go and is still there."""
    for one in origin.unwired:
        left = _as_they_were(document, origin, one)
        for entries, field in ((left.env, "name"), (left.mounts, "mountPath"), (left.volumes, "name")):
            yield from (f"still has {entry[field]}" for entry in entries)


def _as_they_were(document: Rendered, origin: Origin, one: UnwiredWorkload) -> WiredWorkload:
    """Return the entries of these names as the rendered workload has them."""
    pod = _pod(document.data, origin.kind)
    container = _at(pod, _container(pod, origin, one.container))

    def named(owner: Any, key: str, field: str, names: Sequence[str]) -> tuple[Mapping[str, Any], ...]:  # noqa: ANN401
        listed = owner.get(key) if isinstance(owner, Mapping) else None
        return tuple(entry for entry in listed or () if isinstance(entry, Mapping) and entry.get(field) in names)

    return WiredWorkload(
        one.application, one.environments, one.source, one.kind, one.index, one.container,
        named(container, "env", "name", one.env),
        named(container, "volumeMounts", "mountPath", one.mounts),
        named(pod, "volumes", "name", one.volumes),
    )  # fmt: skip


def used_secrets(data: Any) -> frozenset[str]:  # noqa: ANN401 - what was rendered is what it is
    """Return the Secrets that a rendered workload mounts or takes variables from, wherever in it."""
    found: set[str] = set()
    if isinstance(data, Mapping):
        for key, item in data.items():
            if key in _SECRETS and isinstance(item, Mapping):
                found.add(str(item.get("secretName") or item.get("name")))
            found |= used_secrets(item)
    elif isinstance(data, list):
        found = {name for item in data for name in used_secrets(item)}
    return frozenset(found)


def _pod(data: Any, kind: str) -> Any:  # noqa: ANN401 - what was rendered is what it is
    for key in POD_SPECS[kind]:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def _container(pod: Any, origin: Origin, position: int) -> int | None:  # noqa: ANN401
    """Find a container by its name in the template; by its position where no name or several fit."""
    listed = pod.get("containers") if isinstance(pod, Mapping) else None
    if not isinstance(listed, list):
        return None
    pattern = origin.containers[position]
    fitting = [number for number, one in enumerate(listed) if pattern.matches(str(one.get("name", "")))]
    if len(fitting) == 1:
        return fitting[0]
    return position if position < len(listed) else None


def _at(pod: Any, number: int | None) -> Any:  # noqa: ANN401
    listed = pod.get("containers") if isinstance(pod, Mapping) else None
    return listed[number] if isinstance(listed, list) and number is not None and number < len(listed) else None


def _take_back(
    old: Mapping[str, Any], new: dict[str, Any], key: str, name: str, entries: Sequence[Mapping[str, Any]]
) -> str:
    """Remove the entries from `new`, and say what is wrong with them if anything is; `old` tells what must remain."""
    listed = new.get(key)
    if listed is None and old.get(key) is None:
        # A key without a value is to Kubernetes as one that is not there.
        new.pop(key, None)
        new |= {key: None} if key in old else {}
    if not entries:
        return ""
    if not isinstance(listed, list):
        return f"has no list {key}"
    for entry in entries:
        if listed.count(entry) != 1:
            return f"does not have {entry[name]} just once in {key}, as announced"
        if sum(isinstance(one, Mapping) and one.get(name) == entry[name] for one in listed) != 1:
            return f"has two entries {entry[name]} in {key}"
    rest = [one for one in listed if one not in entries]
    if rest != (old.get(key) or []):
        return f"lost or changed entries of {key}"
    if key in old:
        new[key] = old[key]
    else:
        del new[key]
    return ""


def where(old: Any, new: Any, path: str = "") -> str:  # noqa: ANN401
    """Return the dotted path of the first difference of two values."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            if key not in old or key not in new or old[key] != new[key]:
                return where(old.get(key), new.get(key), f"{path}.{key}".lstrip("."))
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            if one != other:
                return where(one, other, f"{path}[{number}]")
    return path or "everything"
