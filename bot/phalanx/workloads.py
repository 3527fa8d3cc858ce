"""Workloads of an application, wherever their templates live."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.checkout.files import Files
from bot.phalanx.charts import Chart, Dependency, chart
from bot.phalanx.names import is_static, resolved
from bot.phalanx.templates import kind_line, template
from bot.roundtrip.template import Template
from bot.roundtrip.workloads import KINDS, Workload, workloads

_WORKLOAD = kind_line("|".join(KINDS))


@dataclass(frozen=True, slots=True)
class FoundWorkload:
    """A workload with its template. `aliases` are the names under which the application renders its chart.

    `aliases` is empty for the application's own templates.
    """

    file: str
    chart: Chart
    aliases: tuple[str, ...]
    shared: bool
    """Whether the chart serves other applications too (it lives in the repository's `charts/`)."""
    template: Template
    workload: Workload

    @property
    def name(self) -> str:
        """The object's name; directives that only rendering can answer stay in it."""
        return resolved(self.workload.name, self.chart.name)

    @property
    def label(self) -> str:
        """How people name it: `deployment/myapp`; by its file where only rendering tells the name."""
        name = self.name if is_static(self.name) else self.file.rpartition("/")[2].removesuffix(".yaml")
        return f"{self.workload.kind.lower()}/{name}"


def application_workloads(files: Files, application: str) -> Iterator[FoundWorkload]:
    """Yield an application's workloads: its own templates, then local subcharts, then shared charts."""
    top = chart(files, f"applications/{application}")
    if top is None:
        return
    yield from _in_chart(files, top, ())
    for path, dependencies in _by_path(top.dependencies).items():
        inner = chart(files, path)
        if inner is not None:
            yield from _in_chart(files, inner, tuple(dependency.alias for dependency in dependencies))


def _by_path(dependencies: tuple[Dependency, ...]) -> dict[str, list[Dependency]]:
    found: dict[str, list[Dependency]] = {}
    for dependency in sorted(dependencies, key=lambda one: (one.path or "").startswith("charts/")):
        if dependency.path is not None:
            found.setdefault(dependency.path, []).append(dependency)
    return found


def _in_chart(files: Files, owner: Chart, aliases: tuple[str, ...]) -> Iterator[FoundWorkload]:
    for path in files.below(f"{owner.path}/templates", ".yaml", ".yml"):
        text = files.text(path) or ""
        if _WORKLOAD.search(text):
            read = template(files, path)
            for workload in workloads(read, owner.name):
                yield FoundWorkload(path, owner, aliases, owner.shared, read, workload)


def definitions(files: Files, owner: Chart) -> dict[str, str]:
    """Return the bodies of the chart's named templates (`define`), by name."""
    found = {}
    for path in files.below(f"{owner.path}/templates", ".tpl", ".yaml", ".yml"):
        text = files.text(path) or ""
        for match in re.finditer(r"\{\{-?\s*define\s+\"([^\"]+)\"\s*-?\}\}", text):
            following = re.search(r"\{\{-?\s*define\s+\"", text[match.end() :])
            found[match.group(1)] = text[match.end() : match.end() + following.start() if following else len(text)]
    return found
