"""The application's side of metrics: the switch with the values beside it, and the variables that tell of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from bot.errors import UserError
from bot.phalanx.charts import value_at
from bot.phalanx.workloads import application_workloads
from bot.planning.connected import Connected
from bot.planning.guards import check_schema, printing_all_values, scopes
from bot.planning.selection import Client, present
from bot.planning.sketch import Sketch
from bot.planning.subchart import add_rows_to, edit_values
from bot.planning.unwiring import asking_for, drop_value
from bot.policy.metrics import Metrics
from bot.proof.model import ChangedValue
from bot.roundtrip.emit import Documented, Verbatim
from bot.roundtrip.readme import Row
from bot.roundtrip.removal import Named
from bot.roundtrip.template import Template, start, value
from bot.roundtrip.workloads import KINDS


class SwitchTaken(UserError):
    """The chart has values where those about metrics belong, and no switch among them."""

    def __init__(self, path: str, root: str, switch: str) -> None:
        super().__init__(
            f"{path}/values.yaml has {root} already, without {switch}, so it means something else",
            f"rename it, or add {switch} there by hand if it is about metrics",
        )


def put_settings(sketch: Sketch, path: str, aliases: Sequence[str], name: str) -> None:
    """Give a chart the switch and the values beside it, documented, unless it has the switch; raises SwitchTaken."""
    files, metrics, switch = sketch.files, sketch.rules.metrics, sketch.switch or ""
    root = switch.rpartition(".")[0]
    if value_at(files, path, switch, "") is not None:
        return
    if value_at(files, path, root, "") is not None:
        raise SwitchTaken(path, root, switch)
    check_schema(files, (path, sketch.path), switch)
    block = _block(metrics, name)
    edit_values(sketch.workspace, f"{path}/values.yaml", lambda values: values.put(root.split("."), block))
    _print_settings(sketch, path, aliases)
    add_rows_to(sketch.workspace, path, [*_rows(metrics, name, root)])
    readme = sketch.workspace.text(f"{sketch.path}/README.md") or ""
    for alias in (alias for alias in aliases if f"| {alias}." in readme):
        add_rows_to(sketch.workspace, sketch.path, [*_rows(metrics, name, f"{alias}.{root}", subchart=True)])


def _print_settings(sketch: Sketch, path: str, aliases: Sequence[str]) -> None:
    """Announce new values where templates print all that is round them, or doubt them where that is not meant."""
    switch = sketch.switch or ""
    root = tuple(switch.split(".")[:-1])
    found = list(printing_all_values(sketch.files, (path, sketch.path), switch))
    if sketch.targets.guard:
        sketch.doubts |= {one.text: one for one in found}
        return
    files = sketch.workspace.overlaid()
    for name in sorted(sketch.targets.wanted) if found else ():
        for scope in scopes(aliases):
            own = value_at(files, path, ".".join(root), "") or {}
            above = value_at(files, sketch.path, ".".join((*scope, *root)), name) or {}
            value = {**own, **above, switch.rpartition(".")[2]: True}
            sketch.changed_values.append(ChangedValue(sketch.application, frozenset({name}), (*scope, *root), value))
    sketch.notes += [
        f"{one.path} prints all of {one.below or 'the values'}, and with it {'.'.join(root)}: the release that runs "
        "has to know it"
        for one in found
    ]


def _block(metrics: Metrics, name: str) -> Mapping[str, Any]:
    block: dict[str, Any] = {}
    for one in metrics.settings:
        *above, last = one.key.split(".")
        owner = block
        for key in above:
            owner = owner.setdefault(key, {})
        owner[last] = Documented(_value(one.value, name), one.comment, one.default)
    return block


def _value(value: bool | str, name: str) -> bool | str:
    return value.format(application=name) if isinstance(value, str) else value


def _rows(metrics: Metrics, name: str, root: str, *, subchart: bool = False) -> Iterator[Row]:
    for one in metrics.settings:
        value = _value(one.value, name)
        kind = "bool" if isinstance(value, bool) else "string"
        yield Row(f"{root}.{one.key}", kind, one.default or f"`{json.dumps(value)}`", one.comment, subchart)


def announce_switch(sketch: Sketch, made: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Say in which targets a switch that the chart has turns on; `made` are the objects that it makes, by environment.

    A switch that is new needs no announcement: no template of before asks for it.
    """
    switch = sketch.switch or ""
    if value_at(sketch.files, sketch.path, switch, "") is None:
        return
    for name in sorted(sketch.targets.wanted):
        said = value_at(sketch.files, sketch.path, switch, name)
        if said is not True:
            keys = tuple(switch.split("."))
            objects = tuple(made.get(name, ()))
            sketch.changed_values.append(ChangedValue(sketch.application, frozenset({name}), keys, True, objects))


