"""The Kafka service's side of metrics: the list of applications that publish, and what its subchart makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot import yaml
from bot.checkout.files import Files
from bot.commands.model import Command
from bot.errors import UserError
from bot.kafka.acl import Acl
from bot.kafka.spec import from_spec
from bot.phalanx.charts import Dependency, chart, enabled, value_at
from bot.phalanx.resources import KafkaDocument, documents
from bot.phalanx.unknown import listed
from bot.planning.sketch import Sketch
from bot.planning.subchart import edit_values
from bot.planning.targets import NowhereEligible, Targets
from bot.policy.rules import Rules
from bot.proof.model import ChangedValue
from bot.roundtrip.splice import Splice
from bot.roundtrip.values import ValuesFile
from bot.roundtrip.values_order import add_name, place_of

_LOOP = re.compile(r"range\s+(?:(?:\$\w+\s*,\s*)?(?P<name>\$\w+)\s*:=\s*)?\$?\.Values\.(?P<list>[\w.-]+)")
_END = re.compile(r"^\s*\{\{-?\s*end\s*-?\}\}\s*$", re.MULTILINE)
_VALUE = r"\{\{-?\s*\$?\.Values\.(?P<value>[\w.-]+)(?P<quote>\s*\|\s*quote)?\s*-?\}\}"


class NoMetrics(UserError):
    """The Kafka service has no subchart for metrics."""

    def __init__(self, service: str, subchart: str) -> None:
        super().__init__(
            f"{service} has no subchart {subchart}, which takes metrics", "check metrics.yaml of the rules"
        )


class LacksMetrics(UserError):
    """A wanted environment does not take metrics."""

    def __init__(self, subchart: str, lacking: Mapping[str, Sequence[str]], service: str) -> None:
        lines = "; ".join(
            f"in applications/{service}/values-{name}.yaml {', '.join(values)}" for name, values in lacking.items()
        )
        super().__init__(
            f"{subchart} is not enabled in {listed(lacking)}, so nothing there would take the metrics; to enable it, "
            f"set {lines}",
            "leave that out of env=, or have it enabled in a pull request of its own first",
        )


class MadeInAnotherWay(UserError):
    """The templates do more with the list than can be told without rendering."""

    def __init__(self, file: str, what: str) -> None:
        super().__init__(f"{file} {what}", "check metrics.yaml of the rules against that template")


class NoTags(UserError):
    """`tags=`, and the subchart knows of none."""

    def __init__(self, path: str, key: str) -> None:
        super().__init__(f"{path} has no value {key} for tags", "leave tags= out")


def metrics_subchart(files: Files, rules: Rules) -> Dependency:
    """Return the subchart of the Kafka service that takes metrics; raises NoMetrics."""
    service, name = rules.cluster.application, rules.metrics.subchart
    parent = chart(files, f"applications/{service}")
    for one in parent.dependencies if parent else ():
        if one.name == name and one.path is not None:
            return one
    raise NoMetrics(service, name)


def publishing(files: Files, rules: Rules, command: Command, targets: Targets, subchart: Dependency) -> Targets:
    """Leave out the targets that do not take metrics; raises LacksMetrics for those that `env=` names."""
    parent = f"applications/{rules.cluster.application}"
    off = frozenset(name for name in targets.wanted if not enabled(files, parent, subchart, name))
    named = sorted(off & set(command.environments))
    if named:
        lacking = {name: [*_lacking(files, rules, parent, subchart, name)] for name in named}
        raise LacksMetrics(subchart.name, lacking, rules.cluster.application)
    notes = tuple(
        replace(note, state="not eligible", reason=f"{subchart.name} not enabled") if note.name in off else note
        for note in targets.notes
    )
    wanted = targets.wanted - off
    if not wanted:
        raise NowhereEligible(command.application or "", notes, "name the environment with env= to see what it lacks")
    return replace(targets, wanted=wanted, notes=notes, enabling=targets.enabling - off)


def _lacking(files: Files, rules: Rules, parent: str, subchart: Dependency, environment: str) -> Iterator[str]:
    """Yield the values that would have to be set in an environment."""
    yield f"`{subchart.condition or subchart.alias}: true`"
    for group in rules.metrics.needs:
        if not any(value_at(files, parent, one, environment) for one in group):
            yield " or ".join(f"`{one}`" for one in group)


def names_in(files: Files, rules: Rules, subchart: Dependency, environment: str) -> list[str]:
    """Return the names on the list in an environment."""
    dotted = rules.metrics.list
    found = value_at(files, f"applications/{rules.cluster.application}", dotted, environment)
    if found is None:
        found = value_at(files, subchart.path or "", dotted.partition(".")[2], "")
    return [str(name) for name in found] if isinstance(found, list) else []


def name_of(files: Files, rules: Rules, application: str, subchart: Dependency, service: Iterable[str]) -> str:
    """Return the application's name on the list: as it stands there in some environment, else as the rules have it."""
    for environment in sorted(service):
        for name in names_in(files, rules, subchart, environment):
            if name.replace("-", "") == application.replace("-", ""):
                return name
    return rules.metrics.listed(application)


