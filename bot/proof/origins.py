"""Where the workloads of an application come from: template documents, under the names that Helm prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.checkout.files import Files
from bot.phalanx.charts import chart
from bot.phalanx.workloads import FoundWorkload, application_workloads
from bot.proof.model import MigratedTemplate, UnwiredWorkload, WiredWorkload
from bot.proof.workloads import POD_SPECS, Origin, Pattern

Wiring = WiredWorkload | UnwiredWorkload


def sources_of(files: Files, application: str, path: str) -> frozenset[str]:
    """Return the names under which Helm prints a template of an application's charts."""
    names = dict(printed_names(files, f"applications/{application}"))
    owner = max((one for one in names if path.startswith(f"{one}/templates/")), key=len, default=None)
    return frozenset(f"{name}{path.removeprefix(owner)}" for name in names[owner]) if owner else frozenset()


def sources_of_all(files: Files, templates: Iterable[MigratedTemplate]) -> frozenset[str]:
    """Return the names under which Helm prints any of these templates."""
    return frozenset[str]().union(*(sources_of(files, one.application, one.source) for one in templates))


def origins(files: Files, application: str, wired: Iterable[Wiring]) -> tuple[Origin, ...]:
    """Return every workload document of the templates in which something is to be wired or unwired."""
    asked = [one for one in wired if one.application == application]
    if not asked:
        return ()
    names = dict(printed_names(files, f"applications/{application}"))
    return tuple(
        _origin(found, names, [one for one in asked if one.source == found.file and one.index == found.workload.index])
        for found in application_workloads(files, application)
        if any(one.source == found.file for one in asked)
    )


def _origin(found: FoundWorkload, names: Mapping[str, frozenset[str]], wired: list[Wiring]) -> Origin:
    inside = found.file.removeprefix(f"{found.chart.path}/")
    sources = frozenset(f"{name}/{inside}" for name in names[found.chart.path])
    data: Any = found.template.data(found.workload.document)
    name = Pattern(found.workload.document.name)
    for key in POD_SPECS[found.workload.kind]:
        data = data.get(key, {})
    containers = tuple(
        Pattern(str(one.get("name") or "")) for one in data.get("containers", ()) if isinstance(one, dict)
    )
    gaining = tuple(one for one in wired if isinstance(one, WiredWorkload))
    losing = tuple(one for one in wired if isinstance(one, UnwiredWorkload))
    return Origin(sources, found.workload.kind, name, containers, gaining, losing)


def printed_names(
    files: Files, path: str, printed: frozenset[str] | None = None
) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each chart's folder with the names under which Helm prints its templates: aliases, not names."""
    found = chart(files, path)
    if found is None:
        return
    here = printed or frozenset({found.name})
    yield path, here
    for local in dict.fromkeys(one.path for one in found.dependencies if one.path):
        aliases = {one.alias for one in found.dependencies if one.path == local}
        yield from printed_names(
            files, local, frozenset(f"{name}/charts/{alias}" for name in here for alias in aliases)
        )


def is_edited(source: str, paths: Iterable[str]) -> bool:
    """Whether a template, or a named one that it may include, is among the changed files."""
    return any(path == source or "/templates/_" in path for path in paths)