def told_by(sketch: Sketch) -> Iterator[Connected]:
    """Yield the containers that are told of metrics under the switch, as a grant does it, with those variables."""
    names = {one.name for one in sketch.rules.metrics.variables}
    asked = re.compile(rf"(?:else if )?\$?\.Values\.{re.escape(sketch.switch or '')}")
    for found in application_workloads(sketch.files, sketch.application):
        for number, container in enumerate(found.workload.containers):
            said: dict[bool, set[str]] = {True: set(), False: set()}
            for name, place in _variables(found.template, container.node):
                said[any(asked.fullmatch(one) for one in found.template.conditions_at(place))].add(name)
            if told := (said[True] - said[False]) & names:
                yield Connected(found, number, Named(frozenset(told)))


def _variables(template: Template, container: Node) -> Iterator[tuple[str, int]]:
    """Yield the name and the place of each of a container's variables, those of every branch of a condition."""
    pairs = container.value if isinstance(container, MappingNode) else []
    for node in [item for key, item in pairs if key.value == "env" and isinstance(item, SequenceNode)]:
        for item in node.value:
            yield template.scalar(value(item, "name")) or "", start(item)


def drop_settings(sketch: Sketch, charts: Mapping[str, Sequence[str]]) -> None:
    """Take the switch and the values beside it out of charts (aliases by path), unless something reads them."""
    switch = sketch.switch or ""
    root = switch.rpartition(".")[0] or switch
    for path, aliases in charts.items():
        if value_at(sketch.files, path, root, "") is None:
            continue
        printing = (one.path for one in printing_all_values(sketch.files, (path, sketch.path), switch))
        if reader := asking_for(sketch, path, root) or next(printing, ""):
            sketch.notes.append(f"{root} stays in {path}/values.yaml, off, as {reader} reads it")
        else:
            drop_value(sketch, path, aliases, tuple(root.split(".")))


def told(sketch: Sketch, client: Client) -> tuple[Mapping[str, Any], ...]:
    """Return the variables that tell a container of the settings; none where it is told of the first already.

    The others may be there for other reasons: what is published otherwise needs the schema registry too.
    """
    variables = sketch.rules.metrics.variables
    root = (sketch.switch or "").rpartition(".")[0]
    there = present(sketch.files, client.found, client.target, [one.name for one in variables])
    if variables[0].name in there or _said_elsewhere(sketch, client, root):
        return ()
    return tuple(
        {"name": one.name, "value": one.value}
        if one.setting is None
        else {"name": one.name, "value": Verbatim(f"{{{{ $.Values.{root}.{one.setting} | quote }}}}")}
        for one in variables
        if one.name not in there
    )


def _said_elsewhere(sketch: Sketch, client: Client, root: str) -> bool:
    """Whether something else than a workload of the chart prints the settings, or all that is round them."""
    files, path = sketch.files, client.found.chart.path
    for one in printing_all_values(files, (path,), sketch.switch or ""):
        line = (files.text(one.path) or "").splitlines()[one.line - 1]
        if one.below and "sum" not in line:  # a checksum tells nobody anything
            return True
    settings = [f".Values.{root}.{one.setting}" for one in sketch.rules.metrics.variables if one.setting]
    for file in files.below(f"{path}/templates", ".yaml", ".yml"):
        text = files.text(file) or ""
        workload = any(f"kind: {kind}\n" in text for kind in KINDS)
        if not workload and any(setting in text for setting in settings):
            return True
    return False
