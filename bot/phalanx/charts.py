"""Charts: metadata, local and remote dependencies, and the values of an environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot import yaml
from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.environments import NotYamlFile

_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*\w)?")


class BadDependency(UserError):
    """A dependency whose name is none: it becomes a folder, so a path in it could lead anywhere."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} has a dependency whose name or alias is no name", "mend it on the main branch first")


@dataclass(frozen=True, slots=True)
class Dependency:
    """One entry of a chart's `dependencies`; `path` is the local chart's folder, or None for a remote one."""

    name: str
    alias: str
    condition: str
    path: str | None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart folder with its dependencies, those that merely lie in `charts/` included, as Helm loads them."""

    path: str
    name: str
    dependencies: tuple[Dependency, ...]

    @property
    def shared(self) -> bool:
        """Whether it stands where the charts are that several applications use."""
        return self.path.startswith("charts/")


def chart(files: Files, path: str) -> Chart | None:
    """Return the chart in folder `path`, or None where there is no Chart.yaml."""
    return files.once(("chart", path), lambda: _chart(files, path))


def _chart(files: Files, path: str) -> Chart | None:
    data = _load(files, f"{path}/Chart.yaml")
    if data is None:
        return None
    entries = data.get("dependencies") or []
    found = [_dependency(files, path, entry) for entry in entries if isinstance(entry, Mapping)]
    declared = {dependency.name for dependency in found}
    found.extend(
        Dependency(name, name, "", f"{path}/charts/{name}")
        for name in files.names(f"{path}/charts")
        if name not in declared and "Chart.yaml" in files.names(f"{path}/charts/{name}")
    )
    return Chart(path, str(data.get("name") or path.rpartition("/")[2]), tuple(found))


def _dependency(files: Files, path: str, entry: Mapping[str, Any]) -> Dependency:
    """Helm's own rule: a chart in `charts/` serves a dependency of its name; `file://` is relative to the chart."""
    name, repository = str(entry.get("name", "")), str(entry.get("repository", ""))
    if not (_NAME.fullmatch(name) and _NAME.fullmatch(str(entry.get("alias") or name))):
        raise BadDependency(f"{path}/Chart.yaml")
    local: str | None = None
    if repository.startswith("file://"):
        local = _relative(path, repository.removeprefix("file://"))
    elif not repository and "Chart.yaml" in files.names(f"{path}/charts/{name}"):
        local = f"{path}/charts/{name}"
    alias, condition, version = (str(entry.get(key) or "") for key in ("alias", "condition", "version"))
    return Dependency(name, alias or name, condition, local, version)


def _relative(path: str, other: str) -> str | None:
    parts = path.split("/")
    for part in other.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def enabled(files: Files, parent: str, dependency: Dependency, environment: str) -> bool:
    """Whether a dependency is rendered in an environment: the first path of its condition that holds a boolean decides.

    https://helm.sh/docs/topics/charts/#tags-and-condition-fields-in-dependencies
    """
    for path in filter(None, dependency.condition.split(",")):
        value = value_at(files, parent, path.strip(), environment)
        if isinstance(value, bool):
            return value
    return True


def value_at(files: Files, path: str, dotted: str, environment: str) -> Any:  # noqa: ANN401 - values are what they are
    """Return a chart's value in an environment (its values file over values.yaml), or None where it is not set."""
    merged: Any = None
    for name in ("values.yaml", f"values-{environment}.yaml"):
        found = _top_level(files, f"{path}/{name}", dotted.partition(".")[0])
        for key in dotted.split(".")[1:]:
            found = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(merged, Mapping) and isinstance(found, Mapping):
            merged = _merge(merged, found)
        elif found is not None:
            merged = found
    return merged


def own_values(files: Files, path: str) -> Mapping[str, Any]:
    """Return all of a chart's own values; raises NotYamlFile."""
    return files.once(("values", path), lambda: _load(files, f"{path}/values.yaml") or {})


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _top_level(files: Files, path: str, key: str) -> Any:  # noqa: ANN401
    """Return one top-level value of a values file.

    Values files are long and one key is wanted, so only its own lines are parsed; where these do not stand alone
    (anchors of other parts), the whole file is.
    """
    return files.once(("value", path, key), lambda: _find_top_level(files, path, key))


def _find_top_level(files: Files, path: str, key: str) -> Any:  # noqa: ANN401
    text = files.text(path)
    if text is None or not re.search(rf"^(?:[\"']?{re.escape(key)}[\"']?\s*:|\{{|<<|\?)", text, re.MULTILINE):
        return None
    block = re.search(rf"^{re.escape(key)}:.*(?:\n(?:[ \-#\r].*)?)*", text, re.MULTILINE)
    if block is not None:
        try:
            return (yaml.load(block.group(0)) or {}).get(key)
        except (yaml.NotYaml, AttributeError):
            pass
    data = _load(files, path)
    return None if data is None else data.get(key)


def _load(files: Files, path: str) -> dict[str, Any] | None:
    text = files.text(path)
    if text is None:
        return None
    try:
        data = yaml.load(text)
    except yaml.NotYaml as exc:
        raise NotYamlFile(path, exc) from exc
    return data if isinstance(data, dict) else {}
