"""Where a new KafkaUser goes: an existing Sasquatch subchart, or a new one with all that it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.charts import Chart, Dependency, chart, enabled, value_at
from bot.phalanx.resources import KINDS, KafkaDocument, documents
from bot.phalanx.templates import template
from bot.planning.workspace import Workspace
from bot.roundtrip.readme import Row, add_rows, new_readme
from bot.roundtrip.splice import Splice
from bot.roundtrip.values import CannotEditValues, ValuesFile


class NoRoomForSubchart(UserError):
    """Both names that a new subchart could have are taken."""

    def __init__(self, names: Iterable[str], parent: str) -> None:
        super().__init__(
            f"{parent} has subcharts or values named {' and '.join(names)} already, and neither can hold the KafkaUser",
            "name another KafkaUser with user=",
        )


class ValuesProblem(UserError):
    """A values file that cannot take what the grant needs."""

    def __init__(self, path: str, error: UserError) -> None:
        super().__init__(f"{path}, {error.text}", error.hint)


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


def user_and_topics(files: Files, service: str, user: KafkaDocument) -> list[KafkaDocument] | None:
    """Return a user and the KafkaTopics of its subchart; None where that holds anything else, or is used twice."""
    path = user.chart.path
    parent = chart(files, f"applications/{service}")
    entries = [one for one in (parent.dependencies if parent else ()) if one.path == path]
    texts = files.below(f"{path}/templates", ".yaml", ".yml")
    found = [one for one in documents(files, service, *KINDS) if one.chart == user.chart]
    alone = len(found) == sum(len(template(files, text).documents) for text in texts) and not user.chart.dependencies
    own = all(one.kind == "KafkaTopic" or one is user for one in found)
    return found if len(entries) == 1 and alone and own else None


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
    key, default = "cluster.name", f'`"{cluster}"`'
    workspace.create(f"{place.path}/README.md", new_readme(name, description, [Row(key, "string", default, comment)]))
    entry = {"name": name, "condition": f"{name}.enabled", "version": "1.0.0"}
    edit_values(workspace, f"{parent}/Chart.yaml", lambda values: values.append(("dependencies",), entry))
    add_switch(workspace, parent, (name, "enabled"), f"Whether to enable the {name} subchart")
    turn_on(workspace, parent, (name, "enabled"), targets)
    add_rows_to(workspace, parent, [Row(f"{name}.{key}", "string", default, comment, subchart=True)])


def add_switch(workspace: Workspace, path: str, keys: tuple[str, ...], comment: str) -> None:
    """Add a boolean value to the chart at `path`, off by default, with its README row; one that is there stays."""

    def edit(values: ValuesFile) -> Sequence[Splice]:
        return () if values.layout.find(keys)[0] else values.put(keys, value=False, comment=comment)

    edit_values(workspace, f"{path}/values.yaml", edit)
    add_rows_to(workspace, path, [Row(".".join(keys), "bool", "`false`", comment)])


def turn_on(workspace: Workspace, path: str, keys: tuple[str, ...], environments: Iterable[str]) -> None:
    """Set a boolean value of the chart at `path` in environments."""
    for environment in sorted(environments):
        edit_values(workspace, f"{path}/values-{environment}.yaml", lambda values: values.put(keys, value=True))


def add_rows_to(workspace: Workspace, path: str, rows: list[Row]) -> None:
    """Add rows to the table of a chart's README, where it has one."""
    readme = workspace.text(f"{path}/README.md")
    if readme is not None:
        workspace.edit(f"{path}/README.md", add_rows(readme, rows))


def edit_values(workspace: Workspace, path: str, edit: Callable[[ValuesFile], Sequence[Splice]]) -> None:
    """Edit a values file, or begin it where there is none; raises ValuesProblem that names the file."""
    text = workspace.text(path)
    if text is None:
        workspace.create(path, "")
    try:
        splices = edit(ValuesFile(text or ""))
    except CannotEditValues as error:
        raise ValuesProblem(path, error) from error
    workspace.edit(path, splices)
