"""Where a new KafkaUser goes: an existing Sasquatch subchart, or a new one with all that it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.charts import Chart, Dependency, enabled, value_at
from bot.phalanx.resources import documents
from bot.planning.workspace import Workspace
from bot.roundtrip.readme import Row, add_rows, new_readme


class NoRoomForSubchart(UserError):
    """Both names that a new subchart could have are taken."""

    def __init__(self, names: Iterable[str], parent: str) -> None:
        super().__init__(
            f"{parent} has subcharts or values named {' and '.join(names)} already, and neither can hold the KafkaUser",
            "name another KafkaUser with user=",
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A subchart of the Kafka service's chart that holds, or is to hold, the user."""

    parent: str
    """The service's application (`sasquatch`)."""
    name: str
    path: str
    exists: bool
    many: bool
    """Whether it holds users of several applications, so that files are named after the application."""


def existing_place(
    files: Files, parent: Chart, name: str, targets: frozenset[str], where: frozenset[str]
) -> Place | None:
    """Return a subchart as a place if it is rendered in every target and nowhere else that enables the parent."""
    found = _dependency(parent, name)
    if found is None or found.path is None:
        return None
    rendered = {environment for environment in where if enabled(files, parent.path, found, environment)}
    if rendered != targets:
        return None
    return Place(parent.name, name, found.path, exists=True, many=True)


def new_place(files: Files, parent: Chart, names: Iterable[str]) -> Place:
    """Return the place of a new subchart under the first of `names` that nothing in the parent uses yet."""
    candidates = list(dict.fromkeys(names))
    for name in candidates:
        taken = _dependency(parent, name) is not None or files.names(f"{parent.path}/charts/{name}")
        if not taken and value_at(files, parent.path, name, "") is None:
            return Place(parent.name, name, f"{parent.path}/charts/{name}", exists=False, many=False)
    raise NoRoomForSubchart(candidates, parent.name)


def _dependency(parent: Chart, name: str) -> Dependency | None:
    return next((one for one in parent.dependencies if name in (one.name, one.alias)), None)


def api_version(files: Files, service: str, kind: str, default: str, near: str) -> str:
    """Return the apiVersion that documents of this kind have in subchart `near`, else in the whole service chart."""
    found = [(one.chart.path == near, one.document.api_version) for one in documents(files, service, kind)]
    for pick in ([version for close, version in found if close], [version for _, version in found]):
        counted = Counter(version for version in pick if version)
        if counted:
            return counted.most_common(1)[0][0]
    return default


def create(workspace: Workspace, place: Place, cluster: str, targets: Iterable[str]) -> None:
    """Write a subchart's own files, its entry in the parent, and the switch: off by default, on in the targets."""
    name, parent = place.name, f"applications/{place.parent}"
    description = f"Kafka users and topics of {name}."
    comment = "Name of the Strimzi Kafka cluster; keep it equal to the one of the parent chart"
    workspace.create(
        f"{place.path}/Chart.yaml",
        f"apiVersion: v2\nname: {name}\nversion: 1.0.0\ndescription: {description}\ntype: application\n",
    )
    workspace.create(f"{place.path}/values.yaml", f"cluster:\n  # -- {comment}\n  name: {cluster}\n")
    row = Row("cluster.name", "string", f'`"{cluster}"`', comment)
    workspace.create(f"{place.path}/README.md", new_readme(name, description, [row]))
    entry = {"name": name, "condition": f"{name}.enabled", "version": "1.0.0"}
    edit_values(workspace, f"{parent}/Chart.yaml", lambda values: values.append(("dependencies",), entry))
    switch = f"Whether to enable the {name} subchart"
    add_switch(workspace, parent, (name, "enabled"), switch, targets)
    add_readme_rows(workspace, parent, [Row(f"{name}.cluster.name", "string", f'`"{cluster}"`', comment, subchart=True)])


def add_switch(
    workspace: Workspace,
    path: str,
    keys: tuple[str, ...],
    comment: str,
    targets: Iterable[str],
    scope: tuple[str, ...] = (),
) -> None:
    """Add a boolean value to the chart at `path`, off by default, with its README row."""
    edit_values(workspace, f"{path}/values.yaml", lambda values: values.put(keys, value=False, comment=comment))
    add_readme_rows(workspace, path, [Row(".".join(keys), "bool", "`false`", comment)])


def add_readme_rows(workspace: Workspace, path: str, rows: list[Row]) -> None:
    readme = workspace.text(f"{path}/README.md")
    if readme is not None:
        workspace.edit(f"{path}/README.md", add_rows(readme, rows))