def put_on_list(sketch: Sketch, subchart: Dependency, name: str) -> None:
    """Put the application on the list of every target, in the order that it has there."""
    files, rules = sketch.files, sketch.rules
    keys = tuple(rules.metrics.list.split("."))
    added = []
    for environment in sorted(sketch.targets.wanted):
        names = names_in(files, rules, subchart, environment)
        if name in names:
            continue
        number = place_of(names, name)
        objects = made(files, rules, subchart, name, environment)
        value = [*names[:number], name, *names[number:]]
        sketch.changed_values.append(
            ChangedValue(sketch.service, frozenset({environment}), keys, value, tuple(data for _, data in objects))
        )
        _add(sketch, environment, keys, name, names)
        added.append(environment)
        for file, data in objects if len(added) == 1 else ():
            sketch.record(data["kind"], data["metadata"]["name"], rules.cluster.namespace, file, "create")
    if added:
        sketch.notes.append(
            f"{name} goes on {rules.metrics.list} in {listed(added)}: {subchart.name} makes its KafkaUser and "
            "KafkaTopic, and has Telegraf take what is published"
        )


def _add(sketch: Sketch, environment: str, keys: tuple[str, ...], name: str, names: Sequence[str]) -> None:
    def edit(values: ValuesFile) -> tuple[Splice, ...]:
        return add_name(values, keys, name, names)

    edit_values(sketch.workspace, f"applications/{sketch.service}/values-{environment}.yaml", edit)


def put_tags(sketch: Sketch, subchart: Dependency, name: str, service: frozenset[str]) -> None:
    """Add the tags that the command names and that the application does not have; raises NoTags.

    They hold in every environment that has it on the list; `service` are those that run the Kafka service.
    """
    files, rules = sketch.files, sketch.rules
    path, keys = f"{subchart.path}/values.yaml", tuple(rules.metrics.tags.format(application=name).split("."))
    known = [str(tag) for tag in value_at(files, subchart.path or "", ".".join(keys), "") or ()]
    new = [tag for tag in sketch.command.tags if tag not in known]
    if not sketch.command.tags and not known:
        sketch.notes.append(
            "no tags were named: type tags= with the fields of the events that are to be tags, not fields, in InfluxDB"
        )
    if not new:
        return
    if value_at(files, subchart.path or "", keys[0], "") is None:
        raise NoTags(path, keys[0])
    if known:
        for tag in new:
            edit_values(sketch.workspace, path, lambda values, tag=tag: values.append(keys, tag))  # type: ignore[misc]
    else:
        edit_values(sketch.workspace, path, lambda values: values.put(keys, new))
    running = {one for one in service if enabled(files, f"applications/{sketch.service}", subchart, one)}
    others = {one for one in running if name in names_in(files, rules, subchart, one)} - sketch.targets.wanted
    where = sketch.targets.wanted | others
    sketch.changed_values.append(
        ChangedValue(sketch.service, frozenset(where), (subchart.alias, *keys), [*known, *new])
    )
    if others:
        sketch.notes.append(f"the tags hold wherever {name} is on the list, so in {listed(sorted(others))} too")


def made(
    files: Files, rules: Rules, subchart: Dependency, name: str, environment: str
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what the subchart makes for a name on the list: template and object, of each KafkaUser and KafkaTopic.

    Raises MadeInAnotherWay where only rendering could tell.
    """
    inner = rules.metrics.list.partition(".")[2]
    found = []
    for document in documents(files, rules.cluster.application, "KafkaUser", "KafkaTopic"):
        if document.chart.path == subchart.path:
            loops = [_LOOP.search(body) for body in document.template.conditions(document.document)]
            loop = next((one for one in loops if one and one["list"] == inner), None)
            if loop is not None:
                found.append((document.file, _object(files, rules, document, loop["name"], name, environment)))
    users = {data["metadata"]["name"] for _, data in found if data["kind"] == "KafkaUser"}
    if users != {rules.metrics.user.format(application=name)}:
        shown = ", ".join(sorted(map(str, users))) or "no KafkaUser"
        wanted = rules.metrics.user.format(application=name)
        raise MadeInAnotherWay(f"{subchart.path}/templates", f"make {shown} for {name}, not {wanted}")
    return found


def acls_of(objects: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[Acl, ...]:
    """Return what the KafkaUser among these objects may do; raises MadeInAnotherWay where it has no rules."""
    file, user = next((file, data) for file, data in objects if data["kind"] == "KafkaUser")
    try:
        return tuple(from_spec(entry) for entry in user["spec"]["authorization"]["acls"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MadeInAnotherWay(
            file, "makes KafkaUsers without rules, or with rules that Kafka does not know"
        ) from error


def _object(
    files: Files, rules: Rules, document: KafkaDocument, variable: str | None, name: str, environment: str
) -> Mapping[str, Any]:
    """Fill the name and the values in, which is all that a template of this kind asks for."""
    alias = document.dependency.alias if document.dependency else ""

    def value(match: re.Match[str]) -> str:
        above = value_at(files, f"applications/{rules.cluster.application}", f"{alias}.{match['value']}", environment)
        found = value_at(files, document.chart.path, match["value"], "") if above is None else above
        return f'"{found}"' if match["quote"] else str(found)

    text = document.template.text[document.document.start : document.document.end]
    text = _END.sub("", re.split(r"^---", text, maxsplit=1, flags=re.MULTILINE)[0])
    item = re.escape(variable) if variable else r"\."
    text = re.sub(rf"\{{\{{-?\s*{item}\s*-?\}}\}}", name, text)
    text = re.sub(rf"\{{\{{-?\s*{item}\s*\|\s*quote\s*-?\}}\}}", f'"{name}"', text)
    text = re.sub(_VALUE, value, text)
    try:
        data = None if "{{" in text else yaml.load(text)
    except yaml.NotYaml:
        data = None
    if not isinstance(data, dict):
        raise MadeInAnotherWay(
            document.file, f"makes a {document.kind} for each name in a way that only rendering tells"
        )
    return data
